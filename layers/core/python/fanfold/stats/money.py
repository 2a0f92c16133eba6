"""Money: what a tenant's jobs of all kinds cost, by day and by whatever else is asked for, several at once."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import product
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from fanfold.clock import Clock
from fanfold.errors import Invalid
from fanfold.jobs.ledger import LedgerRow
from fanfold.jobs.usage_stats import UsageStats
from fanfold.pricing.tariff import dollars
from fanfold.stats.days import DayRange

MOST_GROUPS = 5000
MoneyBy = Literal["day", "kind", "provider", "model", "lane", "template", "tag", "key"]
SHARED = frozenset({"provider", "model", "lane"})
"""Groups that one job can be in several of: it counts in each."""
By = Annotated[
    tuple[MoneyBy, ...],
    Field(max_length=8),
    BeforeValidator(lambda given: [part for part in given.split(",") if part] if isinstance(given, str) else given),
]


class SuggestedRange(DayRange):
    """The query of `GET /v1/stats/suggestions`: days of UTC, both included; the last 30 without."""


class MoneyRange(SuggestedRange):
    """The query of `GET /v1/stats/money`: the same, and what to group by, with commas between."""

    by: By = ()


class MoneyFigures(BaseModel):
    """What jobs cost. A job counts on the day it first ended, a forecast on the day it was planned."""

    jobs: int
    requests: int
    """Of forecasts, series; of writing, jobs."""
    spent_usd: float
    spent_nanos: int
    """The same to the nanodollar."""
    list_usd: float
    """At list prices: in real time, without a provider's cache."""
    list_nanos: int
    saved_usd: float
    unpriced_requests: int
    """Calls to models whose price is not known: they are in no sum."""
    input_tokens: int
    output_tokens: int


class MoneyGroup(MoneyFigures):
    """One of the groups: what its jobs have in common, null where they have nothing of it."""

    of: dict[str, str | None]


class MoneyView(BaseModel):
    """All jobs of these days, and the same in groups, those that cost most first; by day, by day first."""

    since: date
    until: date
    by: tuple[MoneyBy, ...]
    total: MoneyFigures
    groups: list[MoneyGroup]


def money(tenant: str, asked: MoneyRange, usage_stats: UsageStats, clock: Clock) -> MoneyView:
    """What the tenant's jobs cost. Raises Invalid for a range that is too long, or groups that are too many."""
    since, until = asked.days(clock)
    rows = list(usage_stats.ledger(tenant, since.isoformat(), until.isoformat()))
    groups = _grouped(rows, asked.by) if asked.by else []
    if len(groups) > MOST_GROUPS:
        raise Invalid(f"these are {len(groups):,} groups, and may be {MOST_GROUPS:,}: ask for fewer days", field="by")
    return MoneyView(since=since, until=until, by=asked.by, total=_figures(_sum(rows), shared=False), groups=groups)


def _grouped(rows: Iterable[LedgerRow], by: tuple[MoneyBy, ...]) -> list[MoneyGroup]:
    found: dict[tuple[str | None, ...], Counter[str]] = {}
    for row in rows:
        for key in _keys(row, by):
            found.setdefault(key, Counter()).update(row.figures)
    shared = bool(SHARED & set(by))
    groups = [
        MoneyGroup(of=dict(zip(by, key, strict=True)), **_figures(figures, shared=shared).model_dump())
        for key, figures in found.items()
    ]
    return sorted(groups, key=lambda group: (group.of.get("day") or "", -group.spent_nanos, str(group.of)))


def _keys(row: LedgerRow, by: tuple[MoneyBy, ...]) -> Iterator[tuple[str | None, ...]]:
    """The groups that a row is in: one, or with tags one for each of its tags."""
    values = ([row.day] if name == "day" else _values(row, name) for name in by)
    return product(*values)


def _values(row: LedgerRow, name: MoneyBy) -> list[str | None]:
    return [*(row.bill.tags or (None,))] if name == "tag" else [getattr(row.bill, name)]


def _sum(rows: Iterable[LedgerRow]) -> Counter[str]:
    whole: Counter[str] = Counter()
    for row in rows:
        whole.update(row.figures)
    return whole


def _figures(figures: Counter[str], *, shared: bool) -> MoneyFigures:
    return MoneyFigures(
        jobs=figures["jobs" if shared else "primary_jobs"],
        requests=figures["succeeded"] + figures["failed"],
        spent_usd=dollars(figures["spent_nanos"]),
        spent_nanos=figures["spent_nanos"],
        list_usd=dollars(figures["list_nanos"]),
        list_nanos=figures["list_nanos"],
        saved_usd=dollars(figures["list_nanos"] - figures["spent_nanos"]),
        unpriced_requests=figures["unpriced"],
        input_tokens=figures["input_tokens"],
        output_tokens=figures["output_tokens"],
    )
