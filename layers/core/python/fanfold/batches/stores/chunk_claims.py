"""Claims: who works on a chunk, in which attempt, and what the attempts before left of it.

A worker takes a claim under a new attempt number; every write of its names that number, so a worker that was given up
can do nothing more. The clock says only when a worker that is silent may be given up, never who may write.

A worker that died may have died of a request. So after a death the chunk is worked on in groups that are noted before
they are begun: the group that a worker dies in is cut in pieces, which go behind the others, until a request that
kills stands alone. What has died alone three times is poisoned.
"""

from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict

from fanfold.batches.model.shard import Shard
from fanfold.batches.model.waiting import Waiting
from fanfold.errors import Superseded
from fanfold.jobs.job import JobRef
from fanfold.ports import Change, Item, Key, Query, Table, every_item

PIECES = 10
"""What the group that a worker died in is cut into."""
DEATHS = 3
"""Workers that a request may take down while it stands alone."""


class Claim(BaseModel):
    """A chunk's claim, in one shard. It is held while `held_at` says since when."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    job: str
    shard: int
    chunk: int
    attempt: int = 0
    held_at: str | None = None
    parts: tuple[str, ...] = ()
    """Objects with outcomes, as they were flushed."""
    answered: int = 0
    """Requests whose outcomes are in them, or in the results once it is done."""
    waiting: Waiting | None = None
    """What it waits for, while no worker holds it."""
    paid: int = 0
    """Nanodollars of those that the job's budget has been told of."""
    tries: dict[str, tuple[int, int]] = {}
    """By position: calls that failed, and calls that were throttled."""
    answerers: dict[str, int] = {}
    """By position: whose turn it is to be asked, if not that of the model it was made for."""
    groups: tuple[tuple[int, ...], ...] = ()
    """After a death: the positions that are to be worked on together; the first is what is being worked on."""
    alone: dict[str, int] = {}
    """By position: workers that died while it was the only one under way."""
    deaths: int = 0

    @cached_property
    def ref(self) -> JobRef:
        return JobRef(tenant=self.tenant, job=self.job)

    @property
    def poisoned(self) -> frozenset[int]:
        """Positions that nobody is to try again."""
        return frozenset(int(position) for position, deaths in self.alone.items() if deaths >= DEATHS)

    def part_key(self) -> str:
        """The object for the next part."""
        name = f"{self.shard:04d}-{self.chunk:06d}-{self.attempt}-{len(self.parts)}"
        return f"{self.ref.folder}parts/{name}.jsonl"


class Claims:
    """The claims on the chunks of jobs."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, shard: Shard, chunk: int, now: str) -> Claim | None:
        """The chunk under a new attempt; None if another worker holds it or it is done."""
        key = shard.ref.key(_sk(shard.number, chunk))
        first = self._table.change(Change(key=key, set={"held_at": now, "attempt": 1}, expect={"attempt": None}))
        if first:
            return _claim(first)
        before = self.get(shard.ref, shard.number, chunk)
        if before is None or before.held_at:
            return None
        expect = {"attempt": before.attempt, "held_at": None, "done": None}
        again = self._table.change(Change(key=key, set={"held_at": now}, add={"attempt": 1}, expect=expect))
        return _claim(again) if again else None

    def leave(self, shard: Shard, chunk: int, part: str, paid: int) -> None:
        """Leave outcomes, which have cost so many nanodollars, for the first worker that takes the chunk.

        A claim that is there stays as it is.
        """
        key = shard.ref.key(_sk(shard.number, chunk))
        self._table.change(Change(key=key, set={"parts": [part], "attempt": 0, "paid": paid}, expect={"attempt": None}))

    def get(self, ref: JobRef, shard: int, chunk: int) -> Claim | None:
        """The claim, if the chunk was ever begun."""
        item = self._table.get(ref.key(_sk(shard, chunk)))
        return _claim(item) if item else None

    def of(self, shard: Shard) -> dict[int, Claim]:
        """All claims of the shard, by chunk."""
        query = Query(partition=shard.ref.partition, prefix=f"W#{shard.number:04d}#")
        return {claim.chunk: claim for claim in map(_claim, every_item(self._table, query))}

    def note(self, claim: Claim, **news: Any) -> Claim:
        """Write down how far it is. Raises Superseded if the worker was given up."""
        item = self._table.change(Change(key=_key(claim), set=news, expect={"attempt": claim.attempt, "done": None}))
        if item is None:
            raise Superseded(f"a newer attempt has chunk {claim.chunk} of {claim.job}")
        return _claim(item)

    def give_up(self, claim: Claim) -> Claim:
        """Its worker is dead: let another take it, in smaller groups. Raises Superseded."""
        died = claim.groups[0] if claim.groups else ()
        news: Item = {"held_at": None, "deaths": claim.deaths + 1}
        if len(died) == 1:
            position = str(died[0])
            news["alone"] = claim.alone | {position: claim.alone.get(position, 0) + 1}
        news["groups"] = [list(group) for group in (*claim.groups[1:], *_pieces(died))]
        expect = {"attempt": claim.attempt, "held_at": claim.held_at}
        item = self._table.change(Change(key=_key(claim), set=news, add={"attempt": 1}, expect=expect))
        if item is None:
            raise Superseded(f"a newer attempt has chunk {claim.chunk} of {claim.job}")
        return _claim(item)

    def paid(self, claim: Claim, nanos: int) -> Change:
        """What notes how much of the chunk the job's budget has been told of."""
        return Change(key=_key(claim), set={"paid": nanos}, expect={"attempt": claim.attempt, "done": None})

    def done(self, claim: Claim, answered: int) -> Change:
        """What ends the claim, together with the chunk's settling."""
        news: Item = {"held_at": None, "done": True, "answered": answered, "waiting": None}
        return Change(key=_key(claim), set=news, expect={"attempt": claim.attempt})


def grouped(claim: Claim, pending: list[int]) -> tuple[tuple[int, ...], ...]:
    """The pending positions in the claim's groups; all that are in none come in pieces behind them."""
    wanted = set(pending)
    groups = [tuple(each for each in group if each in wanted) for group in claim.groups]
    rest = tuple(each for each in pending if not any(each in group for group in groups))
    return tuple(group for group in (*groups, *_pieces(rest)) if group)


def _pieces(group: tuple[int, ...]) -> list[tuple[int, ...]]:
    size = max(1, len(group) // PIECES)
    return [group[start : start + size] for start in range(0, len(group), size)]


def _sk(shard: int, chunk: int) -> str:
    return f"W#{shard:04d}#{chunk:06d}"


def _key(claim: Claim) -> Key:
    return claim.ref.key(_sk(claim.shard, claim.chunk))


def _claim(item: Item) -> Claim:
    _, shard, chunk = item["sk"].split("#")
    whose = JobRef.from_partition(item["pk"]).model_dump()
    return Claim.model_validate(item | whose | {"shard": int(shard), "chunk": int(chunk)})
