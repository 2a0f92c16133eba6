"""The sentences of an explanation, in order."""

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from fanfold.forecasting.result import Backtest, Components, SeriesForecast
from fanfold.forecasting.texts._language import Language

FLAT = 0.02
"""A trend that moves the forecast by less than this share over the horizon is none."""
SEASON = 0.03
"""A seasonal effect of less than this share is not worth a sentence."""
EVEN = 0.01
SPARSE = ("intermittent", "lumpy")
NAMED = 3
"""Models named with their weights."""


def sentences(one: SeriesForecast, said: Language) -> Iterator[str]:
    if one.status == "failed":
        yield said.say("failed")
        yield from reason(one, said)
        return
    yield pattern(one, said)
    if one.components is not None:
        yield trend(one, one.components, said)
        yield from season(one, one.components, said)
    yield model(one, said)
    if one.backtest is not None:
        yield backtest(one.backtest, said, one.pattern in SPARSE)
    yield from expected(one, said)
    if one.reason not in (None, one.pattern) or one.status == "fallback":
        yield from reason(one, said)
    yield from flags(one, said)


def pattern(one: SeriesForecast, said: Language) -> str:
    key = f"observations.{one.frequency}"
    count = int(one.details.get("observations", len(one.history)))
    history = said.count(key if said.has(key) else "observations.none", count)
    known = f"pattern.{one.pattern}"
    return said.say(known if said.has(known) else "pattern.none", history=history)


def direction(one: SeriesForecast) -> str:
    """`up`, `down` or `flat`."""
    parts = one.components
    if parts is None:
        return "flat"
    moved = parts.trend * max(len(one.mean) - 1, 1)
    if abs(moved) < FLAT * max(abs(parts.level), 1e-12):
        return "flat"
    return "up" if moved > 0 else "down"


def trend(one: SeriesForecast, parts: Components, said: Language) -> str:
    change, per = said.number(abs(parts.trend)), said.per(one.frequency)
    return said.say(f"trend.{direction(one)}", level=said.number(parts.level), change=change, per=per)


def season(one: SeriesForecast, parts: Components, said: Language) -> Iterator[str]:
    """How far the season lifts and lowers the forecast, if it does."""
    if len(parts.seasonal) == 0:
        return
    high, low = int(np.argmax(parts.seasonal)), int(np.argmin(parts.seasonal))
    above, below = float(parts.seasonal[high]) - 1, 1 - float(parts.seasonal[low])
    key = ("both" if below > SEASON else "up") if above > SEASON else "down" if below > SEASON else None
    if key is not None:
        yield said.say(
            f"season.{key}",
            above=said.share(above),
            below=said.share(below),
            peak=when(one, high, said),
            trough=when(one, low, said),
        )


def peak(one: SeriesForecast) -> int | None:
    """The step at which the season lifts the forecast most, if it does."""
    seasonal = one.components.seasonal if one.components is not None else np.zeros(0)
    if len(seasonal) == 0 or float(seasonal.max()) - 1 <= SEASON:
        return None
    return int(np.argmax(seasonal))


def when(one: SeriesForecast, step: int, said: Language) -> str:
    """`in March`, `on Saturdays`, `at 14:00`: the part of the season that a step (from 0) lies in."""
    try:
        date = datetime.fromisoformat(one.dates[step])
    except (IndexError, ValueError):
        return said.say("at.step", n=step + 1)
    named = {
        "M": said.months[date.month - 1],
        "Q": (date.month + 2) // 3,
        "D": said.weekdays[date.weekday()],
        "B": said.weekdays[date.weekday()],
        "H": f"{date.hour}:00",
        "W": said.day(one.dates[step]),
    }
    known = one.frequency if one.frequency in named else None
    return said.say(f"at.{known or 'date'}", name=named.get(known or "", said.day(one.dates[step])))


def model(one: SeriesForecast, said: Language) -> str:
    if one.model_selected != "Combination" or not one.weights:
        return said.say("model.single" if len(one.weights) > 1 else "model.only", model=one.model_selected)
    ranked = sorted(one.weights.items(), key=lambda item: (-item[1], item[0]))[:NAMED]
    listed = said.comma.join(said.say("model.weight", model=name, share=said.share(share)) for name, share in ranked)
    if len(one.weights) <= NAMED:
        return said.say("model.few", list=listed)
    return said.count("model.many", len(one.weights), list=listed)


def backtest(test: Backtest, said: Language, sparse: bool = False) -> str:
    """Mean errors are no judge of sparse demand: a forecast of zero wins by them."""
    held, error = said.count("held", test.held_back), said.number(test.error)
    ratio = test.against_naive
    if sparse:
        return said.say("backtest.sparse", held=held, error=error, naive=said.number(test.naive_error))
    if ratio is None:
        return said.say("backtest.plain", held=held, error=error)
    key = "even" if abs(ratio - 1) <= EVEN else "better" if ratio < 1 else "worse"
    naive = said.number(test.naive_error)
    return said.say(f"backtest.{key}", held=held, error=error, naive=naive, share=said.share(abs(1 - ratio)))


def expected(one: SeriesForecast, said: Language) -> Iterator[str]:
    if one.expected_error is None:
        return
    confidence = said.share(one.confidence)
    if one.expected_error == 0:
        yield said.say("expected.exact", confidence=confidence)
        return
    low, high = one.expected_error_band or (one.expected_error, one.expected_error)
    yield said.say(
        _kind_of_error(one),
        error=said.share(one.expected_error),
        low=said.share(low),
        high=said.share(high),
        confidence=confidence,
    )


def _kind_of_error(one: SeriesForecast) -> str:
    """Of slow demand, whose forecast has no components, the error is one of sums."""
    if one.expected_error_band is None:
        return "expected.only"
    return "expected.sum" if one.components is None and one.status == "ok" else "expected.band"


def reason(one: SeriesForecast, said: Language) -> Iterator[str]:
    """Why it fell back, failed, or left something out. A reason of a plug-in's is shown as it is."""
    if one.reason is None:
        return
    head, _, error = one.reason.partition(": ")
    kind, _, hook = head.partition(" ") if head.startswith("hook ") else (head, "", "")
    key = f"reason.{kind.replace(' ', '_')}"
    if said.has(key):
        yield said.say(key, error=error, hook=hook)
    else:
        yield said.say("reason.other", reason=one.reason.replace("_", " "))


def flags(one: SeriesForecast, said: Language) -> Iterator[str]:
    """What was found in the data and done to it."""
    known = [_flag(one, flag, said) for flag in one.flags if flag not in (one.pattern, one.reason)]
    if known:
        yield said.say("flags", list=said.comma.join(known))


def _flag(one: SeriesForecast, flag: str, said: Language) -> str:
    text = said.say(f"flag.{flag}") if said.has(f"flag.{flag}") else flag.replace("_", " ")
    found = one.details.get(flag)
    count = len(found) if isinstance(found, list | tuple) else found
    return f"{text} ({said.number(count)})" if isinstance(count, int) and count else text
