"""What handlers of the HTTP APIs answer with: the status, and the model that the body is, in their signatures.

The description of the API (OpenAPI) is made from these.
"""

from collections.abc import Iterator
from hashlib import blake2b
from http import HTTPStatus
from typing import ClassVar, Generic, TypeVar

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)
JSON = "application/json"
MOVING = frozenset({"accepted", "planning", "running", "cancelling", "deleting", "pending", "training", "generating"})
"""States in which a job, a document or a session changes by itself."""
SOON, LATER = 2, 10
"""Seconds until a job that moves, and a list in which one does, are worth another look."""


class Reply(Response[str], Generic[M]):
    """A model as JSON, or nothing if `body` is None."""

    status: ClassVar = HTTPStatus.OK

    def __init__(self, found: M, headers: dict[str, str]) -> None:
        super().__init__(int(self.status), JSON, found.model_dump_json(), headers)


class OkReply(Reply[M]):
    """200."""


class CreatedReply(Reply[M]):
    """201: it is there."""

    status = HTTPStatus.CREATED


class AcceptedReply(Reply[M]):
    """202: it is under way."""

    status = HTTPStatus.ACCEPTED


class SameReply(Response[str]):
    """304: the caller has it already."""

    def __init__(self, etag: str) -> None:
        super().__init__(int(HTTPStatus.NOT_MODIFIED), body="", headers={"ETag": etag})


class NoReply(Response[str]):
    """204."""

    def __init__(self) -> None:
        super().__init__(int(HTTPStatus.NO_CONTENT), body="")


class Link(BaseModel):
    """Where a file can be had for a while, without a key."""

    url: str


class LinkReply(Response[str]):
    """A redirect for clients that follow it, `{"url": …}` for those that ask for JSON."""

    def __init__(self, url: str, as_json: bool) -> None:
        if as_json:
            super().__init__(int(HTTPStatus.OK), JSON, Link(url=url).model_dump_json())
        else:
            super().__init__(int(HTTPStatus.FOUND), body="", headers={"Location": url})


def tag(body: str) -> str:
    """The ETag of a body: it changes when the body does."""
    return f'"{blake2b(body.encode(), digest_size=12).hexdigest()}"'


def next_look(found: BaseModel) -> int | None:
    """Seconds until it is worth asking again; None if nothing in it moves by itself."""
    if hasattr(found, "state"):
        return SOON if str(found.state) in MOVING else None
    return LATER if any(str(state) in MOVING for state in _states(found)) else None


def _states(found: BaseModel) -> Iterator[str]:
    for _, value in found:
        if isinstance(value, list):
            yield from (each.state for each in value if hasattr(each, "state"))
