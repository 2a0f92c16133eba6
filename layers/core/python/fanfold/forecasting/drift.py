"""Whether a series should be fitted again: new actuals against the old intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from fanfold.forecasting.result import SeriesForecast

DOUBT = 0.02
"""Chance of so many misses under right intervals, below which a refit is due."""


@dataclass(frozen=True)
class Drift:
    """Actuals outside their interval, out of those compared, the bias in forecasts' size, and the verdict.

    `chance` is that of so many outside while the intervals are right.
    """

    compared: int
    outside: int
    bias: float
    refit: bool
    chance: float


def check(forecast: SeriesForecast, actuals: Sequence[float], level: int = 80) -> Drift:
    """Compare the first steps with what came. Raises KeyError for a level that was not forecast."""
    came = np.asarray(actuals, dtype=float)[: len(forecast.mean)]
    known = np.isfinite(came)
    interval = forecast.intervals[level]
    low, high, mean = (part[: len(came)][known] for part in (interval.low, interval.high, forecast.mean))
    came = came[known]
    outside = int(((came < low) | (came > high)).sum())
    size = float(np.abs(mean).mean()) if len(mean) else 0.0
    bias = float((came - mean).mean()) / size if size else 0.0
    chance = tail(len(came), outside, 1 - level / 100)
    return Drift(len(came), outside, bias, chance < DOUBT, chance)


def tail(count: int, hits: int, chance: float) -> float:
    """P(at least `hits` of `count`) at that chance each."""
    return sum(comb(count, k) * chance**k * (1 - chance) ** (count - k) for k in range(hits, count + 1))
