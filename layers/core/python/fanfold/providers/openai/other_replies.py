"""What OpenAI answers besides chat completions: responses and embeddings."""

from collections.abc import Iterator, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from fanfold.providers import Finish, Outcome, Status, Usage, _replies
from fanfold.providers._replies import tokens

CUT = {"max_output_tokens": Finish.LENGTH, "content_filter": Finish.REFUSAL}
ENDED = ("completed", "incomplete")


def response(id: str, body: dict[str, Any], came: bytes) -> Outcome:
    """https://platform.openai.com/docs/api-reference/responses/object"""
    usage = _replies.usage_of(body.get("usage"), partial(usage_of, "input", "output"))
    if body.get("error") or body.get("status") == "failed":
        return _replies.failed(id, _replies.error_in(body), kind="provider_error").model_copy(update={"usage": usage})
    try:
        status = _ended(body["status"])
        parts = list(_parts(body["output"]))
        reason = (body.get("incomplete_details") or {}).get("reason")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return _replies.unreadable(id, error, came, HTTPStatus.OK, usage)
    return Outcome(
        id=id,
        status=Status.SUCCEEDED,
        output=_replies.texts([{"text": part.get("text") or part.get("refusal")} for part in parts]),
        finish_reason=_finish(body, parts, reason),
        provider_reason=_replies.brief(reason or status),
        usage=usage,
        response=body,
    )


def _parts(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The parts of its messages."""
    for item in items:
        if item.get("type") == "message":
            yield from (part for part in item["content"] if part.get("type") in ("output_text", "refusal"))


def _finish(body: dict[str, Any], parts: list[dict[str, Any]], reason: Any) -> Finish:
    if body["status"] == "incomplete":
        return _replies.finish(reason, CUT)
    if any(part["type"] == "refusal" for part in parts):
        return Finish.REFUSAL
    return Finish.TOOL if any(item.get("type") == "function_call" for item in body["output"]) else Finish.STOP


def embeddings(id: str, body: dict[str, Any], came: bytes) -> Outcome:
    """https://platform.openai.com/docs/api-reference/embeddings; the vectors are in the response alone."""
    usage = _replies.usage_of(body.get("usage"), _embedding_usage)
    try:
        _check_vectors(body["data"])
    except (KeyError, TypeError, ValueError) as error:
        return _replies.unreadable(id, error, came, HTTPStatus.OK, usage)
    return Outcome(id=id, status=Status.SUCCEEDED, finish_reason=Finish.STOP, usage=usage, response=body)


def _ended(status: Any) -> str:
    if status not in ENDED:
        raise ValueError(f"its status is {status!r}")
    return str(status)


def _check_vectors(found: list[dict[str, Any]]) -> None:
    if not found or not all(isinstance(each["embedding"], list | str) and each["embedding"] for each in found):
        raise ValueError("it holds no embedding")


def usage_of(sent: str, made: str, usage: Mapping[str, Any]) -> Usage:
    """What the two interfaces call `prompt` and `completion`, or `input` and `output`."""
    return Usage(
        input_tokens=tokens(usage, f"{sent}_tokens"),
        output_tokens=tokens(usage, f"{made}_tokens"),
        cached_tokens=tokens(usage, f"{sent}_tokens_details", "cached_tokens"),
        reasoning_tokens=tokens(usage, f"{made}_tokens_details", "reasoning_tokens"),
        written_tokens=tokens(usage, f"{sent}_tokens_details", "cache_write_tokens"),
    )


def _embedding_usage(usage: Mapping[str, Any]) -> Usage:
    return Usage(input_tokens=tokens(usage, "prompt_tokens"))
