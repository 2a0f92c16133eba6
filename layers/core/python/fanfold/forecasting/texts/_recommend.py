"""The sentences of a recommendation, in order: how much, what to watch, how far to trust it, when to fit again."""

from collections.abc import Iterator
from functools import cache

from fanfold.forecasting.drift import DOUBT, tail
from fanfold.forecasting.result import ALERT, ENDED, REVIEW, SeriesForecast, StockAdvice
from fanfold.forecasting.texts._explain import SPARSE, direction, peak, when
from fanfold.forecasting.texts._language import Language

WORSE = 1.05
DATA = (
    *("gaps", "missing_values", "mostly_missing", "mixed_frequencies", "duplicates", "irregular_dates"),
    *("unreadable_values", "unreadable_dates", "repeated_steps"),
)
LEVEL = 80


def sentences(one: SeriesForecast, said: Language) -> Iterator[str]:
    if one.status == "failed" or len(one.mean) == 0:
        yield said.say("advice.failed")
        return
    if one.reason == ENDED:
        yield said.say("advice.ended")
        return
    yield from stock(one, one.stock, said) if one.stock is not None else plan(one, said)
    yield from watch(one, said)
    yield trust(one, said)
    yield refit(one, said)


def stock(one: SeriesForecast, advice: StockAdvice, said: Language) -> Iterator[str]:
    point, review = said.number(advice.reorder_point), said.span(advice.review_period, one.frequency)
    yield said.say("stock.review" if advice.review_period else "stock.continuous", point=point, review=review)
    reach = said.span(advice.lead_time + advice.review_period, one.frequency)
    yield said.say(
        "stock.parts",
        demand=said.number(advice.demand),
        over=said.say("stock.lead_and_review" if advice.review_period else "stock.lead", reach=reach),
        safety=said.number(advice.safety_stock),
        service=said.share(advice.service_level),
        fill=said.share(advice.fill_rate),
    )
    if advice.order_quantity is not None:
        key = "stock.order" if advice.order_quantity else "stock.enough"
        quantity, position = said.number(advice.order_quantity), said.number(advice.position or 0.0)
        yield said.say(key, quantity=quantity, position=position)
    if advice.lead_time_deviation:
        deviation = said.span(advice.lead_time_deviation, one.frequency)
        yield said.say("stock.uncertain", deviation=deviation)


def plan(one: SeriesForecast, said: Language) -> Iterator[str]:
    total, mean = float(one.mean.sum()), float(one.mean.mean())
    span, per = said.span(len(one.mean), one.frequency), said.per(one.frequency)
    yield said.say("plan.total", total=said.number(total), mean=said.number(mean), span=span, per=per)
    if one.intervals:
        level = max(one.intervals)
        high = said.number(float(one.intervals[level].high.max()))
        yield said.say("plan.peak", high=high, level=said.share(level / 100))


def watch(one: SeriesForecast, said: Language) -> Iterator[str]:
    moving, step = direction(one), peak(one)
    if moving != "flat":
        yield said.say(f"watch.{moving}")
    if step is not None and one.pattern == "seasonal":
        yield said.say("watch.season", peak=when(one, step, said))
    if one.pattern in SPARSE:
        yield said.say("watch.sparse")
    yield from found(one, said)
    if any(flag in one.flags for flag in DATA):
        yield said.say("watch.data")
    ratio = one.backtest.against_naive if one.backtest is not None else None
    if ratio is not None and ratio > WORSE and one.pattern not in SPARSE:
        yield said.say("watch.naive")


def found(one: SeriesForecast, said: Language) -> Iterator[str]:
    """What to check of what was found in the history."""
    for flag in ("new", "level_shift"):
        if flag in one.flags:
            yield said.say(f"watch.{flag}")
    if "stockouts" in one.flags:
        yield said.say("watch.stockouts" if "outliers_cleaned" in one.flags else "watch.stockouts_kept")
    if "outliers" in one.flags:
        yield said.say("watch.outliers_cleaned" if "outliers_cleaned" in one.flags else "watch.outliers")


def trust(one: SeriesForecast, said: Language) -> str:
    confidence = said.share(one.confidence)
    if one.status == "fallback":
        return said.say("trust.fallback", confidence=confidence)
    key = "high" if one.confidence >= REVIEW else "medium" if one.confidence >= ALERT else "low"
    return said.say(f"trust.{key}", confidence=confidence)


def refit(one: SeriesForecast, said: Language) -> str:
    """When to fit again, by the rule that the drift check follows."""
    steps = len(one.mean)
    level = LEVEL if LEVEL in one.intervals else min(one.intervals, default=0)
    misses = due(steps, level)
    span = said.span(steps, one.frequency)
    if not level or misses is None or steps < 2:
        return said.say("refit.always")
    share = said.share(level / 100)
    return said.count("refit.when", misses, total=said.number(steps), level=share, span=span)


@cache
def due(steps: int, level: int) -> int | None:
    """How many of so many new values must miss their interval for a refit; None if even all of them prove nothing."""
    return next((hits for hits in range(1, steps + 1) if tail(steps, hits, 1 - level / 100) < DOUBT), None)
