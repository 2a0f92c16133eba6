"""Reading what is behind a presigned link, in spite of broken connections and broken programs.

A download goes on where it stopped, for as long as the object is the one it began with (its ETag). On the disk it
is `<name>.<etag>.part` until it is whole.
"""

from collections.abc import Callable, Iterator
from glob import escape
from pathlib import Path
from urllib.parse import quote, unquote

import httpx

from fanfold_client.connection import AGAIN, Connection
from fanfold_client.errors import Conflict, refusal, unreachable
from fanfold_client.uploads import Seen, unseen

TRIES = 6
"""How often in a row a connection may break without a byte."""
CHANGED = {"title": "Changed", "status": 412, "detail": "it changed while it was read: begin again"}


class Download:
    """An object from `offset` on. `link` makes a fresh link for each try, since links end."""

    def __init__(self, connection: Connection, link: Callable[[], str], offset: int = 0, etag: str = "") -> None:
        self._connection, self._link = connection, link
        self.offset, self.etag = offset, etag
        self.total: int | None = None

    def pieces(self) -> Iterator[bytes]:
        """The bytes as they come. Raises Conflict if the object has changed, Refused, Unreachable."""
        broken = 0
        while self.offset != self.total:
            try:
                for piece in self._once():
                    broken = 0
                    self.offset += len(piece)
                    yield piece
            except httpx.TransportError as error:
                broken += 1
                if broken == TRIES:
                    raise unreachable(f"the download broke at byte {self.offset:,}: {error}") from error
                self._connection.pause(0.3 * 2**broken)

    def lines(self) -> Iterator[bytes]:
        """The lines, without their ends."""
        head: list[bytes] = []
        for piece in self.pieces():
            first, *others = piece.split(b"\n")
            head.append(first)
            for other in others:
                yield b"".join(head)
                head = [other]
        if any(head):
            yield b"".join(head)

    def _once(self) -> Iterator[bytes]:
        headers = {"Accept-Encoding": "identity"}
        if self.offset:
            headers |= {"Range": f"bytes={self.offset}-", "If-Match": self.etag}
        with self._connection.storage.stream("GET", self._link(), headers=headers) as answer:
            if self._begun(answer):
                yield from answer.iter_raw()

    def _begun(self, answer: httpx.Response) -> bool:
        """Whether there is more to read; takes in how much there is."""
        status, etag = answer.status_code, answer.headers.get("etag", "")
        said = answer.headers.get("content-range", "").rpartition("/")[2]
        if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and said == str(self.offset):
            self.total = self.offset
            return False
        if status in AGAIN:
            raise httpx.RemoteProtocolError(f"status {status}")
        if status in (httpx.codes.PRECONDITION_FAILED, httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE):
            raise Conflict(CHANGED)
        if not answer.is_success:
            answer.read()
            raise refusal(answer)
        if self.offset and (status != httpx.codes.PARTIAL_CONTENT or etag != self.etag):
            raise Conflict(CHANGED)
        self.etag, self.total = etag, int(said or answer.headers["content-length"])
        return True


def save(connection: Connection, link: Callable[[], str], file: Path, seen: Seen = unseen) -> None:
    """Download to the file, which is there only when it is whole. Raises as `Download.pieces`, and OSError."""
    part = next(file.parent.glob(escape(file.name) + ".*.part"), None)
    download = Download(connection, link)
    if part is not None and part.stat().st_size:
        download = Download(connection, link, part.stat().st_size, _etag(part, file))
    try:
        _written(download, file, seen)
    except Conflict:
        if part is None:
            raise
        part.unlink()
        save(connection, link, file, seen)


def _written(download: Download, file: Path, seen: Seen) -> None:
    seen(download.offset, download.total)
    pieces = download.pieces()
    first = next(pieces, b"")
    part = file.with_name(f"{file.name}.{quote(download.etag, safe='')}.part")
    with part.open("ab") as out:
        out.truncate(download.offset - len(first))
        out.write(first)
        for piece in pieces:
            out.write(piece)
            seen(download.offset, download.total)
    seen(download.offset, download.total)
    part.replace(file)


def _etag(part: Path, file: Path) -> str:
    return unquote(part.name.removeprefix(f"{file.name}.").removesuffix(".part"))
