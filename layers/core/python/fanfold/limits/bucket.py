"""Token buckets for requests and tokens a minute, both in one item for each route.

Grants are leased: one conditional write takes as many as a process is about to use, and brings back what it did not
use of the last ones, with the difference between the tokens it reserved and those it spent. The write names the
version that it read, so no grant is given twice. Time is the item's own: it moves on with the clock of whoever writes,
never back, so a clock that is ahead gains its lead once, and one that is behind gains nothing.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from random import SystemRandom
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from fanfold.clock import Clock
from fanfold.limits.route import Route
from fanfold.ports import Change, Table
from fanfold.settings import Rate

SK = "BUCKET"
RANDOM = SystemRandom()
BURST_SECONDS = 10
"""Seconds' worth of grants that an idle route saves up."""
LEAST, LEAST_SECONDS = 50, 2.5
"""Grants that are worth a write, if that many are wanted; a slow route's worth of this many seconds is enough."""
TRIES = 8
WIDEST = 16.0
"""How many times as long as it would have to a process waits, at most, that has met others again and again."""
CUT, LOWEST, WHOLE = 0.7, 50, 1000
"""A route that is told to slow down gets this share of its rate, in the end a twentieth (in thousandths)."""
CUT_EVERY_MS = 5_000
"""One overload shows in many answers: they count once."""
RECOVERY_MS = 300_000
"""How long it takes from nothing back to the whole rate."""
BEHIND, LEAST_BEHIND, FIRST_MS = 0.3, 0.2, 120_000
"""Who has just begun to wait comes later than who has waited for two minutes: by this part of what a lease takes."""
MEMORY = 100
"""Answers that the mean of their lengths goes back."""


class Level(BaseModel):
    """What is in the item. `requests` and `factor` are in thousandths, times in milliseconds."""

    model_config = ConfigDict(frozen=True)

    requests: int
    tokens: int
    at: int
    version: int = 0
    factor: int = WHOLE
    cut_at: int = 0
    hold_until: int = 0
    mean: int | None = None
    """Output tokens of an answer."""


class Back(NamedTuple):
    """What a process brings back: grants it did not use, tokens it reserved and did not spend, and what it saw."""

    requests: int = 0
    tokens: int = 0
    answers: int = 0
    output_tokens: int = 0


NOTHING = Back()


class Lease(NamedTuple):
    """Grants for the first `requests` of what was wanted, or the seconds until it is worth asking again."""

    requests: int
    tokens: int
    wait: float = 0.0
    mean: int | None = None
    taken_back: bool = True
    """Whether what was brought back is written down; if not, it has to be brought again."""


class _Waiting(NamedTuple):
    """From when a process has had no grants, and until when it was told to wait, in milliseconds."""

    since: int
    until: int


class Bucket:
    """`rate` is asked for each route; `clock` is the process's own."""

    def __init__(self, table: Table, clock: Clock, rate: Callable[[Route], Rate]) -> None:
        self._table, self._clock, self._rate = table, clock, rate
        self._spread: dict[Route, float] = {}
        self._waiting: dict[Route, _Waiting] = {}

    def lease(self, route: Route, wants: Sequence[int], back: Back = NOTHING) -> Lease:
        """Grants for as many as there are of requests that take so many tokens each, in order.

        Who meets another at it comes back later, the more often the later: a write that fails is paid for as well.
        """
        waiting = self._waiting.get(route)
        if wants and waiting and (early := waiting.until - self._now()) > 0:
            return Lease(0, 0, early / 1000, taken_back=False)
        before, rate = self._read(route), self._rate(route)
        level = _returned(_filled(before, rate, self._now()), rate, back)
        requests = _fitting(level, rate, wants)
        tokens = sum(wants[:requests])
        left = level.model_copy(update={"requests": level.requests - requests * WHOLE, "tokens": level.tokens - tokens})
        spread = self._spread.get(route, 1.0)
        if not requests and not any(back):
            wait = self._in_turn(route, _wait(level, rate, wants), _wait(_emptied(level), rate, wants))
            return Lease(0, 0, wait * RANDOM.uniform(1, spread), level.mean)
        if self._write(route, before, left):
            self._spread[route] = max(1.0, spread * 0.9)
            if requests or not wants:
                self._waiting.pop(route, None)
                return Lease(requests, tokens, 0.0, level.mean)
            wait = self._in_turn(route, _wait(left, rate, wants), _wait(_emptied(left), rate, wants))
            return Lease(0, 0, wait, level.mean)
        self._spread[route] = min(WIDEST, spread * 2)
        return Lease(0, 0, RANDOM.uniform(0.02, 0.05) * self._spread[route], level.mean, taken_back=False)

    def slow(self, route: Route, retry_after: float | None) -> None:
        """The provider told us off: less from now on, and nothing before `retry_after` seconds have passed."""
        for _ in range(TRIES):
            before = self._read(route)
            level = _filled(before, self._rate(route), self._now())
            hold = level.at + int((retry_after or 0) * 1000)
            news: dict[str, int] = {"hold_until": max(hold, level.hold_until)}
            if level.at - level.cut_at >= CUT_EVERY_MS:
                news |= {"factor": max(LOWEST, int(level.factor * CUT)), "cut_at": level.at}
            elif hold <= level.hold_until:
                return
            if self._write(route, before, level.model_copy(update=news)):
                return

    def _in_turn(self, route: Route, seconds: float, whole: float) -> float:
        """The seconds until a process comes back, of `whole` that an empty bucket takes.

        All could come at the same moment, so who has waited longest is first, and nobody comes before the time. What
        comes later is not lost: the bucket goes on filling up meanwhile, and holds that.
        """
        now, before = self._now(), self._waiting.get(route)
        since = before.since if before and now < before.until + FIRST_MS else now
        behind = min(BEHIND * whole, max(LEAST_BEHIND, BURST_SECONDS - whole))
        seconds += behind * max(0.0, 1 - (now - since) / FIRST_MS)
        self._waiting[route] = _Waiting(since, now + int(seconds * 1000))
        return seconds

    def _now(self) -> int:
        return int(self._clock().timestamp() * 1000)

    def _read(self, route: Route) -> Level:
        item = self._table.get(route.key(SK))
        if item is not None:
            return Level.model_validate(item)
        rate = self._rate(route)
        return Level(requests=_most(rate.requests) * WHOLE, tokens=_most(rate.tokens), at=self._now())

    def _write(self, route: Route, before: Level, level: Level) -> bool:
        news = level.model_dump() | {"version": before.version + 1}
        expect = {"version": before.version or None}
        return self._table.change(Change(key=route.key(SK), set=news, expect=expect)) is not None


