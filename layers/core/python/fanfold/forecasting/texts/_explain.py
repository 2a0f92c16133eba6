"""The sentences of an explanation, in order."""

from datetime import datetime

import numpy as np

from fanfold.forecasting.result import Backtest, Components, SeriesForecast
from fanfold.forecasting.texts._parts import Day, Listed, Named, Part, Per, Phrase, Share, WithCount

FLAT = 0.02
"""A trend that moves the forecast by less than this share over the horizon is none."""
SEASON = 0.03
"""A seasonal effect of less than this share is not worth a sentence."""
EVEN = 0.01
SPARSE = ("intermittent", "lumpy")
NAMED = 3
"""Models named with their weights."""


def sentences(one: SeriesForecast) -> list[Phrase]:
    if one.status == "failed":
        return [Phrase("failed"), *reason(one)]
    parts, test = one.components, one.backtest
    said = [pattern(one)]
    if parts is not None:
        said += [trend(one, parts), *season(one, parts)]
    said.append(model(one))
    if test is not None:
        said.append(backtest(test, one.pattern in SPARSE))
    said += expected(one)
    if one.reason not in (None, one.pattern) or one.status == "fallback":
        said += reason(one)
    return said + flags(one)


def pattern(one: SeriesForecast) -> Phrase:
    count = int(one.details.get("observations", len(one.history)))
    history = Phrase(f"observations.{one.frequency}", {}, count, Phrase("observations.none", {}, count))
    parts = {"history": history}
    return Phrase(f"pattern.{one.pattern}", parts, None, Phrase("pattern.none", parts))


def direction(one: SeriesForecast) -> str:
    """`up`, `down` or `flat`."""
    parts = one.components
    if parts is None:
        return "flat"
    moved = parts.trend * max(len(one.mean) - 1, 1)
    if abs(moved) < FLAT * max(abs(parts.level), 1e-12):
        return "flat"
    return "up" if moved > 0 else "down"


def trend(one: SeriesForecast, parts: Components) -> Phrase:
    said: dict[str, Part] = {"level": parts.level, "change": abs(parts.trend), "per": Per(one.frequency)}
    return Phrase(f"trend.{direction(one)}", said)


def season(one: SeriesForecast, parts: Components) -> list[Phrase]:
    """How far the season lifts and lowers the forecast, if it does."""
    if len(parts.seasonal) == 0:
        return []
    high, low = int(np.argmax(parts.seasonal)), int(np.argmin(parts.seasonal))
    above, below = float(parts.seasonal[high]) - 1, 1 - float(parts.seasonal[low])
    key = ("both" if below > SEASON else "up") if above > SEASON else "down" if below > SEASON else None
    if key is None:
        return []
    said: dict[str, Part] = {
        "above": Share(above),
        "below": Share(below),
        "peak": when(one, high),
        "trough": when(one, low),
    }
    return [Phrase(f"season.{key}", said)]


def peak(one: SeriesForecast) -> int | None:
    """The step at which the season lifts the forecast most, if it does."""
    seasonal = one.components.seasonal if one.components is not None else np.zeros(0)
    if len(seasonal) == 0 or float(seasonal.max()) - 1 <= SEASON:
        return None
    return int(np.argmax(seasonal))


def when(one: SeriesForecast, step: int) -> Phrase:
    """`in March`, `on Saturdays`, `at 14:00`: the part of the season that a step (from 0) lies in."""
    try:
        date = datetime.fromisoformat(one.dates[step])
    except (IndexError, ValueError):
        return Phrase("at.step", {"n": str(step + 1)})
    day = Day(one.dates[step])
    weekday = Named("weekdays", date.weekday())
    named: dict[str | None, Part] = {
        "M": Named("months", date.month - 1),
        "Q": str((date.month + 2) // 3),
        "D": weekday,
        "B": weekday,
        "H": f"{date.hour}:00",
        "W": day,
    }
    known = one.frequency if one.frequency in named else "date"
    return Phrase(f"at.{known}", {"name": named.get(known, day)})


def model(one: SeriesForecast) -> Phrase:
    if one.model_selected != "Combination" or not one.weights:
        return Phrase("model.single" if len(one.weights) > 1 else "model.only", {"model": one.model_selected})
    ranked = sorted(one.weights.items(), key=lambda item: (-item[1], item[0]))[:NAMED]
    said = {"list": Listed(tuple(Phrase("model.weight", {"model": name, "share": Share(w)}) for name, w in ranked))}
    if len(one.weights) <= NAMED:
        return Phrase("model.few", said)
    return Phrase("model.many", said, len(one.weights))


def backtest(test: Backtest, sparse: bool = False) -> Phrase:
    """Mean errors are no judge of sparse demand: a forecast of zero wins by them."""
    ratio = test.against_naive
    said: dict[str, Part] = {"held": Phrase("held", {}, test.held_back), "error": test.error, "naive": test.naive_error}
    if sparse:
        return Phrase("backtest.sparse", said)
    if ratio is None:
        return Phrase("backtest.plain", said)
    key = "even" if abs(ratio - 1) <= EVEN else "better" if ratio < 1 else "worse"
    return Phrase(f"backtest.{key}", said | {"share": Share(abs(1 - ratio))})


def expected(one: SeriesForecast) -> list[Phrase]:
    if one.expected_error is None:
        return []
    low, high = one.expected_error_band or (one.expected_error, one.expected_error)
    said = {"error": one.expected_error, "low": low, "high": high, "confidence": one.confidence}
    key = _kind_of_error(one) if one.expected_error else "expected.exact"
    return [Phrase(key, {name: Share(value) for name, value in said.items()})]


def _kind_of_error(one: SeriesForecast) -> str:
    """Of slow demand, whose forecast has no components, the error is one of sums."""
    if one.expected_error_band is None:
        return "expected.only"
    return "expected.sum" if one.components is None and one.status == "ok" else "expected.band"


def reason(one: SeriesForecast) -> list[Phrase]:
    """Why it fell back, failed, or left something out. A reason of a plug-in's is shown as it is."""
    if one.reason is None:
        return []
    head, _, error = one.reason.partition(": ")
    kind, _, hook = head.partition(" ") if head.startswith("hook ") else (head, "", "")
    other = Phrase("reason.other", {"reason": one.reason.replace("_", " ")})
    return [Phrase(f"reason.{kind.replace(' ', '_')}", {"error": error, "hook": hook}, None, other)]


def flags(one: SeriesForecast) -> list[Phrase]:
    """What was found in the data and done to it."""
    known = tuple(_flag(one, flag) for flag in one.flags if flag not in (one.pattern, one.reason))
    return [Phrase("flags", {"list": Listed(known)})] if known else []


def _flag(one: SeriesForecast, flag: str) -> Part:
    text = Phrase(f"flag.{flag}", {}, None, flag.replace("_", " "))
    found = one.details.get(flag)
    count = len(found) if isinstance(found, list | tuple) else found
    return WithCount(text, count) if isinstance(count, int) and count else text
