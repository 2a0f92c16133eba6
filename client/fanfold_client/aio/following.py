"""Following the journal: what comes, each entry once."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from fanfold_client.aio.connection import AsyncPause
from fanfold_client.errors import Unreachable
from fanfold_client.log_ids import AHEAD_SECONDS, earlier, id_at
from fanfold_client.models import LogEntry
from fanfold_client.patience import OUTAGES

LOOK_SECONDS = 2.0


class AsyncLook(Protocol):
    def __call__(self) -> AsyncIterator[LogEntry]:
        """Entries, newest first."""


async def following(
    look: AsyncLook, lines: int, pause: AsyncPause, now: Callable[[], float] = time.time
) -> AsyncIterator[LogEntry]:
    """The last entries, `lines` of them, then what comes; oldest first, each entry once. It never ends.

    A POST is seen a moment after its ids were made, so each look goes back a minute behind the newest entry.
    """
    before = await _last(lines, look())
    for entry in reversed(before[:lines]):
        yield entry
    seen, outages = {entry.id for entry in before}, 0
    newest = before[0].id if before else id_at((now() - AHEAD_SECONDS) * 1000)
    while True:
        await pause(LOOK_SECONDS)
        try:
            fresh = [entry async for entry in _down_to(earlier(newest), look())]
            outages = 0
        except Unreachable:
            outages += 1
            if outages == OUTAGES:
                raise
            continue
        for entry in reversed(fresh):
            if entry.id not in seen:
                yield entry
        newest = max([newest, *(entry.id for entry in fresh)])
        seen = {id for id in seen | {entry.id for entry in fresh} if id >= earlier(newest)}


async def _last(lines: int, entries: AsyncIterator[LogEntry]) -> list[LogEntry]:
    """So many, and all of the last minute."""
    found: list[LogEntry] = []
    async for entry in entries:
        if len(found) >= lines and found and entry.id < earlier(found[0].id):
            break
        found.append(entry)
    return found


async def _down_to(id: str, entries: AsyncIterator[LogEntry]) -> AsyncIterator[LogEntry]:
    async for entry in entries:
        if entry.id < id:
            return
        yield entry
