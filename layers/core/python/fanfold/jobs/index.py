"""Where each request of a batch is: an object of fixed-size records, sorted by the hash of the custom_id.

The hashes are evenly spread, so a record's place can be computed: one ranged read of a few kilobytes finds it
among a million. Record: hash (8 bytes), chunk, position, offset and length in the chunk object (4 bytes each),
all big-endian.
"""

import math
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from fanfold.jobs.partitions import Partitions
from fanfold.ports import Blobs
from fanfold.scratch import scratch_database

RECORD = struct.Struct(">QIIII")
SPREAD = 8
"""Standard deviations around the expected place that one read covers."""
BLOCK = 4096
"""Rows that go to SQLite at a time."""


class Place(NamedTuple):
    """A request's place: its chunk, its position in it, and its line's span in the chunk object."""

    chunk: int
    position: int
    offset: int
    length: int


def digest(custom_id: str) -> int:
    """64 bits of BLAKE2b."""
    return int.from_bytes(blake2b(custom_id.encode(), digest_size=8).digest(), "big")


class IdSorter:
    """Sorts custom_ids on disk, whatever their number: SQLite's sorter spills to files and holds a few megabytes."""

    def __init__(self, folder: Path) -> None:
        self._rows = scratch_database(
            folder / "ids.sqlite",
            "CREATE TABLE ids (custom_id TEXT, ordinal INTEGER, line INTEGER);"
            "CREATE TABLE firsts (custom_id TEXT PRIMARY KEY, first INTEGER) WITHOUT ROWID",
        )
        self._ids: list[tuple[str, int, int]] = []
        self._records = Partitions(folder / "records", RECORD.size)

    def add(self, custom_id: str, ordinal: int, line: int) -> None:
        """Note a request."""
        self._ids.append((custom_id, ordinal, line))
        if len(self._ids) == BLOCK:
            self._flush()

    def repeats(self) -> Iterator[tuple[int, int, int, str]]:
        """Requests whose custom_id came before: ordinal, line, the line it first came in, custom_id; by ordinal."""
        self._flush()
        self._rows.execute(
            "INSERT OR IGNORE INTO firsts SELECT custom_id, MIN(line) FROM ids GROUP BY custom_id HAVING COUNT(*) > 1"
        )
        return self._rows.execute(
            "SELECT ordinal, line, first, custom_id FROM ids JOIN firsts USING (custom_id) "
            "WHERE line > first ORDER BY ordinal"
        )

    def place(self, chunk: int, requests: Iterable[tuple[str, int]]) -> None:
        """Note what a chunk holds: the custom_id of each request and how long its line is, in order."""
        records, offset = [], 0
        for position, (custom_id, length) in enumerate(requests):
            records.append(RECORD.pack(digest(custom_id), chunk, position, offset, length))
            offset += length
        self._records.add(records)

    def records(self) -> Iterator[bytes]:
        """The index object's parts, in order."""
        return self._records.blocks()

    def close(self) -> None:
        self._rows.close()
        self._records.close()

    def _flush(self) -> None:
        self._rows.executemany("INSERT INTO ids VALUES (?, ?, ?)", self._ids)
        self._ids.clear()


def find(blobs: Blobs, key: str, custom_id: str) -> list[Place]:
    """The places whose hash is the custom_id's: none, one, or (by chance) a few to look through."""
    wanted, total = digest(custom_id), blobs.size(key) // RECORD.size
    middle, reach = (wanted * total) >> 64, SPREAD * math.isqrt(total) // 2 + 4
    first, last = max(0, middle - reach), min(total, middle + reach + 1)
    while total:
        window = blobs.get_range(key, first * RECORD.size, (last - first) * RECORD.size)
        records = list(RECORD.iter_unpack(window))
        if first > 0 and records[0][0] >= wanted:
            first = max(0, first - (last - first))
        elif last < total and records[-1][0] <= wanted:
            last = min(total, last + (last - first))
        else:
            return _equal(records, wanted)
    return []


def hashes(index: bytes) -> set[int]:
    """The hashes of all custom_ids of an index, read whole."""
    return {record[0] for record in RECORD.iter_unpack(index)}


def _equal(records: list[tuple[int, ...]], wanted: int) -> list[Place]:
    start = bisect_left(records, wanted, key=lambda record: record[0])
    found = []
    for record in records[start:]:
        if record[0] != wanted:
            break
        found.append(Place(*record[1:]))
    return found
