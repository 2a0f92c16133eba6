"""Predictive distributions of intermittent demand: negative binomial around a mean, and what was seen.

Quantiles of the two are averaged: measured on spare parts, each leads by far over a normal distribution, on different
series.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from fanfold.forecasting.panel import Floats

CELLS = 400
"""Larger demands are counted in units, so that a distribution never has more cells."""
EMPIRICAL = 0.2
"""Share of the empirical quantile."""


def negative_binomial(mean: float, variance: float, cells: int = CELLS) -> Floats:
    """(cells,) probabilities of 0, 1, …; the variance is held above the mean."""
    variance = max(variance, 1.02 * mean + 1e-9)
    chance = mean / variance
    size = mean * chance / (1 - chance)
    steps = np.arange(1, cells)
    ratio = np.log((size + steps - 1) / steps) + np.log1p(-chance)
    found: Floats = np.exp(np.concatenate([[0.0], np.cumsum(ratio)]) + size * np.log(chance))
    return np.asarray(found / found.sum())


@dataclass(frozen=True)
class CountDemand:
    """Demand a period: its mean (h,), its variance about that mean, and the history's values, sorted."""

    mean: Floats
    variance: float
    seen: Floats

    @cached_property
    def unit(self) -> float:
        """One cell of the distribution, in demand: a piece, or less where demand does not come in whole pieces."""
        reach = float(self.mean.max()) + 12 * float(np.sqrt(self.variance))
        pieces = bool((self.seen == np.round(self.seen)).all())
        return max(1.0 if pieces else 1e-300, reach / CELLS)

    def pmf(self, periods: float = 1.0) -> Floats:
        """Probabilities of the sum over so many periods, in units."""
        unit = self.unit * max(1.0, periods**0.5)
        level = float(self.mean.mean())
        return negative_binomial(periods * level / unit, periods * self.variance / unit**2)

    @cached_property
    def _below(self) -> Floats:
        """The probabilities of at most 0, 1, … units in a period."""
        return np.cumsum(self.pmf())

    def quantile(self, probability: float) -> Floats:
        """(h,) the value that demand stays at or below with this probability."""
        if not self.mean.any():
            return np.zeros(len(self.mean))
        cell = int(self._below.searchsorted(min(probability, 1 - 1e-9)))
        return np.full(len(self.mean), (1 - EMPIRICAL) * cell * self.unit + EMPIRICAL * self._seen(probability))

    def _seen(self, probability: float) -> float:
        """The history's quantile, on a line between its values."""
        place = probability * (len(self.seen) - 1)
        at = min(int(place), len(self.seen) - 2) if len(self.seen) > 1 else 0
        low, high = float(self.seen[at]), float(self.seen[min(at + 1, len(self.seen) - 1)])
        return low + (place - at) * (high - low)

    def first(self, steps: int) -> "CountDemand":
        return self if len(self.mean) <= steps else replace(self, mean=self.mean[:steps])

    def paths(self, count: int, seed: int = 7) -> Floats:
        """(count, h) simulated futures, periods independent of each other."""
        drawn = np.random.default_rng(seed).random((count, len(self.mean)))
        return np.searchsorted(self._below, drawn).clip(0, CELLS - 1) * self.unit
