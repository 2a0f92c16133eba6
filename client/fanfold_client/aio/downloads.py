"""Reading what is behind a presigned link, in spite of broken connections and broken programs.

A download goes on where it stopped, for as long as the object is the one it began with (its ETag). On the disk it
is `<name>.<etag>.part` until it is whole.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from glob import escape
from pathlib import Path

from fanfold_client.aio.connection import AsyncConnection
from fanfold_client.errors import Conflict, unreachable
from fanfold_client.files import Seen, unseen
from fanfold_client.links import TRIES, Progressing, Ready, etag_of, part_of

MAKING_SECONDS, MAKING_TRIES = 2.0, 900
"""Some forms are made when they are first asked for."""


class AsyncDownload:
    """An object from `offset` on. `link` makes a fresh link for each try, since links end."""

    def __init__(
        self, connection: AsyncConnection, link: Callable[[], Awaitable[str]], so_far: Progressing | None = None
    ) -> None:
        self._connection, self._link = connection, link
        self.at = so_far or Progressing()

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes as they come. Raises Conflict if the object has changed, Refused, Unreachable."""
        import httpx

        broken = 0
        while self.at.offset != self.at.total:
            try:
                async for piece in self._once():
                    broken = 0
                    self.at.offset += len(piece)
                    yield piece
            except httpx.TransportError as error:
                broken += 1
                if broken == TRIES:
                    raise unreachable(f"the download broke at byte {self.at.offset:,}: {error}") from error
                await self._connection.pause(0.3 * 2**broken)

    async def lines(self) -> AsyncIterator[bytes]:
        """The lines, without their ends."""
        head: list[bytes] = []
        async for piece in self.pieces():
            first, *others = piece.split(b"\n")
            head.append(first)
            for other in others:
                yield b"".join(head)
                head = [other]
        if any(head):
            yield b"".join(head)

    async def _once(self) -> AsyncIterator[bytes]:
        link = await self._link()
        async with self._connection.storage.stream("GET", link, headers=self.at.headers) as answer:
            if not answer.is_success:
                await answer.aread()
            if self.at.begun(answer):
                async for piece in answer.aiter_raw():
                    yield piece


async def link_to(connection: AsyncConnection, path: str, **query: str | None) -> str:
    """A link to what the path leads to, once it is made. Raises FanfoldError."""
    for _ in range(MAKING_TRIES):
        ready = await connection.get(Ready, path, **query)
        if ready.url:
            return ready.url
        await connection.pause(MAKING_SECONDS)
    raise unreachable(f"{path} is still being made")


async def save(
    connection: AsyncConnection, link: Callable[[], Awaitable[str]], to: str | Path, seen: Seen = unseen
) -> None:
    """Download to the file, which is there only when it is whole. Raises as `AsyncDownload.pieces`, and OSError."""
    file = Path(to)
    part = next(file.parent.glob(escape(file.name) + ".*.part"), None)
    download = AsyncDownload(connection, link)
    if part is not None and part.stat().st_size:
        download = AsyncDownload(connection, link, Progressing(part.stat().st_size, etag_of(part, file)))
    try:
        await _write(download, file, seen)
    except Conflict:
        if part is None:
            raise
        part.unlink()
        await save(connection, link, file, seen)


async def _write(download: AsyncDownload, file: Path, seen: Seen) -> None:
    at = download.at
    seen(at.offset, at.total)
    pieces = download.pieces()
    first = await anext(aiter(pieces), b"")
    part = part_of(file, at.etag)
    with part.open("ab") as out:
        out.truncate(at.offset - len(first))
        out.write(first)
        async for piece in pieces:
            out.write(piece)
            seen(at.offset, at.total)
    seen(at.offset, at.total)
    part.replace(file)
