"""Places: how many pieces of a tenant's work run at a time, where the operator has set that.

One item of the tenant's, the book of a kind of work, holds them all and changes only as it was read. Who died in its
place has it until the stated time; who comes back under the same name has the same place.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum

from fanfold.clock import Clock, stamp
from fanfold.ports import Change, Item, Key, Table

TRIES = 20


class PlaceKind(StrEnum):
    """What runs in places."""

    CHUNKS = "chunks"
    """Chunks of batches in real time."""
    FITS = "fits"
    """Chunks of forecasts."""


class Places:
    """The places of all tenants; `most` says how many a tenant has of each kind, None is without limit."""

    def __init__(self, table: Table, clock: Clock, most: Callable[[str], int | None]) -> None:
        self._table, self._clock, self._most = table, clock, most

    @contextmanager
    def place(self, tenant: str, work: PlaceKind, holder: str, seconds: float) -> Iterator[bool]:
        """Whether there is a place for the holder, for so many seconds at most; it is given back in the end."""
        most = self._most(tenant)
        there = most is None or self._take(_book(tenant, work), holder, most, seconds)
        try:
            yield there
        finally:
            if there and most is not None:
                self._leave(_book(tenant, work), holder)

    def _take(self, book: Key, holder: str, most: int, seconds: float) -> bool:
        until = stamp(self._clock() + timedelta(seconds=seconds))
        for _ in range(TRIES):
            before = self._table.get(book)
            others = self._others(before, holder)
            if len(others) >= most:
                return False
            if self._write(book, before, others | {holder: until}):
                return True
        return False

    def _leave(self, book: Key, holder: str) -> None:
        """Should all tries meet others, the place becomes free with its time."""
        for _ in range(TRIES):
            before = self._table.get(book)
            if self._write(book, before, self._others(before, holder)):
                return

    def _others(self, item: Item | None, holder: str) -> dict[str, str]:
        """Who else has a place, each until when."""
        now = stamp(self._clock())
        return {who: until for who, until in (item or {}).get("held", {}).items() if who != holder and until > now}

    def _write(self, book: Key, before: Item | None, held: dict[str, str]) -> bool:
        version = before["version"] if before else None
        news = {"held": held, "version": (version or 0) + 1}
        return self._table.change(Change(key=book, set=news, expect={"version": version})) is not None


def _book(tenant: str, work: PlaceKind) -> Key:
    return Key(f"T#{tenant}", f"PLACES#{work}")
