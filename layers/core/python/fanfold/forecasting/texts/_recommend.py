"""The sentences of a recommendation, in order: how much, what to watch, how far to trust it, when to fit again."""

from functools import cache

from fanfold.forecasting.drift import DOUBT, tail
from fanfold.forecasting.result import ALERT, ENDED, REVIEW, SeriesForecast, StockAdvice
from fanfold.forecasting.texts._explain import SPARSE, direction, peak, when
from fanfold.forecasting.texts._parts import Part, Per, Phrase, Share, StepSpan

WORSE = 1.05
DATA = (
    *("gaps", "missing_values", "mostly_missing", "mixed_frequencies", "duplicates", "irregular_dates"),
    *("unreadable_values", "unreadable_dates", "repeated_steps"),
)
LEVEL = 80


def sentences(one: SeriesForecast) -> list[Phrase]:
    if one.status == "failed" or len(one.mean) == 0:
        return [Phrase("advice.failed")]
    if one.reason == ENDED:
        return [Phrase("advice.ended")]
    order = plan(one) if one.stock is None else stock(one.stock, one.frequency)
    return [*order, *watch(one), trust(one), refit(one)]


def stock(advice: StockAdvice, frequency: str | None) -> list[Phrase]:
    reviewed, reach = bool(advice.review_period), StepSpan(advice.lead_time + advice.review_period, frequency)
    point: dict[str, Part] = {"point": advice.reorder_point, "review": StepSpan(advice.review_period, frequency)}
    covers: dict[str, Part] = {
        "demand": advice.demand,
        "over": Phrase("stock.lead_and_review" if reviewed else "stock.lead", {"reach": reach}),
        "safety": advice.safety_stock,
        "service": Share(advice.service_level),
        "fill": Share(advice.fill_rate),
    }
    said = [Phrase("stock.review" if reviewed else "stock.continuous", point), Phrase("stock.parts", covers)]
    if advice.order_quantity is not None:
        order = {"quantity": advice.order_quantity, "position": advice.position or 0.0}
        said.append(Phrase("stock.order" if advice.order_quantity else "stock.enough", order))
    if advice.lead_time_deviation:
        said.append(Phrase("stock.uncertain", {"deviation": StepSpan(advice.lead_time_deviation, frequency)}))
    return said


def plan(one: SeriesForecast) -> list[Phrase]:
    total, mean = float(one.mean.sum()), float(one.mean.mean())
    span, per = StepSpan(len(one.mean), one.frequency), Per(one.frequency)
    said = [Phrase("plan.total", {"total": total, "mean": mean, "span": span, "per": per})]
    if one.intervals:
        level = max(one.intervals)
        high = float(one.intervals[level].high.max())
        said.append(Phrase("plan.peak", {"high": high, "level": Share(level / 100)}))
    return said


def watch(one: SeriesForecast) -> list[Phrase]:
    moving, step = direction(one), peak(one)
    ratio = one.backtest.against_naive if one.backtest is not None else None
    sparse = one.pattern in SPARSE
    said = [Phrase(f"watch.{moving}")] if moving != "flat" else []
    if step is not None and one.pattern == "seasonal":
        said.append(Phrase("watch.season", {"peak": when(one, step)}))
    if sparse:
        said.append(Phrase("watch.sparse"))
    said += found(one)
    if any(flag in one.flags for flag in DATA):
        said.append(Phrase("watch.data"))
    if ratio is not None and ratio > WORSE and not sparse:
        said.append(Phrase("watch.naive"))
    return said


def found(one: SeriesForecast) -> list[Phrase]:
    """What to check of what was found in the history."""
    cleaned = "outliers_cleaned" in one.flags
    keys = {
        "new": "watch.new",
        "level_shift": "watch.level_shift",
        "stockouts": "watch.stockouts" if cleaned else "watch.stockouts_kept",
        "outliers": "watch.outliers_cleaned" if cleaned else "watch.outliers",
    }
    return [Phrase(key) for flag, key in keys.items() if flag in one.flags]


def trust(one: SeriesForecast) -> Phrase:
    high = "high" if one.confidence >= REVIEW else "medium" if one.confidence >= ALERT else "low"
    return Phrase(f"trust.{'fallback' if one.status == 'fallback' else high}", {"confidence": Share(one.confidence)})


def refit(one: SeriesForecast) -> Phrase:
    """When to fit again, by the rule that the drift check follows."""
    steps = len(one.mean)
    level = LEVEL if LEVEL in one.intervals else min(one.intervals, default=0)
    misses = due(steps, level)
    if not level or misses is None or steps < 2:
        return Phrase("refit.always")
    said: dict[str, Part] = {"total": steps, "level": Share(level / 100), "span": StepSpan(steps, one.frequency)}
    return Phrase("refit.when", said, misses)


@cache
def due(steps: int, level: int) -> int | None:
    """How many of so many new values must miss their interval for a refit; None if even all of them prove nothing."""
    return next((hits for hits in range(1, steps + 1) if tail(steps, hits, 1 - level / 100) < DOUBT), None)
