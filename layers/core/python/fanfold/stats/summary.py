"""Statistics of a tenant's jobs over days, out of their usage_stats: no job is looked at."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from pydantic import BaseModel

from fanfold.clock import Clock
from fanfold.jobs.job import Tokens
from fanfold.jobs.usage_stats import Figures, UsageRow, UsageStats, times
from fanfold.pricing.tariff import dollars
from fanfold.providers import Finish
from fanfold.stats.days import DayRange

By = Literal["provider", "model", "lane", "day", "tag"]
SHARED = frozenset({"model", "lane"})
"""Groups that one job can be in several of: it counts in each."""


class StatsRange(DayRange):
    """The query of `GET /v1/stats`: days of UTC, both included; the last 30 without."""

    by: By | None = None


class UsageSummary(BaseModel):
    """What jobs came to. A job counts on the day it first ended, and what a retry changes counts there too."""

    jobs: int
    completed: int
    failed_jobs: int
    cancelled: int
    requests: int
    succeeded: int
    failed: int
    success_rate: float | None
    mean_seconds: float | None
    """Of a request: from the call to its answer in real time; from a batch's submit to its end there."""
    p50_seconds: float | None
    """Off by 4.4 % at most, as is the next; they come from a histogram."""
    p95_seconds: float | None
    requests_per_second: float | None
    """Requests of the jobs, by the seconds from each job's start to its first end."""
    tokens: Tokens
    spent_usd: float
    list_usd: float
    saved_usd: float
    unpriced_requests: int
    """Calls to models whose price is not known: they are in no sum."""
    retries: int
    breaker_openings: int
    finish_reasons: dict[str, int] = {}
    """Answers by why they ended."""
    empty: int = 0
    """Answers that hold no text."""


class StatsGroup(UsageSummary):
    key: str


class Stats(BaseModel):
    """All jobs that ended in these days, and the same in groups."""

    since: date
    until: date
    by: By | None
    total: UsageSummary
    groups: list[StatsGroup]


def stats(tenant: str, asked: StatsRange, usage_stats: UsageStats, clock: Clock) -> Stats:
    """The tenant's statistics. Raises Invalid for a range that is too long."""
    since, until = asked.days(clock)
    rows = list(usage_stats.days(tenant, since.isoformat(), until.isoformat()))
    whole = summary(_sum(row.figures for row in rows if row.usage_key))
    groups = _grouped(rows, asked.by) if asked.by else []
    return Stats(since=since, until=until, by=asked.by, total=whole, groups=groups)


def summary(figures: Figures, *, shared: bool = False) -> UsageSummary:
    """The figures as people want them; `shared` if they are of a group that shares its jobs with others."""
    took = times(figures)
    requests = figures["succeeded"] + figures["failed"]
    busy = figures["busy_ms" if shared else "primary_busy_ms"] / 1000
    return UsageSummary(
        jobs=figures["jobs" if shared else "primary_jobs"],
        completed=figures["primary_completed"],
        failed_jobs=figures["primary_failed"],
        cancelled=figures["primary_cancelled"],
        requests=requests,
        succeeded=figures["succeeded"],
        failed=figures["failed"],
        success_rate=figures["succeeded"] / requests if requests else None,
        mean_seconds=took.mean(),
        p50_seconds=took.quantile(0.5),
        p95_seconds=took.quantile(0.95),
        requests_per_second=requests / busy if busy else None,
        tokens=Tokens(**{name: figures[f"{name}_tokens"] for name in Tokens.model_fields}),
        spent_usd=dollars(figures["spent_nanos"]),
        list_usd=dollars(figures["list_nanos"]),
        saved_usd=dollars(figures["list_nanos"] - figures["spent_nanos"]),
        unpriced_requests=figures["unpriced"],
        retries=figures["retries"],
        breaker_openings=figures["breaker_openings"],
        finish_reasons={reason.value: n for reason in Finish if (n := figures[f"finish_{reason}"])},
        empty=figures["empty"],
    )


def _grouped(rows: Iterable[UsageRow], by: By) -> list[StatsGroup]:
    """The groups, by their key."""
    found: dict[str, Figures] = {}
    for row in rows:
        if (key := _key(row, by)) is not None:
            found.setdefault(key, Figures()).update(row.figures)
    shared = by in SHARED
    return [StatsGroup(key=key, **summary(found[key], shared=shared).model_dump()) for key in sorted(found)]


def _key(row: UsageRow, by: By) -> str | None:
    """The group that the row is in; None if it is in none."""
    if by == "tag":
        return row.tag
    if row.usage_key is None:
        return None
    return row.day if by == "day" else str(getattr(row.usage_key, by))


def _sum(figures: Iterable[Figures]) -> Figures:
    whole = Figures()
    for each in figures:
        whole.update(each)
    return whole
