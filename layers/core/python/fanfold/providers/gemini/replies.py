"""What Gemini answers: https://ai.google.dev/api/generate-content."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from fanfold.providers import Finish, Outcome, Status, Usage, _replies
from fanfold.providers._answers import check_error, check_family
from fanfold.providers._replies import tokens
from fanfold.providers.gemini import embeddings
from fanfold.providers.gemini.dialect import FAMILIES

KINDS = {3: "invalid_request", 5: "not_found", 7: "forbidden", 8: "rate_limited", 16: "unauthorized"}
"""By `google.rpc.Code`."""
FINISHES = {"STOP": Finish.STOP, "MAX_TOKENS": Finish.LENGTH} | dict.fromkeys(
    ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY"), Finish.REFUSAL
)


def outcome_in(line: bytes) -> Outcome:
    """One line of an output file."""
    return _replies.outcome_of(line, "key", partial(_read, line))


def _read(line: bytes, id: str, found: dict[str, Any]) -> Outcome:
    response = found.get("response")
    if error := found.get("error") or (isinstance(response, dict) and response.get("error")):
        return _unanswered(id, error)
    if isinstance(response, dict) and "embedding" in response:
        return embeddings.outcome(id, response, line)
    return _answered(id, found["response"], line)


def answered(id: str, reply: dict[str, Any], came: bytes) -> Outcome:
    """A reply with neither a candidate nor the reason why there is none is no answer."""
    check_error(reply)
    blocked = (reply.get("promptFeedback") or {}).get("blockReason")
    if not blocked and not (reply["candidates"][0].get("finishReason")):
        raise ValueError("it has no finished candidate")
    if model := reply.get("modelVersion"):
        check_family(model.removeprefix("models/"), FAMILIES)
    return _answered(id, reply, came)


def _answered(id: str, response: dict[str, Any], came: bytes) -> Outcome:
    """A prompt that was blocked has no candidate; it is an answer all the same."""
    usage = _replies.usage_of(response.get("usageMetadata"), _usage)
    try:
        blocked = (response.get("promptFeedback") or {}).get("blockReason")
        candidate = {} if blocked and not response.get("candidates") else response["candidates"][0]
        parts = (candidate.get("content") or {}).get("parts") or []
        texts = [part for part in parts if part.get("text") and not part.get("thought")]
        calls = any("functionCall" in part for part in parts)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        return _replies.unreadable(id, error, came, HTTPStatus.OK, usage)
    reason = blocked or candidate.get("finishReason")
    return Outcome(
        id=id,
        status=Status.SUCCEEDED,
        output=_replies.texts(texts),
        finish_reason=Finish.REFUSAL if blocked else Finish.TOOL if calls else _replies.finish(reason, FINISHES),
        provider_reason=_replies.brief(reason),
        usage=usage,
        response=response,
    )


def _unanswered(id: str, error: Any) -> Outcome:
    """The error's code is one of `google.rpc.Code`, or an HTTP status."""
    code = error.get("code") if isinstance(error, dict) else None
    if status := _replies.status_of(code):
        return _replies.failed(id, error, code=_replies.brief(error.get("status")), status=status)
    return _replies.failed(id, error, kind=KINDS.get(code, "provider_error") if isinstance(code, int) else None)


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Gemini counts thoughts beside the candidates' tokens; here they are among the output tokens."""
    thoughts = tokens(usage, "thoughtsTokenCount")
    return Usage(
        input_tokens=tokens(usage, "promptTokenCount") + tokens(usage, "toolUsePromptTokenCount"),
        output_tokens=tokens(usage, "candidatesTokenCount") + thoughts,
        cached_tokens=tokens(usage, "cachedContentTokenCount"),
        reasoning_tokens=thoughts,
    )
