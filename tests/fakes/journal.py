"""The whole journal on fakes, and what stands around it: the table's stream."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from fanfold.errors import Contended
from fanfold.journal.backend import JournalBackend
from fanfold.journal.block import KIND, JournalBlock, block_of
from fanfold.journal.entry import EntryView
from fanfold.journal.flush import Flushed, flush
from fanfold.journal.hour_index import HourIndex
from fanfold.journal.post import LogReceipt, Post, post
from fanfold.journal.read import EntryFilters, list_entries
from fanfold.journal.sweep import SweptJournal, sweep
from fanfold.ports import Change, Item, Removal
from fanfold.settings import Settings
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.errands import MemoryErrands
from tests.fakes.events import MemoryEvents
from tests.fakes.table import MemoryTable


@dataclass
class FakeJournal:
    """Everything behind a journal, in memory. `now` moves only when it is told to."""

    table: MemoryTable = field(default_factory=MemoryTable)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    exports: MemoryErrands = field(default_factory=MemoryErrands)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    settings: Settings = field(default_factory=Settings)
    now: datetime = datetime(2026, 11, 26, 12, 30, tzinfo=UTC)
    through: Callable[[Any], Any] = lambda port: port
    """What every port is reached through."""

    @property
    def backend(self) -> JournalBackend:
        """A new process on the same ports."""
        table = self.through(self.table)
        return JournalBackend(
            table=table,
            places=HourIndex(table),
            blobs=self.through(self.blobs),
            exports=self.exports,
            events=self.through(self.events),
            clock=lambda: self.now,
            pause=self.wait,
            settings=self.settings,
        )

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def post(self, *entries: Any, tenant: str = "acme", key: str | None = None, own: bool = False) -> LogReceipt:
        """Post entries; a text is a message."""
        given = [{"message": each} if isinstance(each, str) else each for each in entries]
        body = json.dumps({"entries": given}).encode()
        return post(Post(tenant=tenant, body=body, idempotency_key=key, own=own), self.backend)

    @property
    def blocks(self) -> list[JournalBlock]:
        """What is not flushed."""
        return [block_of(item) for item in self.table.items.values() if item.get("kind") == KIND]

    def flush(self) -> Flushed:
        """What the stream does in the end."""
        return flush(self.blocks, self.backend)

    def sweep(self, after: float = 61) -> SweptJournal:
        """A round of the sweeper, some seconds later."""
        self.wait(after)
        return sweep(self.backend)

    def page(self, tenant: str = "acme", **asked: Any) -> Any:
        return list_entries(tenant, EntryFilters.model_validate(asked), self.backend)

    def read(self, tenant: str = "acme", **asked: Any) -> Iterator[EntryView]:
        """Every entry that passes, page by page."""
        while True:
            page = self.page(tenant, **asked)
            yield from page.entries
            if page.cursor is None:
                return
            asked["cursor"] = page.cursor

    def messages(self, tenant: str = "acme", **asked: Any) -> list[str]:
        return [entry.message for entry in self.read(tenant, **asked)]

    def raw(self) -> list[dict[str, Any]]:
        """What somebody finds who reads the objects themselves."""
        import gzip

        found = [gzip.decompress(body) for key, body in self.blobs.objects.items() if key.startswith("journal/")]
        return [json.loads(line) for body in found for line in body.splitlines()]


class Reluctant:
    """A table that takes some of the transactions only at a later try, as under throttling."""

    def __init__(self, table: MemoryTable, share: float, seed: int = 1) -> None:
        self._table, self._share, self._random = table, share, Random(seed)
        self.refused = 0

    def together(self, *changes: Change | Removal) -> bool:
        if self._random.random() < self._share:
            self.refused += 1
            raise Contended("not now")
        return self._table.together(*changes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)


def record(item: Item) -> dict[str, Any]:
    """The stream's record of a new item."""
    from fanfold.aws.table import _wire

    return {"eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": {"NewImage": _wire(item)}}
