"""Usage statistics: what a tenant's jobs came to, added up by day, so that statistics never look at jobs.

In the partition `T#<tenant>#STATS` there is an item of plain numbers for each day and model, for each day and tag, and
for each model since ever. They are moved by the difference that a job makes, in one transaction with the job's own
item `USAGE`, which holds what was recorded of it before: twice counts once, and a retry corrects the day on which
the job first ended. It is once a job's end, not once a request: about 10 write units for a job of one model.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from fanfold.clock import moment
from fanfold.errors import Incomplete
from fanfold.jobs.chunk_results import ChunkResult
from fanfold.jobs.duration_histogram import Times
from fanfold.jobs.job import Counts, Job, JobRef, State
from fanfold.jobs.ledger import Bill, LedgerRow, move, rows
from fanfold.ports import Change, Item, Key, Query, Table, every_item

USAGE = "USAGE"
MODEL, TAG, EVER = "M", "G", "A"
BUCKET = "t"
TRIES = 10
Figures = Counter[str]
"""Numbers by name: those of `Counts`, `retries`, `breaker_openings`, `time_ms` and `t<bucket>` of `Times`; and of jobs
`jobs` and `busy_ms` for each usage key, `primary_jobs`, `primary_busy_ms` and `primary_<state>` once a job."""


class UsageKey(NamedTuple):
    """Which way requests went: whose model in which lane."""

    provider: str
    model: str
    lane: str


class JobUsage(NamedTuple):
    """How a job ends: what its chunks came to by usage key, and the key under which the job itself is counted."""

    state: State
    now: str
    primary: UsageKey
    usage_by_key: Mapping[UsageKey, Figures]
    tags: tuple[str, ...] = ()
    template: str | None = None
    """The saved template that it is of."""


class Recorded(BaseModel):
    """What the statistics hold of a job; its day, tags, primary and duration are those of its first end."""

    model_config = ConfigDict(frozen=True)

    day: str
    tags: tuple[str, ...]
    primary: str
    busy_ms: int
    """Milliseconds from the job's start to its first end."""
    version: int = 0
    usage_by_key: dict[str, dict[str, int]] = {}
    kind: str | None = None
    """None of what was recorded before there was a ledger."""
    template: str | None = None
    key: str | None = None

    def bill(self, usage_key: str) -> Bill:
        """What the ledger counts a part of the job under."""
        provider, model, lane = usage_key.split("#")
        return Bill(self.kind or "", provider, model, lane, self.template, self.key, tuple(sorted(set(self.tags))))


class UsageRow(NamedTuple):
    """A row that was read: a day, and a usage key or a tag."""

    day: str
    usage_key: UsageKey | None
    tag: str | None
    figures: Figures


class UsageStats:
    """The usage statistics of all tenants."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def record(self, job: Job, ending: JobUsage) -> str:
        """Count the job as it ends, with all that its chunks came to so far; the day that it counts for."""
        for _ in range(TRIES):
            before = self._recorded(job.ref)
            recorded = before.model_copy(update=_billed(job, ending)) if before else _first(job, ending)
            new = _figures_of(recorded, ending)
            if before and before.kind and new == before.usage_by_key:
                return recorded.day
            kept = recorded.model_copy(update={"usage_by_key": new, "version": recorded.version + 1})
            marker = Change(
                key=job.ref.key(USAGE),
                set=kept.model_dump(mode="json"),
                expect={"version": before.version if before else None},
            )
            moves = (*_moves(job.tenant, recorded, new), *_ledger_moves(job.tenant, before, recorded, new))
            if self._table.together(marker, *moves):
                return recorded.day
        raise Incomplete(f"the end of {job.id} is recorded by others at the same time")

    def bill(self, job: Job, ending: JobUsage) -> None:
        """Count what a job costs that is in no other statistics, once. Twice counts once."""
        recorded = _first(job, ending)
        new = _figures_of(recorded, ending)
        marker = Change(
            key=job.ref.key(USAGE),
            set=recorded.model_copy(update={"usage_by_key": new}).model_dump(mode="json"),
            expect={"version": None},
        )
        self._table.together(marker, *_ledger_moves(job.tenant, None, recorded, new))

    def ledger(self, tenant: str, first: str, last: str) -> Iterator[LedgerRow]:
        """What the tenant's jobs of all kinds cost on these days, by all that it may be asked for by."""
        return rows(self._table, _partition(tenant), first, last)

    def knows(self, ref: JobRef) -> bool:
        """Whether the job was ever recorded of."""
        return self._recorded(ref) is not None

    def days(self, tenant: str, first: str, last: str) -> Iterator[UsageRow]:
        """The tenant's statistics of these days."""
        query = Query(partition=_partition(tenant), since=f"D#{first}", until=f"D#{last}#~")
        for item in self._items(query):
            _, day, family, rest = item["sk"].split("#", 3)
            usage_key = UsageKey(*rest.split("#")) if family == MODEL else None
            yield UsageRow(day, usage_key, rest if family == TAG else None, _figures(item))

    def ever(self, tenant: str, provider: str = "", model: str = "") -> Iterator[tuple[UsageKey, Figures]]:
        """The tenant's statistics since ever, of one model or of all."""
        prefix = f"{EVER}#" + (f"{provider}#{model}#" if model else "")
        for item in self._items(Query(partition=_partition(tenant), prefix=prefix)):
            yield UsageKey(*item["sk"].split("#")[1:]), _figures(item)

    def mean_output(self, tenant: str, provider: str, model: str) -> float | None:
        """Output tokens that a request of the tenant's to the model had on average; None without history."""
        figures = sum((each for _, each in self.ever(tenant, provider, model)), Figures())
        return figures["output_tokens"] / figures["succeeded"] if figures["succeeded"] else None

    def opening(self, tenant: str, usage_key: UsageKey, now: str) -> Iterator[Change]:
        """Changes that count an opened circuit breaker; make them in one transaction with what opens it."""
        for sk in (_sk(now[:10], usage_key), _sk(None, usage_key)):
            yield Change(key=Key(_partition(tenant), sk), add={"breaker_openings": 1})

    def _recorded(self, ref: JobRef) -> Recorded | None:
        item = self._table.get(ref.key(USAGE))
        return Recorded.model_validate(item) if item else None

    def _items(self, query: Query) -> Iterator[Item]:
        return every_item(self._table, query)


