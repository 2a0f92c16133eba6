"""Where a backtest cuts series: what stays, what is held back, and what was forecast for it.

A short horizon gives too little evidence from one origin, so it is tested from several, each a horizon later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fanfold.forecasting.panel import Floats, Ints
from fanfold.forecasting.settings import ForecastSettings

LEAST_HELD = 4
"""Values held back at least, from as many origins as that takes."""


def holdout(length: int, horizon: int, season: int, settings: ForecastSettings) -> int:
    """How many observations at the end of a series are held back from one origin; 0 where too few would stay."""
    if settings.validation_split is not None:
        wanted = round(settings.validation_split * length)
        return int(np.clip(wanted, 1, max(length - 4, 0))) if length > 4 else 0
    room = length - max(2 * season + 2, 5)
    if room >= horizon:
        return horizon
    if season > 1 and room >= LEAST_HELD:  # so that two seasons stay
        return room
    return min(horizon, length // 3) if length >= 6 else 0


@dataclass(frozen=True)
class Origins:
    """By series, (n,): `steps` held back from each origin (0: no backtest), and how many origins there are."""

    lengths: Ints
    steps: Ints
    counts: Ints

    @classmethod
    def of(cls, lengths: Sequence[int], horizon: int, season: int, settings: ForecastSettings) -> "Origins":
        steps = np.array([holdout(length, horizon, season, settings) for length in lengths], dtype=np.intp)
        wanted = 1 if settings.validation_split is not None else -(-LEAST_HELD // horizon)
        room = (np.asarray(lengths) - max(2 * season + 2, 5)) // np.maximum(steps, 1)
        counts = np.where(steps == horizon, np.clip(room, 1, wanted), 1)
        return cls(np.asarray(lengths, dtype=np.intp), steps, np.where(steps > 0, counts, 0))

    @cached_property
    def rows(self) -> Ints:
        """The series that have a backtest."""
        return np.flatnonzero(self.steps)

    @property
    def held(self) -> Ints:
        """(n,) observations held back in all."""
        return self.steps * self.counts

    @cached_property
    def cuts(self) -> list[tuple[int, int]]:
        """(series, observations kept) of every origin, by origin and then by series."""
        ends = self.lengths - self.held
        most = int(self.counts.max(initial=0))
        return [
            (row, int(ends[row] + at * self.steps[row]))
            for at in range(most)
            for row in np.flatnonzero(self.counts > at).tolist()
        ]

    def actual(self, series: Sequence[Floats]) -> Floats:
        """(n, k) what was held back, the origins one behind the other; NaN where nothing was."""
        out = np.full((len(series), max(int(self.held.max(initial=0)), 1)), np.nan)
        for row in self.rows.tolist():
            out[row, : self.held[row]] = series[row][len(series[row]) - self.held[row] :]
        return out

    def together(self, found: Floats) -> Floats:
        """(…, n, k) forecasts in the places of `actual`, from those (…, cuts, h) of each cut; 0 where there is none."""
        out = np.zeros((*found.shape[:-2], len(self.lengths), max(int(self.held.max(initial=0)), 1)))
        done, width = 0, found.shape[-1]
        for at in range(int(self.counts.max(initial=0))):
            rows = np.flatnonzero(self.counts > at)
            part = out[..., at * width : (at + 1) * width]
            part[..., rows, :] = found[..., done : done + len(rows), : part.shape[-1]]
            done += len(rows)
        return out

    def apart(self, values: Floats) -> Floats:
        """(n * origins, h) the values (n, k) with each origin in a row of its own, so that columns are steps."""
        most = int(self.counts.max(initial=1))
        if most <= 1:
            return values
        return values.reshape(len(values), most, -1).reshape(len(values) * most, -1)

    def naive(self, values: Floats, row: int, season: int) -> Floats:
        """(k,) what the last season before each origin foretells of the series, repeated."""
        steps, ends = int(self.steps[row]), len(values) - int(self.held[row])
        before = [values[: ends + at * steps] for at in range(int(self.counts[row]))]
        last = [np.resize(one[-season:], steps) if len(one) >= season else np.full(steps, one[-1]) for one in before]
        return np.concatenate(last)
