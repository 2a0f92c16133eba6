"""What a forecast says: the model that exports, texts and reports read."""

from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

import numpy as np

from fanfold.forecasting.panel import Floats

REVIEW, ALERT = 0.6, 0.3
"""Confidence below which somebody should review a forecast (an expected error of 17 %), and be alerted (58 %)."""
ENDED = "ended"
"""The reason of a forecast of nothing: the item is not sold any more."""


class Distribution(Protocol):
    """The predictive distribution of one series over h steps."""

    def quantile(self, probability: float) -> Floats:
        """(h,) the value that stays above demand with this probability."""
        ...

    def paths(self, count: int, seed: int = 7) -> Floats:
        """(count, h) simulated futures."""
        ...

    def first(self, steps: int) -> Self:
        """The distribution over the first steps."""
        ...


@dataclass(frozen=True)
class Interval:
    """A prediction interval: `level` in percent, `low` and `high` (h,)."""

    level: int
    low: Floats
    high: Floats


SPARSE = ("intermittent", "lumpy")
"""Patterns of demand where a forecast of zero wins by mean errors."""
WORST_RATIO = 10.0
"""One series whose naive forecast was nearly exact must not make a mean."""


@dataclass(frozen=True)
class Backtest:
    """Forecasts of what was held back. Errors are mean absolute errors in the series' unit."""

    held_back: int
    error: float
    naive_error: float
    by_model: dict[str, float] = field(default_factory=dict)

    @property
    def against_naive(self) -> float | None:
        """Error over that of the seasonal naive forecast; below 1 is better. None where the naive one was exact."""
        return self.error / self.naive_error if self.naive_error > 0 else None


@dataclass(frozen=True)
class Components:
    """What the forecast is made of: last `level`, `trend` a step, `seasonal` indices by step ahead (mean 1)."""

    level: float
    trend: float
    seasonal: Floats
    trend_strength: float
    seasonal_strength: float


@dataclass(frozen=True)
class StockAdvice:
    """Stock levels in the series' unit; times in steps."""

    lead_time: float
    lead_time_deviation: float
    review_period: float
    service_level: float
    demand: float
    """Expected demand over lead time and review period."""
    safety_stock: float
    reorder_point: float
    fill_rate: float
    """Share of demand met from stock at that reorder point, with one review period's or step's demand as lot."""
    position: float | None = None
    """Stock on hand and on order, where that is known."""
    order_quantity: float | None = None
    """What to order now, in whole lots and not less than the minimum; None where the position is not known."""


@dataclass(frozen=True)
class SeriesForecast:
    """The result for one series. `status` is `ok`, `fallback` or `failed`; a failed one has an empty mean.

    `reason` is a key, not a sentence: texts in five languages are made from it. `expected_error` is the mean absolute
    error to expect, relative to the mean forecast, `expected_error_band` its 10 and 90 % quantiles; for slow and
    intermittent demand that of its sum over lead time and review period, or else the horizon.
    """

    name: str
    status: str
    pattern: str
    mean: Floats
    reason: str | None = None
    model_selected: str = "none"
    weights: dict[str, float] = field(default_factory=dict)
    intervals: dict[int, Interval] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    frequency: str | None = None
    components: Components | None = None
    backtest: Backtest | None = None
    expected_error: float | None = None
    expected_error_band: tuple[float, float] | None = None
    confidence: float = 0.0
    stock: StockAdvice | None = None
    flags: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    distribution: Distribution | None = None
    history: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def lead_model(self) -> str:
        """The member with the most weight; of equals the first."""
        return max(self.weights, key=self.weights.__getitem__) if self.weights else self.model_selected

    @property
    def attention(self) -> str | None:
        """`review` or `alert`, where somebody should look at it."""
        if self.status == "failed" or self.confidence < ALERT:
            return "alert"
        return "review" if self.status == "fallback" or self.confidence < REVIEW else None

    def first(self, steps: int) -> "SeriesForecast":
        """The same, cut off behind so many steps: before it has dates and intervals."""
        if len(self.mean) <= steps:
            return self
        parts = self.components and replace(self.components, seasonal=self.components.seasonal[:steps])
        distribution = self.distribution and self.distribution.first(steps)
        return replace(self, mean=self.mean[:steps], components=parts, distribution=distribution)

    def quantile(self, probability: float) -> Floats:
        """(h,) predictive quantile; NaN for a failed series. Raises ValueError outside 0 to 1."""
        if not 0 < probability < 1:
            raise ValueError(f"a probability lies between 0 and 1, not {probability}")
        return self.distribution.quantile(probability) if self.distribution else np.full(len(self.mean), np.nan)

    def paths(self, count: int, seed: int = 7) -> Floats:
        """(count, h) simulated futures, for sums over a lead time; the same for the same seed."""
        return self.distribution.paths(count, seed) if self.distribution else np.full((count, len(self.mean)), np.nan)


@dataclass(frozen=True)
class FitProgress:
    """How far a portfolio is: series, and seconds of clock. `remaining` is an estimate."""

    total: int
    completed: int
    succeeded: int
    failed: int
    elapsed: float

    @property
    def success_rate(self) -> float | None:
        """Share of the completed series that have a forecast."""
        return self.succeeded / self.completed if self.completed else None

    @property
    def remaining(self) -> float | None:
        return self.elapsed / self.completed * (self.total - self.completed) if self.completed else None


def ratio_to_naive(pattern: str, error: float, naive_error: float) -> float | None:
    """An error over the naive forecast's, as it goes into means; None where that one was exact, or demand is sparse."""
    if pattern in SPARSE or naive_error <= 0:
        return None
    return min(error / naive_error, WORST_RATIO)
