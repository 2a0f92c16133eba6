# Made by `make client` of aio/following.py: do not edit.
"""Following the journal: what comes, each entry once."""

import time
from collections.abc import Callable, Iterator
from typing import Protocol

from fanfold_client.errors import Unreachable
from fanfold_client.log_ids import AHEAD_SECONDS, earlier, id_at
from fanfold_client.models import LogEntry
from fanfold_client.patience import OUTAGES
from fanfold_client.sync.connection import Pause

LOOK_SECONDS = 2.0


class Look(Protocol):
    def __call__(self) -> Iterator[LogEntry]:
        """Entries, newest first."""


def following(look: Look, lines: int, pause: Pause, now: Callable[[], float] = time.time) -> Iterator[LogEntry]:
    """The last entries, `lines` of them, then what comes; oldest first, each entry once. It never ends.

    A POST is seen a moment after its ids were made, so each look goes back a minute behind the newest entry.
    """
    before = _last(lines, look())
    for entry in reversed(before[:lines]):
        yield entry
    seen, outages = {entry.id for entry in before}, 0
    newest = before[0].id if before else id_at((now() - AHEAD_SECONDS) * 1000)
    while True:
        pause(LOOK_SECONDS)
        try:
            fresh = list(_down_to(earlier(newest), look()))
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


def _last(lines: int, entries: Iterator[LogEntry]) -> list[LogEntry]:
    """So many, and all of the last minute."""
    found: list[LogEntry] = []
    for entry in entries:
        if len(found) >= lines and found and entry.id < earlier(found[0].id):
            break
        found.append(entry)
    return found


def _down_to(id: str, entries: Iterator[LogEntry]) -> Iterator[LogEntry]:
    for entry in entries:
        if entry.id < id:
            return
        yield entry
