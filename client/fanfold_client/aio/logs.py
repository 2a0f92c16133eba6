"""The journal: entries in, and found again."""

import gzip
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from fanfold_client.aio.connection import AsyncConnection
from fanfold_client.aio.downloads import MAKING_SECONDS, save
from fanfold_client.aio.following import following
from fanfold_client.calls import PAGE, dumped, given, parsed, segment
from fanfold_client.errors import Refused
from fanfold_client.files import Seen, unseen
from fanfold_client.models import (
    FlushedNow,
    LogEntry,
    LogExport,
    LogReceipt,
    LogStats,
    LogStream,
    LogStreams,
    SelfTestResult,
)

ROOT = "/v1/logs"
Streams = list[LogStream]


class AsyncLogs:
    """A deployment's journal, as one tenant. Every call may raise FanfoldError."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def write(self, entries: Sequence[dict[str, Any]] | bytes, idempotency_key: str | None = None) -> LogReceipt:
        """Entries for the journal, or the gzipped body of `POST /v1/logs` with them."""
        body = entries if isinstance(entries, bytes) else gzip.compress(dumped({"entries": entries}), 6)
        headers = {"Content-Type": "application/gzip", "Idempotency-Key": idempotency_key or uuid4().hex}
        return parsed(LogReceipt, await self._connection.call("POST", ROOT, content=body, headers=headers))

    def list(self, limit: int = PAGE, **filters: str | None) -> AsyncIterator[LogEntry]:
        """Entries, newest first, `limit` of them at a time; filters as in `GET /v1/logs`."""
        return self._connection.listed(LogEntry, ROOT, "entries", limit, **filters)

    def tail(self, lines: int = 0, **filters: str | None) -> AsyncIterator[LogEntry]:
        """The last entries, then what comes; oldest first, each once. It never ends."""
        return following(lambda: self.list(PAGE, **filters), lines, self._connection.pause)

    async def get(self, id: str) -> LogEntry:
        """One entry."""
        return await self._connection.get(LogEntry, f"{ROOT}/{segment(id)}")

    async def stats(self, **period: str | None) -> LogStats:
        """What came in: of `stream`, from `since` to `until`; of the last day if nothing is said."""
        return await self._connection.get(LogStats, f"{ROOT}/stats", **period)

    async def export(self, file: str | Path, seen: Seen = unseen, **filters: str | None) -> None:
        """Entries into a gzipped file of lines of JSON, newest first; filters as in `GET /v1/logs`."""
        made = await self._connection.post(LogExport, f"{ROOT}/exports", given(filters))
        await save(self._connection, lambda: self._exported(made.id), file, seen)

    async def get_export(self, id: str) -> LogExport:
        """How far an export is."""
        return await self._connection.get(LogExport, f"{ROOT}/exports/{segment(id)}")

    async def _exported(self, id: str) -> str:
        """A link to the export, once it is made. Raises Refused if it can't be made."""
        while True:
            now = await self.get_export(id)
            if now.url:
                return now.url
            if now.error:
                raise Refused({"title": "Not exported", "detail": now.error})
            await self._connection.pause(MAKING_SECONDS)

    async def streams(self) -> Streams:
        """The streams, and how long each is kept."""
        return (await self._connection.get(LogStreams, f"{ROOT}/streams")).streams

    async def keep(self, stream: str, days: int) -> LogStream:
        """Keep a stream's entries for so many days."""
        path = f"{ROOT}/streams/{segment(stream)}"
        return await self._connection.put(LogStream, path, {"retention_days": days})

    async def flush(self) -> FlushedNow:
        """Move what was posted to cold storage, now; with `more`, ask again."""
        return await self._connection.post(FlushedNow, "/v1/logs/flush")

    async def test(self, **options: Any) -> SelfTestResult:
        """Write entries to the stream `test` and look how long they take: `posts`, `entries`, `wait_seconds`."""
        return await self._connection.post(SelfTestResult, f"{ROOT}/test", given(options))
