"""Following the journal: what comes, each entry once."""

import time
from collections.abc import Callable, Iterator
from typing import Protocol

from fanfold_client.connection import Pause
from fanfold_client.errors import Unreachable
from fanfold_client.shapes.journal import LogEntry

LOOK_SECONDS = 2.0
LATE_SECONDS = 60.0
"""How long after its id is made an entry may come to be seen: no call of the service lasts longer."""
AHEAD_SECONDS = 600.0
"""How far this clock may be ahead of the service's."""
OUTAGES = 20
"""Looks in a row that may fail before following gives up."""
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


class Look(Protocol):
    def __call__(self) -> Iterator[LogEntry]:
        """Entries, newest first."""


def following(look: Look, lines: int, pause: Pause, now: Callable[[], float] = time.time) -> Iterator[LogEntry]:
    """The last entries, `lines` of them, then what comes; oldest first, each entry once. It never ends.

    A POST is seen a moment after its ids were made, so each look goes back a minute behind the newest entry.
    """
    before = _last(lines, look())
    yield from reversed(before[:lines])
    seen, outages = {entry.id for entry in before}, 0
    newest = before[0].id if before else _id_at((now() - AHEAD_SECONDS) * 1000)
    while True:
        pause(LOOK_SECONDS)
        try:
            fresh = list(_down_to(_earlier(newest), look()))
            outages = 0
        except Unreachable:
            outages += 1
            if outages == OUTAGES:
                raise
            continue
        yield from (entry for entry in reversed(fresh) if entry.id not in seen)
        newest = max([newest, *(entry.id for entry in fresh)])
        seen = {id for id in seen | {entry.id for entry in fresh} if id >= _earlier(newest)}


def _last(lines: int, entries: Iterator[LogEntry]) -> list[LogEntry]:
    """So many, and all of the last minute."""
    found: list[LogEntry] = []
    for entry in entries:
        if len(found) >= lines and found and entry.id < _earlier(found[0].id):
            break
        found.append(entry)
    return found


def _down_to(id: str, entries: Iterator[LogEntry]) -> Iterator[LogEntry]:
    for entry in entries:
        if entry.id < id:
            return
        yield entry


def _earlier(id: str) -> str:
    """The lowest id of a minute earlier: `e` and nine digits, base 32, of milliseconds lead each."""
    millis = sum(DIGITS.index(digit) << (5 * place) for place, digit in enumerate(reversed(id[1:10])))
    return _id_at(millis - LATE_SECONDS * 1000)


def _id_at(millis: float) -> str:
    return "e" + "".join(DIGITS[max(0, int(millis)) >> (5 * place) & 31] for place in reversed(range(9)))
