"""Intervals, quantiles and paths, calibrated on what the backtest saw.

Errors of the backtest, divided by the spread that was foretold for them, are pooled over a chunk of series: their
quantiles by step (conformal prediction: Vovk et al. 2005) turn a spread into an interval of the asked coverage. They
are drawn towards a table that holds for series at large, which also serves single series and short ones. What is pooled
is bounded: one broken series does not widen the intervals of its neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from fanfold.forecasting.panel import Floats
from fanfold.forecasting.result import Distribution
from fanfold.forecasting.robust import bounded

COVERAGES = np.array([0.0, 0.3, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999])
AT_LARGE = np.array([0.0, 0.35, 0.63, 0.9, 1.26, 1.72, 2.15, 2.9, 3.7, 6.0])
"""Quantiles of |error| / spread over the tuning sets, one step ahead."""
GROWTH, GROWTH_UNSEASONAL = 0.2, 0.27
"""Trends go astray: the table grows by this share each season, or each step where there is none."""
UNSEASONAL = 1.03
"""How much wider series without a season need it: their backtest has the shortest histories."""
POOL = 0.75
"""Weight of a large chunk's own quantiles against the table."""
POOL_ERRORS = 10.0
"""The chunk's quantiles count half when it has so many independent errors."""
FEW_SERIES = 5
TOGETHER, TOGETHER_SERIES = 0.3, 4.0
"""Correlation of the errors of different steps before any was seen, and how many series it weighs as much as."""
OWN = 0.2
"""Exponent with which a series' own backtest error widens or narrows its spread."""


@dataclass(frozen=True)
class Calibration:
    """`table` (len(COVERAGES), h): the multiple of the spread that covers so much; `common`: correlation of steps."""

    table: Floats
    common: float
    known: dict[float, Floats] = field(default_factory=dict, compare=False, repr=False)

    def multiple(self, coverage: float) -> Floats:
        """(h,) how many spreads to each side cover that share."""
        if coverage not in self.known:
            self.known[coverage] = self._multiple(coverage)
        return self.known[coverage]

    def _multiple(self, coverage: float) -> Floats:
        above = min(max(int(np.searchsorted(COVERAGES, coverage)), 1), len(COVERAGES) - 1)
        share = min((coverage - COVERAGES[above - 1]) / (COVERAGES[above] - COVERAGES[above - 1]), 1.0)
        return np.asarray((1 - share) * self.table[above - 1] + share * self.table[above])

    def multiples(self, coverage: Floats) -> Floats:
        """The same, for a (paths, h) array of coverages."""
        return np.stack([np.interp(coverage[:, j], COVERAGES, self.table[:, j]) for j in range(coverage.shape[1])], 1)


@dataclass(frozen=True)
class Spread:
    """The predictive distribution of a smooth series: symmetric around the mean, cut off at `floor`."""

    mean: Floats
    sigma: Floats
    calibration: Calibration
    floor: float = -np.inf

    def quantile(self, probability: float) -> Floats:
        """(h,) the value that demand stays below with this probability."""
        side = 1.0 if probability > 0.5 else -1.0
        reach = self.calibration.multiple(abs(2 * probability - 1)) * self.sigma
        return np.asarray(np.maximum(self.mean + side * reach, self.floor))

    def first(self, steps: int) -> "Spread":
        if len(self.mean) <= steps:
            return self
        cut = replace(self.calibration, table=self.calibration.table[:, :steps], known={})
        return replace(self, mean=self.mean[:steps], sigma=self.sigma[:steps], calibration=cut)

    def paths(self, count: int, seed: int = 7) -> Floats:
        """(count, h) simulated futures whose steps go wrong together as they did in the backtest."""
        drawn = np.random.default_rng(seed).standard_normal((count, len(self.mean) + 1))
        common = self.calibration.common
        normal = np.sqrt(common) * drawn[:, :1] + np.sqrt(1 - common) * drawn[:, 1:]
        reach = self.calibration.multiples(_two_sided(np.abs(normal)))
        return np.asarray(np.maximum(self.mean + np.sign(normal) * reach * self.sigma, self.floor))


def _two_sided(size: Floats) -> Floats:
    """P(|Z| < size) of a standard normal, to 1e-7 (Abramowitz & Stegun 7.1.26)."""
    x = size / np.sqrt(2.0)
    t = 1 / (1 + 0.3275911 * x)
    terms = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.asarray(1 - terms * np.exp(-x * x))


