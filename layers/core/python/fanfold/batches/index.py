"""Where each request of a batch is: an object of fixed-size records, sorted by the hash of the custom_id.

The hashes are evenly spread, so a record's place can be computed: one ranged read of a few kilobytes finds it
among a million. Record: hash (8 bytes), chunk, position, offset and length in the chunk object (4 bytes each),
all big-endian.
"""

import math
import sqlite3
import struct
from bisect import bisect_left
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from fanfold.ports import Blobs

RECORD = struct.Struct(">QIIII")
SPREAD = 8
"""Standard deviations around the expected place that one read covers."""


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
        self._rows = sqlite3.connect(folder / "ids.sqlite", isolation_level=None)
        self._rows.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE; PRAGMA cache_size=-8192;"
            "CREATE TABLE ids (custom_id TEXT, ordinal INTEGER, line INTEGER);"
            "CREATE TABLE places (digest BLOB, chunk INTEGER, position INTEGER, offset INTEGER, length INTEGER);"
            "BEGIN"
        )

    def add(self, custom_id: str, ordinal: int, line: int) -> None:
        """Note a request."""
        self._rows.execute("INSERT INTO ids VALUES (?, ?, ?)", (custom_id, ordinal, line))

    def repeats(self) -> Iterator[tuple[int, int, int, str]]:
        """Requests whose custom_id came before: ordinal, line, the line it first came in, custom_id; by ordinal."""
        return self._rows.execute(
            "SELECT ordinal, line, first, custom_id FROM (SELECT ordinal, line, custom_id, "
            "MIN(line) OVER (PARTITION BY custom_id) AS first FROM ids) WHERE line > first ORDER BY ordinal"
        )

    def place(self, custom_id: str, place: Place) -> None:
        """Note where a request went."""
        key = digest(custom_id).to_bytes(8, "big")
        self._rows.execute("INSERT INTO places VALUES (?, ?, ?, ?, ?)", (key, *place))

    def records(self) -> Iterator[bytes]:
        """The index object's parts, in order."""
        rows = self._rows.execute("SELECT * FROM places ORDER BY digest")
        while batch := rows.fetchmany(4096):
            yield b"".join(key + RECORD.pack(0, *place)[8:] for key, *place in batch)

    def close(self) -> None:
        self._rows.close()


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


def _equal(records: list[tuple[int, ...]], wanted: int) -> list[Place]:
    start = bisect_left(records, wanted, key=lambda record: record[0])
    found = []
    for record in records[start:]:
        if record[0] != wanted:
            break
        found.append(Place(*record[1:]))
    return found
