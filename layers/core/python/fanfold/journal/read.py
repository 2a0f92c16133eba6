"""Read: what is not flushed and what is, as one journal, newest first, each entry once.

Blocks are read before segments: what is flushed in between is found in both, never in neither, and an id that
comes twice is given once. A call does a bounded amount of work; a page may be short and still have a cursor.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from fanfold.errors import Invalid, NotFound
from fanfold.journal import ids
from fanfold.journal.backend import JournalBackend
from fanfold.journal.block import block_of, pending
from fanfold.journal.entry import ID, EntryView, line, view
from fanfold.journal.filters import LogFilter, LogFilters
from fanfold.journal.parse import AHEAD, LATEST
from fanfold.journal.segment import Segment, flushed, segment_of
from fanfold.ports import Item, Query, every_item

MOST_EXAMINED = 200_000
MOST_OBJECTS = 60
MOST_HOURS = 200
"""Entries, objects and hours that one call looks at."""
END = "e" + ids.LAST * (ids.LENGTH - 1)


class EntryFilters(LogFilters):
    """Filters, and the place in the listing."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: str | None = None


class EntryPage(BaseModel):
    """A page, newest first; `cursor` goes on with older entries, and is None at the end."""

    entries: list[EntryView]
    cursor: str | None


class LogWalk:
    """A way back through a tenant's journal from one id, within a budget of work.

    Gives lines, and keeps in `place` the id down to which everything was given.
    """

    def __init__(self, tenant: str, sieve: LogFilter, before: str, backend: JournalBackend) -> None:
        self._tenant, self._sieve, self._backend = tenant, sieve, backend
        self.place, self._begun = before, before
        self.objects = self.examined = self.hours = 0
        self.ended = False
        """Whether there is nothing left to walk through."""

    def lines(self, since: datetime, until: datetime) -> Iterator[bytes]:
        """Lines of entries accepted in these hours and before `place`, one at a time, until the budget is spent."""
        first, last = ids.hour(since), min(ids.hour(until), ids.hour_of(self.place))
        for hour in self._backend.places.between(self._tenant, first, last):
            yield from self._hour(hour)
            if self._spent:
                return
            self.place = min(self.place, ids.floor(ids.beginning(hour["sk"])))
            self.hours += 1
        self.ended = True

    @property
    def _spent(self) -> bool:
        """A call that found nothing yet goes on, so that each call gets on."""
        much = self.examined >= MOST_EXAMINED or self.objects >= MOST_OBJECTS or self.hours >= MOST_HOURS
        return much and self.place != self._begun

    def _hour(self, hour: Item) -> Iterator[bytes]:
        pool = self._hot(hour["sk"]) if "open" in hour else []
        waiting = sorted(self._cold(hour["sk"]), key=lambda segment: segment.last)
        while (waiting or pool) and not self._spent:
            threshold = waiting[-1].last.encode() if waiting else b""
            at = bisect_left(pool, threshold, key=lambda line: line[ID])
            yield from self._given(pool[at:])
            del pool[at:]
            if waiting and not self._spent:
                self.objects += 1
                pool = sorted([*pool, *waiting.pop().lines(self._backend.blobs)])

    def _given(self, lines: list[bytes]) -> Iterator[bytes]:
        before = self.place.encode()
        for each in reversed(lines):
            if each[ID] < before:
                before = each[ID]
                self.place = before.decode()
                self.examined += 1
                yield each
                if self._spent:
                    return

    def _hot(self, hour: str) -> list[bytes]:
        """What is not flushed; blocks that were begun after our place hold nothing for us."""
        query = Query(partition=pending(self._tenant, hour), until=self.place)
        blocks = (block_of(item) for item in every_item(self._backend.table, query))
        return sorted(line(entry) for block in blocks for entry in block.entries())

    def _cold(self, hour: str) -> Iterator[Segment]:
        query = Query(partition=flushed(self._tenant, hour))
        segments = (segment_of(item) for item in every_item(self._backend.table, query))
        return (each for each in segments if each.first < self.place and self._sieve.may_hold(each))


def list_entries(tenant: str, asked: EntryFilters, backend: JournalBackend) -> EntryPage:
    """A page of the entries that pass. Raises Invalid for a cursor that is none."""
    if asked.cursor is not None and not ids.is_id(asked.cursor):
        raise Invalid("this is no cursor of ours", field="cursor")
    sieve = LogFilter(asked)
    walk = LogWalk(tenant, sieve, asked.cursor or END, backend)
    found: list[EntryView] = []
    for each in walk.lines(*span(asked, backend)):
        if entry := sieve.passed(each):
            found.append(entry)
        if len(found) >= asked.limit:
            break
    return EntryPage(entries=found, cursor=None if walk.ended else walk.place)


def span(wanted: LogFilters, backend: JournalBackend) -> tuple[datetime, datetime]:
    """When entries that pass may have been accepted: the hours to look into."""
    now = backend.clock()
    until = min(wanted.until + LATEST, now) if wanted.until else now
    since = wanted.since - AHEAD if wanted.since else ids.accepted("e" + ids.FIRST * ids.MOMENT)
    return since, until + AHEAD


def show_entry(tenant: str, id: str, backend: JournalBackend) -> EntryView:
    """One entry. Raises NotFound."""
    if ids.is_id(id):
        hour = ids.hour_of(id)
        for lines in _places(tenant, hour, id, backend):
            for each in lines:
                if each[ID] == id.encode():
                    return view(each)
    raise NotFound(f"there is no entry {id!r}", field="id")


def _places(tenant: str, hour: str, id: str, backend: JournalBackend) -> Iterator[list[bytes]]:
    """Where the entry may be: in a block of its POST, then in a segment of its hour."""
    query = Query(partition=pending(tenant, hour), prefix=id[: ids.ORIGIN])
    for item in every_item(backend.table, query):
        yield [line(entry) for entry in block_of(item).entries()]
    for item in every_item(backend.table, Query(partition=flushed(tenant, hour))):
        segment = segment_of(item)
        if segment.first <= id <= segment.last:
            yield segment.lines(backend.blobs)
