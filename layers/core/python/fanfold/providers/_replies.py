"""Reading what came for one request, whatever it is.

A provider, or a proxy before it, may send anything: an odd reply ends the request that it is for, with what came, and
no other. So the readers of all providers run in `outcome_of`, which raises nothing, and take values as these
functions make them.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from fanfold.lines import parse_json
from fanfold.providers._shapes import Fault, Finish, Outcome, Status, Usage

KEPT = 1024
"""Characters of a reply that are kept with the fault of its request."""
MESSAGE = 500
"""Characters of a provider's message, at most."""
CODE = 100
MOST_TOKENS = 10**12
DEEPEST = 100
"""Brackets that a reply may have before it is tried whether it can be written down: deep nesting can't."""
BAD_REPLY = "bad_reply"
BY_STATUS = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    413: "invalid_request",
    422: "invalid_request",
    429: "rate_limited",
    503: "overloaded",
    529: "overloaded",
}
"""Kinds of faults by HTTP status; what is not here is a `provider_error`."""


def outcome_of(line: bytes, id_field: str, read: Callable[[str, dict[str, Any]], Outcome]) -> Outcome:
    """One line of a batch's results as its request's outcome; its id is empty if the line does not tell it."""
    id = ""
    try:
        found = parse_json(line)
        id = found[id_field] if isinstance(found[id_field], str) else ""
        return writable(read(id, found), line)
    except Exception as error:  # whatever a reader stumbles over is this reply's fault
        return unreadable(id or _id_in(line, id_field), error, line)


def unreadable(
    id: str, error: Exception, line: bytes, status: int | None = None, usage: Usage | None = None
) -> Outcome:
    """The outcome of a request whose reply is no answer."""
    message = f"its reply can't be read: {type(error).__name__}: {error}"[:MESSAGE]
    fault = Fault(kind=BAD_REPLY, message=printable(message), status=status, received=excerpt(line))
    return Outcome(id=id, status=Status.FAILED, error=fault, usage=usage or Usage())


def failed(
    id: str, error: Any, *, kind: str | None = None, code: str | None = None, status: int | None = None
) -> Outcome:
    """The outcome of a request that has an error for an answer; the error is an object, a text or whatever came.

    The kind follows from the HTTP status, if the caller does not know better.
    """
    told = error if isinstance(error, dict) else {}
    message: str | None = text(told.get("message")) or (text(error) if error and not told else None)
    return Outcome(
        id=id,
        status=Status.FAILED,
        error=Fault(
            kind=kind or BY_STATUS.get(status or 0, "provider_error"),
            code=code or brief(told.get("code")) or brief(told.get("type")),
            message=(message or (f"HTTP {status}, and no message" if status else "no message"))[:MESSAGE],
            status=status,
            received=None if isinstance(told.get("message"), str) else excerpt(error),
        ),
    )


def writable(outcome: Outcome, came: bytes) -> Outcome:
    """The outcome without its provider's reply, if that is nested too deeply to be written down and read again."""
    if came.count(b"[") + came.count(b"{") < DEEPEST:
        return outcome
    try:
        Outcome.model_validate_json(outcome.model_dump_json())
    except ValueError:
        return outcome.model_copy(update={"response": None})
    return outcome


def error_in(body: Any) -> Any:
    """What a reply's body says went wrong: its `error`, or else all of it."""
    return body["error"] if isinstance(body, dict) and body.get("error") else body


def status_of(value: Any) -> int | None:
    """An HTTP status; None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 100 <= value < 1000 else None


def excerpt(came: Any) -> str | None:
    """The beginning of what came, as text."""
    if came is None or came == "":
        return None
    if isinstance(came, str):
        return printable(came[:KEPT])
    whole = came if isinstance(came, bytes) else json.dumps(came, ensure_ascii=False).encode(errors="replace")
    return bytes(whole[:KEPT]).decode(errors="replace")


def printable(text: str) -> str:
    """The text as UTF-8 can have it."""
    return text.encode(errors="replace").decode()


def text(value: Any) -> str | None:
    """A text that a reply holds, or what it holds in its place; None for nothing."""
    return value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)[:KEPT]


def brief(value: Any) -> str | None:
    """A code or another word of the provider's."""
    return (text(value) or "")[:CODE] or None


def finish(reason: Any, known: Mapping[str, Finish]) -> Finish:
    """Why an answer ended, by the provider's word for it."""
    return known.get(reason, Finish.OTHER) if isinstance(reason, str) else Finish.OTHER


def usage_of(found: Any, read: Callable[[Mapping[str, Any]], Usage]) -> Usage:
    """The tokens that a reply names; not counted if it names none, or nothing that can be a number of tokens."""
    try:
        usage = read(found)
    except (KeyError, TypeError, AttributeError, ValueError):
        return Usage(uncounted=1)
    return usage if usage.input_tokens or usage.output_tokens else Usage(uncounted=1)


def tokens(found: Mapping[str, Any], *path: str) -> int:
    """A number of tokens, 0 where nothing is. Raises ValueError for what is none."""
    value: Any = found
    for name in path:
        value = value.get(name) if value is not None else None
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_TOKENS:
        raise ValueError(f"{'.'.join(path)} is no number of tokens")
    return int(value)


def texts(parts: Any) -> str | None:
    """The texts among the parts of a message; a plain text is itself."""
    if parts is None or isinstance(parts, str):
        return None if parts is None else str(parts)
    found = [part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str)]
    return "".join(found) if found else None


def _id_in(line: bytes, id_field: str) -> str:
    """The id in a line that is cut or else no JSON: providers put it first."""
    found = re.search(rb'"%b"\s*:\s*"([0-9A-Za-z-]{1,64})"' % id_field.encode(), line[: 64 * 1024])
    return found[1].decode() if found else ""
