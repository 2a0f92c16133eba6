"""The outbox: events that are told a little later, written in one transaction with what they tell of.

Each is an item in the index `open` until it was told. Who dies after telling it tells it again, under the same id.
"""

from collections.abc import Iterator
from typing import NamedTuple

from fanfold.clock import Clock, stamp
from fanfold.events import TenantEvent
from fanfold.ports import Change, Item, Key, Query, Table, every_item

OPEN = "event"


class Noted(NamedTuple):
    """An event that is to be told: what it is called on the event bus, and itself as JSON."""

    key: Key
    name: str
    detail: str


class Outbox:
    """Events of all tenants that are not told yet."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table, self._clock = table, clock

    @staticmethod
    def noting(event: TenantEvent, due_at: str) -> Change:
        """The write that has the event told at that time, for a transaction; made again it changes nothing."""
        detail = {"name": event.NAME, "detail": event.model_dump_json()}
        return Change(key=_key(event), set=detail | {"open": OPEN, "open_since": due_at})

    def drop(self, event: TenantEvent) -> None:
        """Tell it no more, if it was not told yet."""
        self._table.remove(_key(event))

    def due(self) -> Iterator[Noted]:
        """What is to be told now, the longest waiting first."""
        query = Query(partition=OPEN, index="open", until=stamp(self._clock()))
        return map(_noted, every_item(self._table, query))

    def told(self, noted: Noted) -> None:
        """It was told."""
        self._table.remove(noted.key)


def _noted(item: Item) -> Noted:
    return Noted(Key(item["pk"], item["sk"]), item.get("name", ""), item.get("detail", ""))


def _key(event: TenantEvent) -> Key:
    return Key(f"T#{event.tenant}#OUTBOX", event.event_id)
