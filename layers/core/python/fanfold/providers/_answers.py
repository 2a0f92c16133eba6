"""What the direct calls of all providers share: bodies without a stream, and replies read with suspicion."""

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from fanfold.errors import BadReply
from fanfold.lines import parse_json
from fanfold.providers import _replies
from fanfold.providers._shapes import Outcome

STREAMED = frozenset({"stream", "stream_options"})
"""What a body of the user's own may ask for, and a caller that waits for the whole answer can't use."""


def unstreamed(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body without what asks for a stream."""
    return {name: value for name, value in body.items() if name not in STREAMED}


def read(name: str, id: str, body: bytes, parse: Callable[[str, dict[str, Any], bytes], Outcome]) -> Outcome:
    """The outcome in a reply's body. Raises BadReply, with what came, for what is none."""
    if not body or body.isspace():
        raise BadReply(f"{name}: its reply is empty").having(HTTPStatus.OK, None)
    try:
        outcome = _replies.writable(parse(id, parse_json(body), body), body)
    except BadReply as error:
        raise error.having(HTTPStatus.OK, _replies.excerpt(body)) from None
    except Exception as error:  # whatever a reader stumbles over is this reply's fault
        said = _replies.printable(f"{name}: its reply can't be read: {type(error).__name__}: {error}"[:300])
        raise BadReply(said).having(HTTPStatus.OK, _replies.excerpt(body)) from None
    if outcome.error is not None:
        raise BadReply(f"{name}: {outcome.error.message}").having(HTTPStatus.OK, _replies.excerpt(body))
    return outcome


def check_error(body: Any) -> None:
    """A reply may hold an error although its status says that all went well. Raises BadReply."""
    if isinstance(body, dict) and (body.get("error") or body.get("type") == "error"):
        fault = _replies.failed("", _replies.error_in(body)).error
        raise BadReply(fault.message if fault else "", "provider_error", fault.code if fault else None)


def check_family(model: str, families: re.Pattern[str]) -> None:
    """A reply that another provider's model made is another's. (One of the family may be what an alias stands for.)"""
    if not families.match(model):
        raise BadReply(f"the reply is of {model[:100]!r}, which was not asked", "wrong_reply")
