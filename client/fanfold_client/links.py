"""Presigned links: an answer with one, and how far what is behind it has been read."""

from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from fanfold_client.answers import Answer
from fanfold_client.calls import AGAIN
from fanfold_client.errors import Conflict, refusal

if TYPE_CHECKING:
    import httpx

CHANGED = {"title": "Changed", "status": 412, "detail": "it changed while it was read: begin again"}
TRIES = 6
"""How often in a row a connection may break without a byte."""


class Ready(Answer):
    """Where something can be downloaded for a while; None while it is being made."""

    url: str | None = None


class Progressing:
    """How far an object has been read; it is the same one for as long as its ETag is."""

    def __init__(self, offset: int = 0, etag: str = "") -> None:
        self.offset, self.etag = offset, etag
        self.total: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What asks for the rest."""
        plain = {"Accept-Encoding": "identity"}
        return plain | ({"Range": f"bytes={self.offset}-", "If-Match": self.etag} if self.offset else {})

    def begun(self, answer: "httpx.Response") -> bool:
        """Whether there is more to read; takes in how much there is.

        Raises RemoteProtocolError where another try may help, Conflict for another object.
        """
        status, etag = answer.status_code, answer.headers.get("etag", "")
        said = answer.headers.get("content-range", "").rpartition("/")[2]
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and said == str(self.offset):
            self.total = self.offset
            return False
        if status in AGAIN:
            import httpx

            raise httpx.RemoteProtocolError(f"status {status}")
        if status in (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE):
            raise Conflict(CHANGED)
        if not answer.is_success:
            raise refusal(answer)
        if self.offset and (status != HTTPStatus.PARTIAL_CONTENT or etag != self.etag):
            raise Conflict(CHANGED)
        self.etag, self.total = etag, int(said or answer.headers["content-length"])
        return True


def part_of(file: Path, etag: str) -> Path:
    """Where the object is kept until it is whole."""
    return file.with_name(f"{file.name}.{quote(etag, safe='')}.part")


def etag_of(part: Path, file: Path) -> str:
    """Which object a part is of."""
    return unquote(part.name.removeprefix(f"{file.name}.").removesuffix(".part"))
