"""Which lane the requests of a batch go, and why, in words for its owner.

A Batch API takes half the price and promises an answer within a day; in real time answers come at once.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from fanfold.batches.model.batch import LaneName, Mode, Options


class Facts(NamedTuple):
    """What is known of a batch when it is planned. Dollars are what it is expected to cost; None is not known."""

    now: datetime
    requests: int
    lanes: tuple[str, ...]
    """Those that its provider has."""
    batch_usd: float | None = None
    realtime_usd: float | None = None
    budget_usd: float | None = None


class Promises(NamedTuple):
    """What the lanes are taken to be good for."""

    batch_seconds: int
    """By when a Batch API has answered."""
    few: int
    """So many requests are asked at once: somebody waits for them."""


class LaneChoice(NamedTuple):
    lane: LaneName
    reason: str


def choose(options: Options, facts: Facts, promises: Promises) -> LaneChoice:
    """The lane: as asked for, or by what the provider has, the deadline, the budget and the size, in this order."""
    if options.sample is not None:
        return LaneChoice(LaneName.REALTIME, "a sample is asked at once")
    if options.mode is not Mode.AUTO:
        return LaneChoice(LaneName(options.mode), "the lane that was asked for")
    if len(facts.lanes) == 1:
        return LaneChoice(LaneName(facts.lanes[0]), f"the only lane that {options.provider} has")
    return _by_deadline(options, facts, promises) or _by_budget(facts) or _by_size(options, facts, promises)


def _by_deadline(options: Options, facts: Facts, promises: Promises) -> LaneChoice | None:
    if options.deadline is None or options.deadline >= facts.now + timedelta(seconds=promises.batch_seconds):
        return None
    hours = f"{promises.batch_seconds / 3600:g} h"
    return LaneChoice(LaneName.REALTIME, f"the deadline is nearer than the {hours} that a batch may take")


def _by_budget(facts: Facts) -> LaneChoice | None:
    """Batch, if the budget is too small for real time; where it is too small for both, batch reaches further."""
    if facts.budget_usd is None or facts.realtime_usd is None or facts.realtime_usd <= facts.budget_usd:
        return None
    said = f"in real time it is expected to cost ${facts.realtime_usd:,.2f}, over its budget"
    return LaneChoice(LaneName.BATCH, f"{said} of ${facts.budget_usd:,.2f}")


def _by_size(options: Options, facts: Facts, promises: Promises) -> LaneChoice:
    if facts.requests <= promises.few and options.deadline is None:
        return LaneChoice(LaneName.REALTIME, f"{facts.requests:,} requests are few enough to be waited for")
    saved = ""
    if facts.batch_usd is not None and facts.realtime_usd is not None:
        saved = f": ${facts.batch_usd:,.2f} instead of ${facts.realtime_usd:,.2f}"
    time = "nothing hurries" if options.deadline is None else "the deadline leaves time for a batch"
    return LaneChoice(LaneName.BATCH, f"{time}, and a batch takes half the price{saved}")