def usage_by_key(settled: Iterable[ChunkResult]) -> dict[UsageKey, Figures]:
    """What chunks came to, by usage_key."""
    found: dict[UsageKey, Figures] = {}
    for chunk in settled:
        for served in chunk.served:
            figures = found.setdefault(UsageKey(served.provider, served.model, served.lane), Figures())
            figures.update((served.counts or chunk.counts).model_dump())
            figures["retries"] += served.retries
            figures.update(_timed(served.times))
    return found


def times(figures: Figures) -> Times:
    """The times that are among the figures."""
    buckets = {int(name[1:]): n for name, n in figures.items() if name[0] == BUCKET and name[1:].isdecimal()}
    return Times(buckets=buckets, total_ms=figures["time_ms"])


def counts(figures: Figures) -> Counts:
    """The counts that are among the figures."""
    return Counts(**{name: figures[name] for name in Counts.model_fields})


def _timed(times: Times) -> Figures:
    return Figures({f"{BUCKET}{bucket}": n for bucket, n in times.buckets.items()} | {"time_ms": times.total_ms})


def _first(job: Job, ending: JobUsage) -> Recorded:
    busy = moment(ending.now) - moment(job.started_at or ending.now)
    return Recorded(
        day=ending.now[:10],
        tags=ending.tags,
        primary="#".join(ending.primary),
        busy_ms=round(busy.total_seconds() * 1000),
        **_billed(job, ending),
    )


def _billed(job: Job, ending: JobUsage) -> dict[str, str | None]:
    return {"kind": job.kind, "template": ending.template, "key": job.key_id}


def _ledger_moves(
    tenant: str, before: Recorded | None, recorded: Recorded, new: dict[str, dict[str, int]]
) -> Iterator[Change]:
    """The changes of the ledger; of a job that was recorded before there was one, all of it."""
    known = before.usage_by_key if before and before.kind else {}
    for name in {**known, **new}:
        step = Figures(new.get(name))
        step.subtract(known.get(name, {}))
        yield from move(_partition(tenant), recorded.day, recorded.bill(name), step)


def _figures_of(recorded: Recorded, ending: JobUsage) -> dict[str, dict[str, int]]:
    """All that the statistics are to hold of the job, by usage key. Its keys share it; its primary has it alone."""
    found = {"#".join(usage_key): Figures(figures) for usage_key, figures in ending.usage_by_key.items()}
    found.setdefault(recorded.primary, Figures())
    for name, figures in found.items():
        figures.update({"jobs": 1, "busy_ms": recorded.busy_ms})
        if name == recorded.primary:
            figures.update({"primary_jobs": 1, "primary_busy_ms": recorded.busy_ms, f"primary_{ending.state}": 1})
    return {name: {figure: n for figure, n in figures.items() if n} for name, figures in found.items()}


def _moves(tenant: str, recorded: Recorded, new: dict[str, dict[str, int]]) -> Iterator[Change]:
    """The changes of the statistics that make up the difference."""
    whole = Figures()
    for name in {**recorded.usage_by_key, **new}:
        step = Figures(new.get(name))
        step.subtract(recorded.usage_by_key.get(name, {}))
        whole.update(step)
        for day in (recorded.day, None):
            yield from _move(tenant, _sk(day, UsageKey(*name.split("#"))), step)
    for tag in dict.fromkeys(recorded.tags):
        yield from _move(tenant, f"D#{recorded.day}#{TAG}#{tag}", whole)


def _move(tenant: str, sk: str, step: Figures) -> Iterator[Change]:
    moved = {name: n for name, n in step.items() if n}
    if moved:
        yield Change(key=Key(_partition(tenant), sk), add=moved)


def _figures(item: Item) -> Figures:
    return Figures({name: value for name, value in item.items() if isinstance(value, int)})


def _partition(tenant: str) -> str:
    return f"T#{tenant}#STATS"


def _sk(day: str | None, usage_key: UsageKey) -> str:
    return "#".join((f"D#{day}#{MODEL}" if day else EVER, *usage_key))
