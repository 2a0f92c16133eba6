# Made by `make client` of aio/downloads.py: do not edit.
"""Reading what is behind a presigned link, in spite of broken connections and broken programs.

A download goes on where it stopped, for as long as the object is the one it began with (its ETag). On the disk it
is `<name>.<etag>.part` until it is whole.
"""

from collections.abc import Callable, Iterator
from glob import escape
from pathlib import Path

from fanfold_client.errors import Conflict, unreachable
from fanfold_client.files import Seen, unseen
from fanfold_client.links import TRIES, Progressing, Ready, etag_of, part_of
from fanfold_client.sync.connection import Connection

MAKING_SECONDS, MAKING_TRIES = 2.0, 900
"""Some forms are made when they are first asked for."""


class Download:
    """An object from `offset` on. `link` makes a fresh link for each try, since links end."""

    def __init__(self, connection: Connection, link: Callable[[], str], so_far: Progressing | None = None) -> None:
        self._connection, self._link = connection, link
        self.at = so_far or Progressing()

    def pieces(self) -> Iterator[bytes]:
        """The bytes as they come. Raises Conflict if the object has changed, Refused, Unreachable."""
        import httpx

        broken = 0
        while self.at.offset != self.at.total:
            try:
                for piece in self._once():
                    broken = 0
                    self.at.offset += len(piece)
                    yield piece
            except httpx.TransportError as error:
                broken += 1
                if broken == TRIES:
                    raise unreachable(f"the download broke at byte {self.at.offset:,}: {error}") from error
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
        link = self._link()
        with self._connection.storage.stream("GET", link, headers=self.at.headers) as answer:
            if not answer.is_success:
                answer.read()
            if self.at.begun(answer):
                yield from answer.iter_raw()


def link_to(connection: Connection, path: str, **query: str | None) -> str:
    """A link to what the path leads to, once it is made. Raises FanfoldError."""
    for _ in range(MAKING_TRIES):
        ready = connection.get(Ready, path, **query)
        if ready.url:
            return ready.url
        connection.pause(MAKING_SECONDS)
    raise unreachable(f"{path} is still being made")


def save(connection: Connection, link: Callable[[], str], to: str | Path, seen: Seen = unseen) -> None:
    """Download to the file, which is there only when it is whole. Raises as `Download.pieces`, and OSError."""
    file = Path(to)
    part = next(file.parent.glob(escape(file.name) + ".*.part"), None)
    download = Download(connection, link)
    if part is not None and part.stat().st_size:
        download = Download(connection, link, Progressing(part.stat().st_size, etag_of(part, file)))
    try:
        _write(download, file, seen)
    except Conflict:
        if part is None:
            raise
        part.unlink()
        save(connection, link, file, seen)


def _write(download: Download, file: Path, seen: Seen) -> None:
    at = download.at
    seen(at.offset, at.total)
    pieces = download.pieces()
    first = next(pieces, b"")
    part = part_of(file, at.etag)
    with part.open("ab") as out:
        out.truncate(at.offset - len(first))
        out.write(first)
        for piece in pieces:
            out.write(piece)
            seen(at.offset, at.total)
    seen(at.offset, at.total)
    part.replace(file)