def calibrate(scaled: Floats, horizon: int, season: float) -> Calibration:
    """From the backtest's errors over their spread, (n, h') with NaN where there is none."""
    growth, wider = (GROWTH / season, 1.0) if season > 1 else (GROWTH_UNSEASONAL, UNSEASONAL)
    table = wider * AT_LARGE[:, None] * (1 + growth * np.arange(horizon))
    tested = int(np.isfinite(scaled[:, :1]).sum()) if scaled.size else 0
    common = _together(scaled)
    if tested == 0:
        return Calibration(table, common)
    errors = tested * scaled.shape[1] / (1 + (scaled.shape[1] - 1) * common)
    weight = POOL * errors / (errors + POOL_ERRORS)
    pooled = wider * _by_step(np.abs(_alike(scaled)), horizon)
    mixed = np.exp((1 - weight) * np.log(table[1:]) + weight * np.log(np.maximum(pooled[1:], 1e-3)))
    return Calibration(np.maximum.accumulate(np.vstack([table[:1], mixed]), axis=0), common)


def _by_step(size: Floats, horizon: int) -> Floats:
    """(len(COVERAGES), h) quantiles, on a straight line over the steps."""
    steps = np.flatnonzero(np.isfinite(size).any(axis=0))
    if np.isfinite(size).sum(axis=0).max() < FEW_SERIES:
        return np.repeat(np.nanquantile(size, COVERAGES)[:, None], horizon, axis=1)
    found = np.stack([np.nanquantile(size[:, j], COVERAGES) for j in steps], axis=1)
    if len(steps) < 3:
        return np.repeat(found.mean(axis=1, keepdims=True), horizon, axis=1)
    weights = np.sqrt(np.isfinite(size).sum(axis=0)[steps])
    slope, start = np.polyfit(steps, found.T, 1, w=weights)
    line = start[:, None] + slope[:, None] * np.arange(horizon)
    return np.asarray(np.clip(line, 0.5 * found.min(axis=1)[:, None], 2 * found.max(axis=1)[:, None]))


def _alike(scaled: Floats) -> Floats:
    """The errors with those of a series that went far more astray than the others made as small as theirs may be."""
    size = _size(scaled)
    known = np.isfinite(size)
    factor = np.ones(len(size))
    factor[known] = np.exp(bounded(np.log(size[known])) - np.log(size[known]))
    return scaled * np.minimum(factor, 1.0)[:, None]


def _size(scaled: Floats) -> Floats:
    """(n,) root mean square of each series' errors, NaN where there are none."""
    count = np.isfinite(scaled).sum(axis=1)
    mean = np.nansum(np.square(scaled), axis=1) / np.maximum(count, 1)
    return np.where(count > 0, np.sqrt(mean) + 0.05, np.nan)


def _together(scaled: Floats) -> float:
    """Mean correlation between the errors of different steps, within 0 and 0.95; series of usual size count most."""
    full = scaled[np.isfinite(scaled).all(axis=1)]
    if len(full) == 0 or full.shape[1] < 2:
        return TOGETHER
    squares = np.square(full).sum(axis=1) + 1e-12
    each = bounded((np.square(full.sum(axis=1)) / squares - 1) / (full.shape[1] - 1))
    usual = squares / np.median(squares)
    found = float(np.average(each, weights=np.minimum(usual, 1 / usual)))
    mean = (len(full) * found + TOGETHER_SERIES * TOGETHER) / (len(full) + TOGETHER_SERIES)
    return float(np.clip(mean, 0.0, 0.95))


def own_factor(scaled: Floats) -> Floats:
    """(n,) how much wider or narrower than its peers a series' intervals should be; 1 where nothing is known."""
    size = _size(np.clip(scaled, -10.0, 10.0))
    known = np.isfinite(size)
    typical = np.exp(bounded(np.log(size[known])).mean()) if known.any() else 1.0
    return np.where(known, (size / typical) ** OWN, 1.0)


def cover(spread: Distribution, levels: Sequence[int]) -> dict[int, tuple[Floats, Floats]]:
    """(low, high) by level in percent."""
    return {level: (spread.quantile(0.5 - level / 200), spread.quantile(0.5 + level / 200)) for level in levels}
