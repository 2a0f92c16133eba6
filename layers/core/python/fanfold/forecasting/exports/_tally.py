"""What a portfolio comes to: counted while results go by."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from fanfold.forecasting.calendars import moved
from fanfold.forecasting.figures import shorts
from fanfold.forecasting.result import SeriesForecast, ratio_to_naive

BINS = 10
"""Of confidence, each a tenth wide."""


@dataclass
class ReportTally:
    """Counts and sums over the results added so far."""

    series: int = 0
    status: Counter[str] = field(default_factory=Counter)
    pattern: Counter[str] = field(default_factory=Counter)
    chosen: Counter[str] = field(default_factory=Counter)
    weight: Counter[str] = field(default_factory=Counter)
    combined: int = 0
    bins: list[int] = field(default_factory=lambda: [0] * BINS)
    confidence: float = 0.0
    tested: int = 0
    error: float = 0.0
    """Sum of backtest errors over the naive forecast's, of the tested whose demand is not sparse."""
    horizon: int = 0
    frequency: Counter[str] = field(default_factory=Counter)
    totals: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    """By frequency and date: the sum of mean forecasts, and of how many series."""
    data: tuple[str, str] | None = None
    """The first and the last date of histories."""

    def add(self, one: SeriesForecast) -> None:
        self.series += 1
        self.status[one.status] += 1
        if one.status == "failed":
            return
        self.pattern[one.pattern] += 1
        self.chosen[one.lead_model] += 1
        self.bins[min(int(one.confidence * BINS), BINS - 1)] += 1
        self.confidence += one.confidence
        self.frequency[one.frequency or ""] += 1
        self.horizon = max(self.horizon, len(one.mean))
        self._add_dates(one)
        if one.model_selected == "Combination":
            self.combined += 1
            self.weight.update(one.weights)
        test = one.backtest
        ratio = ratio_to_naive(one.pattern, test.error, test.naive_error) if test else None
        if ratio is not None:
            self.tested += 1
            self.error += ratio

    def _add_dates(self, one: SeriesForecast) -> None:
        if not one.dates or one.frequency is None:
            return
        for date, value in zip(one.dates, shorts(one.mean), strict=True):  # as records have them
            kept = self.totals.setdefault((one.frequency, date), [0.0, 0])
            kept[0], kept[1] = kept[0] + (value or 0.0), kept[1] + 1
        try:
            ahead = np.datetime64(one.dates[0], "s")
        except ValueError:  # steps that are counted
            return
        seen = max(int(one.details.get("observations", len(one.history))), 1)
        first, last = moved(ahead, one.frequency, [-seen, -1])
        self.data = (min(first, self.data[0]), max(last, self.data[1])) if self.data else (first, last)

    def total(self) -> list[tuple[str, float, int]]:
        """(date, sum of forecasts, series) of the usual frequency; none of a single series."""
        usual = max(self.frequency, key=lambda key: self.frequency[key], default="")
        found = sorted((date, kept) for (frequency, date), kept in self.totals.items() if frequency == usual)
        return [(date, value, int(count)) for date, (value, count) in found] if self.forecast > 1 else []

    @property
    def forecast(self) -> int:
        """Series that have a forecast."""
        return self.series - self.status["failed"]

    @property
    def mean_confidence(self) -> float | None:
        return self.confidence / self.forecast if self.forecast else None

    @property
    def against_naive(self) -> float | None:
        """Mean of the errors over the naive forecast's, each counted at most tenfold."""
        return self.error / self.tested if self.tested else None

    def models(self) -> list[tuple[str, int, float]]:
        """(model, series in which it has the most weight, mean weight in combinations), the most chosen first."""
        combined = max(self.combined, 1)
        known = {**dict.fromkeys(self.chosen, 0), **dict.fromkeys(self.weight, 0)}
        rows = [(name, self.chosen[name], self.weight[name] / combined) for name in known if self.known(name)]
        return sorted(rows, key=lambda row: (-row[1], -row[2], row[0]))

    def known(self, name: str) -> bool:
        return bool(self.chosen[name] or self.weight[name])
