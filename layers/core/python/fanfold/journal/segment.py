"""A segment: flushed entries of one stream and hour, as one object of gzipped lines in the order of their ids.

Its object lies under `journal/` for readers of the raw files, where it comes only from a segment that is committed,
so that each entry is there once. Until then it lies under `journal-staging/`.
"""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from fanfold.journal.entry import Entry, line
from fanfold.ports import Blobs, Change, Item, Key
from fanfold.versions import Steps, read_item, stamped

KIND = "segment"
STEPS: Steps = ()
"""From each version of a segment's item to the next."""
UNPUBLISHED = "journal-segment"
STAGING, PUBLISHED = "journal-staging", "journal"


class Segment(NamedTuple):
    """Entries in cold storage. `oldest` and `newest` are their timestamps, in milliseconds since 1970."""

    tenant: str
    hour: str
    stream: str
    name: str
    first: str
    last: str
    oldest: int
    newest: int
    levels: Mapping[str, int]
    stored: int
    """Bytes of its object."""
    published: bool = False

    @property
    def key(self) -> Key:
        return Key(flushed(self.tenant, self.hour), f"{self.stream}#{self.last}#{self.name}")

    @property
    def size(self) -> int:
        """Entries in it."""
        return sum(self.levels.values())

    @property
    def staged(self) -> str:
        return f"{STAGING}/{self.tenant}/{self.stream}/{self.hour}/{self.name}.ndjson.gz"

    @property
    def object(self) -> str:
        return f"{folder(self.tenant, self.stream, self.hour)}{self.name}.ndjson.gz"

    def lines(self, blobs: Blobs) -> list[bytes]:
        """What it holds, lowest id first; nothing if its time has come meanwhile."""
        for key in (self.object, self.staged) if self.published else (self.staged, self.object):
            try:
                return gzip.decompress(blobs.get(key)).splitlines()
            except KeyError:
                continue
        return []


def flushed(tenant: str, hour: str) -> str:
    """The partition of a tenant's segments of an hour."""
    return f"T#{tenant}#G#{hour}"


def folder(tenant: str, stream: str, hour: str) -> str:
    """The prefix of a stream's objects of an hour, as Hive and Athena name partitions."""
    return f"{PUBLISHED}/tenant={tenant}/stream={stream}/hour={hour}/"


def made(tenant: str, hour: str, stream: str, entries: Sequence[Entry], blocks: Sequence[str]) -> tuple[Segment, bytes]:
    """A segment of these entries, in the order of their ids, and its object. The same blocks make the same one."""
    body = gzip.compress(b"".join(_ended(entries)), 6, mtime=0)
    levels: dict[str, int] = {}
    for entry in entries:
        levels[entry.level] = levels.get(entry.level, 0) + 1
    times = [entry.timestamp for entry in entries]
    name = sha256("\n".join([*blocks, stream]).encode()).hexdigest()[:20]
    first, last = entries[0].id, entries[-1].id
    return Segment(tenant, hour, stream, name, first, last, min(times), max(times), levels, len(body)), body


def _ended(entries: Sequence[Entry]) -> Iterator[bytes]:
    return (line(entry) + b"\n" for entry in entries)


def commit(segment: Segment, now: str) -> Change:
    """Note that the entries are in cold storage, once."""
    fields = ("name", "stream", "first", "last", "oldest", "newest", "levels", "stored")
    kept: dict[str, Any] = {name: getattr(segment, name) for name in fields} | {"kind": KIND} | stamped(STEPS)
    return Change(key=segment.key, set=kept | {"open": UNPUBLISHED, "open_since": now}, expect={"kind": None})


def publication(segment: Segment) -> Change:
    """Note that the object is where readers of raw files look."""
    shut = {"published": True, "open": None, "open_since": None}
    return Change(key=segment.key, set=shut, expect={"name": segment.name})


def segment_of(item: Item) -> Segment:
    """The segment of an item. Raises WrittenLater for one of a later release."""
    item = read_item(item, STEPS)
    _, tenant, _, hour = item["pk"].split("#")
    fields = ("stream", "name", "first", "last", "oldest", "newest", "levels", "stored")
    held = {name: item[name] for name in fields}
    return Segment(tenant=tenant, hour=hour, published=bool(item.get("published")), **held)
