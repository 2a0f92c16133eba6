"""What OpenAI answers: https://platform.openai.com/docs/api-reference/chat/object."""

from functools import partial
from http import HTTPStatus
from typing import Any

from fanfold.providers import Fault, Finish, Outcome, Status, _replies
from fanfold.providers._answers import check_error, check_family
from fanfold.providers.openai.dialect import FAMILIES
from fanfold.providers.openai.endpoints import CHAT, EMBEDDINGS, RESPONSES
from fanfold.providers.openai.other_replies import embeddings, response, usage_of

OBJECTS = {CHAT: "chat.completion", RESPONSES: "response", EMBEDDINGS: "list"}
"""What answers call themselves."""

FINISHES = {
    "stop": Finish.STOP,
    "length": Finish.LENGTH,
    "content_filter": Finish.REFUSAL,
    "tool_calls": Finish.TOOL,
    "function_call": Finish.TOOL,
}


def outcome_in(line: bytes) -> Outcome:
    """One line of an output or error file."""
    return _replies.outcome_of(line, "custom_id", partial(_read, line))


def _read(line: bytes, id: str, found: dict[str, Any]) -> Outcome:
    if not (response := found.get("response")):
        return _unanswered(id, found["error"])
    status, body = response["status_code"], response["body"]
    if status != HTTPStatus.OK or (isinstance(body, dict) and body.get("error")):
        return _replies.failed(id, _replies.error_in(body), status=_replies.status_of(status))
    return _completed(id, body, line)


def answered(id: str, body: dict[str, Any], came: bytes, endpoint: str = CHAT) -> Outcome:
    """A reply of another kind, or one that does not say how it ended, is no answer."""
    check_error(body)
    if body["object"] != OBJECTS[endpoint]:
        raise ValueError("it is another kind of answer")
    if endpoint == CHAT and not body["choices"][0]["finish_reason"]:
        raise ValueError("it is no finished completion")
    check_family(body["model"], FAMILIES)
    return _completed(id, body, came)


def _completed(id: str, body: dict[str, Any], came: bytes) -> Outcome:
    if body.get("object") == OBJECTS[RESPONSES]:
        return response(id, body, came)
    return embeddings(id, body, came) if body.get("object") == OBJECTS[EMBEDDINGS] else _completion(id, body, came)


def _completion(id: str, body: dict[str, Any], came: bytes) -> Outcome:
    usage = _replies.usage_of(body.get("usage"), partial(usage_of, "prompt", "completion"))
    try:
        choice = body["choices"][0]
        message = choice["message"]
        output = _replies.texts(message.get("content")) or _replies.texts(message.get("refusal"))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        return _replies.unreadable(id, error, came, HTTPStatus.OK, usage)
    return Outcome(
        id=id,
        status=Status.SUCCEEDED,
        output=output,
        finish_reason=Finish.REFUSAL
        if message.get("refusal")
        else _replies.finish(choice.get("finish_reason"), FINISHES),
        provider_reason=_replies.brief(choice.get("finish_reason")),
        usage=usage,
        response=body,
    )


def _unanswered(id: str, error: Any) -> Outcome:
    code = error.get("code") if isinstance(error, dict) else None
    if status := {"batch_expired": Status.EXPIRED, "batch_cancelled": Status.CANCELLED}.get(_replies.brief(code) or ""):
        message = _replies.text(error.get("message")) or f"the request was {status.value}"
        return Outcome(id=id, status=status, error=Fault(kind=status.value, code=code, message=message))
    return _replies.failed(id, error, kind="provider_error")
