"""Where a journal has something: its hours and its streams, each noted before the first entry in it is written.

An hour is open while blocks may be written to it or lie in it; the sweeper looks into every open hour.
"""

from collections.abc import Iterable, Iterator

from fanfold.ports import Change, Item, Key, Query, Table, every_item

HOUR, STREAM = "journal-hour", "journal-stream"
MOST_NOTED = 10_000


class HourIndex:
    """Notes of hours and streams. What this process has noted it does not note again."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._noted: set[Key] = set()

    def note(self, tenant: str, hour: str, streams: Iterable[str]) -> None:
        """Make sure that the hour and the streams are known."""
        self._once(Key(hours(tenant), hour), {"open": HOUR, "open_since": hour})
        for stream in streams:
            self._once(Key(streams_of(tenant), stream), {"open": STREAM, "open_since": hour})

    def _once(self, key: Key, attributes: Item) -> None:
        if key in self._noted:
            return
        self._table.change(Change(key=key, set=attributes | {"noted": True}, expect={"noted": None}))
        if len(self._noted) >= MOST_NOTED:
            self._noted.clear()
        self._noted.add(key)

    def open_hours(self) -> Iterator[tuple[str, str]]:
        """Every tenant's open hours, oldest first, as tenant and hour."""
        for item in every_item(self._table, Query(partition=HOUR, index="open")):
            yield item["pk"].split("#")[1], item["sk"]

    def shut(self, tenant: str, hour: str) -> None:
        """No block is in this hour, and none can come any more."""
        self._table.change(Change(key=Key(hours(tenant), hour), set={"open": None, "open_since": None}))

    def between(self, tenant: str, since: str, until: str) -> Iterator[Item]:
        """The tenant's hours from one to another, newest first; `open` in those that are."""
        query = Query(partition=hours(tenant), since=since, until=until, newest_first=True)
        return every_item(self._table, query)

    def streams(self) -> Iterator[Item]:
        """Every tenant's streams, the one with the oldest entries first."""
        return every_item(self._table, Query(partition=STREAM, index="open"))

    def of(self, tenant: str) -> Iterator[Item]:
        """The tenant's streams."""
        return every_item(self._table, Query(partition=streams_of(tenant)))

    def stream(self, tenant: str, stream: str) -> Item | None:
        return self._table.get(Key(streams_of(tenant), stream))

    def keep(self, tenant: str, stream: str, days: int, hour: str) -> None:
        """Set how long the stream's entries are kept; it need not have any yet."""
        self._once(Key(streams_of(tenant), stream), {"open": STREAM, "open_since": hour})
        self._table.change(Change(key=Key(streams_of(tenant), stream), set={"retention_days": days}))

    def kept_since(self, tenant: str, stream: str, hour: str) -> None:
        """Note that nothing older is left of the stream."""
        self._table.change(Change(key=Key(streams_of(tenant), stream), set={"open_since": hour}))

    def forget(self, tenant: str, hour: str) -> None:
        """The hour is shut, and nothing is left in it."""
        self._table.remove(Key(hours(tenant), hour))


def hours(tenant: str) -> str:
    """The partition of the tenant's hours."""
    return f"T#{tenant}#H"


def streams_of(tenant: str) -> str:
    """The partition of the tenant's streams."""
    return f"T#{tenant}#S"


def tenant_of(item: Item) -> str:
    """Whose item it is."""
    return str(item["pk"]).split("#")[1]