def _most(per_minute: int) -> int:
    """What a bucket holds."""
    return max(1, per_minute * BURST_SECONDS // 60)


def _filled(level: Level, rate: Rate, now: int) -> Level:
    """The level after the time since it was written."""
    elapsed = max(0, now - level.at)
    requests = level.requests + elapsed * rate.requests * level.factor // (60 * WHOLE)
    tokens = level.tokens + elapsed * rate.tokens * level.factor // (60_000 * WHOLE)
    return level.model_copy(
        update={
            "requests": min(_most(rate.requests) * WHOLE, requests),
            "tokens": min(_most(rate.tokens), tokens),
            "at": level.at + elapsed,
            "factor": min(WHOLE, level.factor + elapsed * WHOLE // RECOVERY_MS),
        }
    )


def _returned(level: Level, rate: Rate, back: Back) -> Level:
    mean = level.mean
    if back.answers:
        seen = back.output_tokens // back.answers
        share = back.answers / (back.answers + MEMORY) if mean is not None else 1.0
        mean = int((mean or 0) * (1 - share) + seen * share)
    return level.model_copy(
        update={
            "requests": min(_most(rate.requests) * WHOLE, level.requests + back.requests * WHOLE),
            "tokens": min(_most(rate.tokens), level.tokens + back.tokens),
            "mean": mean,
        }
    )


def _emptied(level: Level) -> Level:
    return level.model_copy(update={"requests": 0, "tokens": 0, "hold_until": 0})


def _fitting(level: Level, rate: Rate, wants: Sequence[int]) -> int:
    """How many of the wants there are grants for; none if they are too few to be worth it."""
    if not wants or level.at < level.hold_until:
        return 0
    sums = [each for each in accumulate(wants) if each <= level.tokens]
    found = min(len(sums), level.requests // WHOLE)
    if not found and level.requests >= WHOLE and wants[0] >= _most(rate.tokens) == level.tokens:
        return 1  # more than the bucket ever holds: it goes into debt
    return found if found >= _least(rate, wants) else 0


def _least(rate: Rate, wants: Sequence[int]) -> int:
    few = min(LEAST, len(wants), _most(rate.requests), max(1, int(rate.requests * LEAST_SECONDS / 60)))
    room = sum(1 for each in accumulate(wants[:few]) if each <= _most(rate.tokens))
    return max(1, room)


def _wait(level: Level, rate: Rate, wants: Sequence[int]) -> float:
    """Seconds until the least that is worth it is there."""
    if not wants:
        return 0.0
    least = _least(rate, wants)
    share = level.factor / WHOLE
    requests = (least - level.requests / WHOLE) * 60 / (rate.requests * share)
    tokens = (min(sum(wants[:least]), _most(rate.tokens)) - level.tokens) * 60 / (rate.tokens * share)
    return max(requests, tokens, (level.hold_until - level.at) / 1000, 0.01)
