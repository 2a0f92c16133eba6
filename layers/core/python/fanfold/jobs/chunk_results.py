"""Settled chunks: one item each, written once an attempt, and the counters that move with it.

A chunk without an item is still to come. The item and the counters are written in one transaction, so a chunk
settled twice counts once.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, field_serializer

from fanfold.jobs.duration_histogram import Times
from fanfold.jobs.error_groups import ErrorGroup
from fanfold.jobs.job import Counts, JobRef
from fanfold.jobs.store import COUNT
from fanfold.ports import Change, Item, Query, Table, every_item

LAST = "C#~"
"""Behind every chunk."""


class Served(BaseModel):
    """Who answered units of a chunk, and how long it took, from its first attempt on."""

    model_config = ConfigDict(frozen=True)

    provider: str
    model: str
    lane: str
    times: Times = Times()
    retries: int = 0
    """Calls that were made for a unit after its first."""
    counts: Counts | None = None
    """Its part of the chunk's counts; None if it has answered all of it."""

    @field_serializer("times")
    def _times(self, times: Times) -> Mapping[str, Any]:
        return times.attributes()


class ChunkResult(BaseModel):
    """A chunk whose every unit has its result, in the object `results`, a line each, in the chunk's order.

    `attempt` is the job's round in which it got them.
    """

    model_config = ConfigDict(frozen=True)

    chunk: int
    attempt: int = 1
    results: str
    counts: Counts
    offsets: bytes
    """Where each result line starts, and the object's end: packed 32-bit little-endian."""
    faults: tuple[ErrorGroup, ...] | None = None
    """What went wrong in it, by kind; None if nothing did."""
    charged: int = 0
    """Nanodollars that the calls of this attempt cost."""
    served: tuple[Served, ...] = ()

    @cached_property
    def starts(self) -> "array[int]":
        """Where each result line starts, and the object's end."""
        return array("I", self.offsets)

    def span(self, position: int) -> tuple[int, int]:
        """Start and length of the result line at `position`."""
        return self.starts[position], self.starts[position + 1] - self.starts[position]


def pack_offsets(lengths: Sequence[int]) -> bytes:
    """The offsets of lines of these lengths, in bytes, end included."""
    offsets = array("I", [0])
    for length in lengths:
        offsets.append(offsets[-1] + length)
    return offsets.tobytes()


class ChunkResults:
    """The settled chunks of jobs."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def settle(
        self,
        ref: JobRef,
        settled: ChunkResult,
        before: ChunkResult | None = None,
        *also: Change,
        shard: int | None = None,
    ) -> bool:
        """Record the chunk and count it; False, and nothing happens, unless `before` is what is recorded.

        What is to happen together with it goes `also`. With a `shard` the chunk is counted for that as well.
        """
        item = settled.model_dump(exclude={"chunk"})
        step = (settled.counts - before.counts if before else settled.counts).model_dump()
        own = {} if shard is None else {_count(shard): 1}
        return self._table.together(
            Change(key=ref.key(_sk(settled.chunk)), set=item, expect={"attempt": before.attempt if before else None}),
            Change(key=ref.key(COUNT), add=step | {"chunks": 0 if before else 1} | own),
            *also,
        )

    def counted(self, ref: JobRef, shard: int) -> int:
        """How many chunks were settled for the shard."""
        return int((self._table.get(ref.key(COUNT)) or {}).get(_count(shard), 0))

    def get(self, ref: JobRef, chunk: int) -> ChunkResult | None:
        """The chunk, if it is settled."""
        item = self._table.get(ref.key(_sk(chunk)))
        return ChunkResult.model_validate(item | {"chunk": chunk}) if item else None

    def window(self, ref: JobRef, first: int, most: int) -> tuple[dict[int, ChunkResult], int | None]:
        """Settled chunks from `first` on, `most` of them, and the first chunk that they tell nothing of."""
        page = self._table.page(Query(partition=ref.partition, since=_sk(first), until=LAST, limit=most))
        found = [_settled(item) for item in page.items]
        return {settled.chunk: settled for settled in found}, found[-1].chunk + 1 if page.cursor else None

    def between(self, ref: JobRef, first: int, last: int) -> Iterator[ChunkResult]:
        """Settled chunks from `first` to `last`, in order."""
        return self._every(Query(partition=ref.partition, since=_sk(first), until=_sk(last)))

    def all(self, ref: JobRef) -> Iterator[ChunkResult]:
        """Every settled chunk of the job, in order."""
        return self._every(Query(partition=ref.partition, prefix="C#"))

    def _every(self, query: Query) -> Iterator[ChunkResult]:
        return map(_settled, every_item(self._table, query))


def _settled(item: Item) -> ChunkResult:
    return ChunkResult.model_validate(item | {"chunk": int(item["sk"].removeprefix("C#"))})


def _count(shard: int) -> str:
    return f"s{shard}"


def _sk(chunk: int) -> str:
    return f"C#{chunk:06d}"
