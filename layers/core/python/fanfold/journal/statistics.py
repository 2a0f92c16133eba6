"""Statistics: counters of what is flushed, and a count of what is not, as of one moment.

Counters are read before and after the blocks; if they moved meanwhile, all is read again, so that no block is
counted twice or left out.
"""

from datetime import timedelta
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from fanfold.clock import Moment
from fanfold.errors import Invalid
from fanfold.journal import counters, ids
from fanfold.journal.backend import JournalBackend
from fanfold.journal.block import block_of, pending
from fanfold.journal.entry import LogLevel, Stream
from fanfold.ports import Item, Query, every_item

DAY = timedelta(days=1)
LONGEST = timedelta(days=31)
LOOKS = 6


class StatsPeriod(BaseModel):
    """Hours of acceptance, the last day if nothing is said; one stream or all."""

    model_config = ConfigDict(extra="forbid")

    since: Moment | None = None
    until: Moment | None = None
    stream: Stream | None = None


class LogTotals(BaseModel):
    """Entries. `accepted` is `flushed` and `pending`; `failed` are those of `pending` that a flush failed on."""

    accepted: int = 0
    flushed: int = 0
    pending: int = 0
    failed: int = 0


class Hour(LogTotals):
    hour: str
    levels: dict[str, int] = {}


class LagSpread(BaseModel):
    """Percentiles, each the upper end of a power of two; None if there is nothing."""

    p50: int | None = None
    p95: int | None = None
    p99: int | None = None


class Statistics(LogTotals):
    """`flush_lag_ms` is by entry, `batch_entries` by segment. `exact` unless flushes never stood still."""

    since: str
    until: str
    levels: dict[str, int]
    hours: list[Hour]
    segments: int
    bytes: int
    retries: int
    flush_lag_ms: LagSpread
    batch_entries: LagSpread
    exact: bool


class _Waiting(NamedTuple):
    """Blocks that are not flushed: stream and level with entries, by hour, and whether a flush failed on them."""

    hour: str
    tally: dict[str, dict[str, int]]
    failed: bool


def statistics(tenant: str, period: StatsPeriod, backend: JournalBackend) -> Statistics:
    """What came in and what became of it. Raises Invalid for a period over 31 days."""
    since, until = _hours(period, backend)
    for look in range(LOOKS):
        before = _counters(tenant, since, until, period, backend)
        waiting = _waiting(tenant, since, until, period, backend)
        still = before == _counters(tenant, since, until, period, backend)
        if still:
            break
        backend.pause(0.05 * look)
    return _summed(since, until, before, waiting, still)


def _hours(period: StatsPeriod, backend: JournalBackend) -> tuple[str, str]:
    until = period.until or backend.clock()
    since = period.since or until - DAY
    if not timedelta() <= until - since <= LONGEST:
        raise Invalid("a period has 31 days at most, and ends after it begins", field="since")
    return ids.hour(since), ids.hour(until)


def _counters(tenant: str, since: str, until: str, period: StatsPeriod, backend: JournalBackend) -> list[Item]:
    query = Query(partition=counters.counted(tenant), since=since, until=f"{until}#~")
    found = every_item(backend.table, query)
    return [item for item in found if period.stream in (None, item["sk"].partition("#")[2])]


def _waiting(tenant: str, since: str, until: str, period: StatsPeriod, backend: JournalBackend) -> list[_Waiting]:
    found: list[_Waiting] = []
    for hour in backend.places.between(tenant, since, until):
        if "open" in hour:
            for item in every_item(backend.table, Query(partition=pending(tenant, hour["sk"]))):
                tally = block_of(item).tally
                wanted = {name: tally[name] for name in tally if period.stream in (None, name)}
                found.append(_Waiting(hour["sk"], wanted, bool(item.get("failures"))))
    return found


def _summed(since: str, until: str, flushed: list[Item], waiting: list[_Waiting], exact: bool) -> Statistics:
    hours: dict[str, Hour] = {}
    for item in flushed:
        name = item["sk"].partition("#")[0]
        hour = hours.setdefault(name, Hour(hour=name))
        hour.flushed += item["entries"]
        _add(hour.levels, {level: item.get(counters.LEVEL + level, 0) for level in LogLevel})
    for block in waiting:
        hour = hours.setdefault(block.hour, Hour(hour=block.hour))
        for levels in block.tally.values():
            hour.pending += sum(levels.values())
            hour.failed += sum(levels.values()) if block.failed else 0
            _add(hour.levels, levels)
    for hour in hours.values():
        hour.accepted = hour.flushed + hour.pending
    whole = LogTotals(**{name: sum(getattr(hour, name) for hour in hours.values()) for name in LogTotals.model_fields})
    overall: dict[str, int] = {}
    for hour in hours.values():
        _add(overall, hour.levels)
    return Statistics(
        **whole.model_dump(),
        since=f"{since}:00:00Z",
        until=f"{until}:59:59Z",
        levels=overall,
        hours=[hours[name] for name in sorted(hours, reverse=True)],
        segments=sum(item["segments"] for item in flushed),
        bytes=sum(item["bytes"] for item in flushed),
        retries=sum(item["retries"] for item in flushed),
        flush_lag_ms=_spread(flushed, counters.LAG),
        batch_entries=_spread(flushed, counters.SIZE),
        exact=exact,
    )


def _add(sums: dict[str, int], more: dict[str, int]) -> None:
    for name, count in more.items():
        if count:
            sums[str(name)] = sums.get(str(name), 0) + count


def _spread(items: list[Item], prefix: str) -> LagSpread:
    found = counters.spread(items, prefix)
    return LagSpread(**{f"p{percent}": counters.percentile(found, percent) for percent in (50, 95, 99)})
