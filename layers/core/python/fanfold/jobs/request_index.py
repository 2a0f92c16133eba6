"""Where each request of a batch is: an object of fixed-size records, sorted by the hash of the custom_id.

The hashes are evenly spread, so a record's place can be computed: one ranged read of a few kilobytes finds it
among a million. Record: hash (8 bytes), chunk, position, offset and length in the chunk object (4 bytes each),
all big-endian.
"""

import math
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from hashlib import blake2b
from itertools import accumulate, chain, count, repeat, starmap
from pathlib import Path
from typing import NamedTuple

from fanfold.jobs.disk_sort import Partitions, records
from fanfold.ports import Blobs
from fanfold.scratch import scratch_database

RECORD = struct.Struct(">QIIII")
MARKED = struct.Struct(">8sIIII")
"""The same, of a mark."""
SEEN, HASHES = struct.Struct(">8sqII"), 16
"""A request by two hashes of its custom_id: its ordinal, and its line."""
SPREAD = 8
"""Standard deviations around the expected place that one read covers."""
BLOCK = 4096
"""Requests that are noted at a time."""


class LinePlace(NamedTuple):
    """A request's place: its chunk, its position in it, and its line's span in the chunk object."""

    chunk: int
    position: int
    offset: int
    length: int


def mark(custom_id: str) -> bytes:
    """What stands for a custom_id in an index: 64 bits of BLAKE2b."""
    return blake2b(custom_id.encode(), digest_size=8).digest()


def digest(custom_id: str) -> int:
    """The mark as a number."""
    return int.from_bytes(mark(custom_id), "big")


class IdSorter:
    """Sorts custom_ids on disk, whatever their number, by their marks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: list[tuple[bytes, int, int, int]] = []
        self._sorted = Partitions(folder / "ids", SEEN.size)
        self._records = Partitions(folder / "records", RECORD.size)

    def add(self, custom_id: str, ordinal: int, line: int) -> bytes:
        """Note a request; the mark of its custom_id.

        Two are the same if both of their hashes are: 128 bits, of which Python makes one half anew in each process.
        """
        found, seen = mark(custom_id), self._seen
        seen.append((found, hash(custom_id), ordinal, line))
        if len(seen) == BLOCK:
            self._flush()
        return found

    def repeats(self) -> Iterator[tuple[int, int, int]]:
        """Requests whose custom_id came before: ordinal, line, the line it first came in; by ordinal."""
        self._flush()
        found = chain.from_iterable(map(_repeated, self._sorted.parts()))
        first = next(found, None)
        if first is None:
            return
        schema = "CREATE TABLE repeats (ordinal INTEGER PRIMARY KEY, line, first)"
        with closing(scratch_database(self._folder / "repeats.sqlite", schema)) as rows:
            rows.executemany("INSERT INTO repeats VALUES (?, ?, ?)", chain((first,), found))
            yield from rows.execute("SELECT * FROM repeats ORDER BY ordinal")

    def place(self, chunk: int, marks: Iterable[bytes], lengths: Sequence[int]) -> None:
        """Note what a chunk holds: the mark of each request's custom_id and how long its line is, in order."""
        offsets = accumulate(lengths, initial=0)
        self._records.add(list(map(MARKED.pack, marks, repeat(chunk), count(), offsets, lengths)))

    def records(self) -> Iterator[bytes]:
        """The index object's parts, in order."""
        return self._records.blocks()

    def close(self) -> None:
        self._sorted.close()
        self._records.close()

    def _flush(self) -> None:
        self._sorted.add(list(starmap(SEEN.pack, self._seen)))
        self._seen = []


def _repeated(part: bytes) -> Iterator[tuple[int, int, int]]:
    """Those of a part whose hashes another one has that came before."""
    places = range(0, len(part), SEEN.size)
    if len({part[at : at + HASHES] for at in places}) == len(places):
        return
    before, first = b"", 0
    for record in sorted(records(part, SEEN.size)):
        _, _, ordinal, line = SEEN.unpack(record)
        if record[:HASHES] == before:
            yield ordinal, line, first
        else:
            before, first = record[:HASHES], line


def find(blobs: Blobs, key: str, custom_id: str) -> list[LinePlace]:
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


def _equal(records: list[tuple[int, ...]], wanted: int) -> list[LinePlace]:
    start = bisect_left(records, wanted, key=lambda record: record[0])
    found = []
    for record in records[start:]:
        if record[0] != wanted:
            break
        found.append(LinePlace(*record[1:]))
    return found
