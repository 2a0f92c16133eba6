"""What Anthropic answers: https://platform.claude.com/docs/en/api/messages."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from fanfold.providers import Fault, Finish, Outcome, Status, Usage, _replies
from fanfold.providers._answers import check_error, check_family
from fanfold.providers._replies import tokens
from fanfold.providers.anthropic.account import STATUSES
from fanfold.providers.anthropic.dialect import FAMILIES

KINDS = {
    "invalid_request_error": "invalid_request",
    "authentication_error": "unauthorized",
    "permission_error": "forbidden",
    "not_found_error": "not_found",
    "rate_limit_error": "rate_limited",
    "request_too_large": "invalid_request",
}
FINISHES = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "refusal": Finish.REFUSAL,
    "tool_use": Finish.TOOL,
}


def outcome_in(line: bytes) -> Outcome:
    """One line of the results."""
    return _replies.outcome_of(line, "custom_id", partial(_read, line))


def _read(line: bytes, id: str, found: dict[str, Any]) -> Outcome:
    result = found["result"]
    if not isinstance(result, dict):
        raise TypeError("its result is no object")
    if result.get("type") == "succeeded" and (message := result.get("message")):
        return _answered(id, message, line)
    return _unanswered(id, result)


def answered(id: str, message: dict[str, Any], came: bytes) -> Outcome:
    """A reply of another kind, or one that does not say how it ended, is no answer."""
    check_error(message)
    if message["type"] != "message" or not message["stop_reason"]:
        raise ValueError("it is no finished message")
    check_family(message["model"], FAMILIES)
    return _answered(id, message, came)


def _answered(id: str, message: dict[str, Any], came: bytes) -> Outcome:
    if message.get("type") == "error" or message.get("error"):
        return _failed(id, message)
    usage = _replies.usage_of(message.get("usage"), _usage)
    try:
        texts = [block for block in message["content"] if block.get("type") == "text"]
    except (KeyError, TypeError, AttributeError) as error:
        return _replies.unreadable(id, error, came, HTTPStatus.OK, usage)
    reason = message.get("stop_reason")
    return Outcome(
        id=id,
        status=Status.SUCCEEDED,
        output=_replies.texts(texts),
        finish_reason=_replies.finish(reason, FINISHES),
        provider_reason=_replies.brief(reason),
        usage=usage,
        response=message,
    )


def _unanswered(id: str, result: dict[str, Any]) -> Outcome:
    said = _replies.brief(result.get("type")) or ""
    if status := {"expired": Status.EXPIRED, "canceled": Status.CANCELLED}.get(said):
        return Outcome(id=id, status=status, error=Fault(kind=status.value, message=f"the request was {status.value}"))
    return _failed(id, result)


def _failed(id: str, result: dict[str, Any]) -> Outcome:
    """The error may be wrapped in an `error` of its own, or in two."""
    error = _replies.error_in(_replies.error_in(result))
    type = _replies.brief(error.get("type")) if isinstance(error, dict) else None
    return _replies.failed(
        id, error, kind=KINDS.get(type or "", "provider_error"), code=type, status=STATUSES.get(type or "")
    )


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Anthropic counts cached tokens beside the input tokens; here they are among them."""
    cached, written = tokens(usage, "cache_read_input_tokens"), tokens(usage, "cache_creation_input_tokens")
    return Usage(
        input_tokens=tokens(usage, "input_tokens") + cached + written,
        output_tokens=tokens(usage, "output_tokens"),
        cached_tokens=cached,
        written_tokens=written,
        long_written_tokens=tokens(usage, "cache_creation", "ephemeral_1h_input_tokens"),
        reasoning_tokens=tokens(usage, "output_tokens_details", "thinking_tokens"),
    )
