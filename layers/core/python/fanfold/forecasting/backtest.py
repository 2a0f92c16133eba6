"""Members of a combination, fitted on whole series and on series cut short."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from fanfold import plugins
from fanfold.forecasting.models.theta import fit_once
from fanfold.forecasting.panel import Floats, Ints, Panel
from fanfold.forecasting.settings import MODELS, ForecastSettings
from fanfold.forecasting.task import Model, OutOfTime, Task, TimeLimit

SEASONAL = (
    *("theta", "drift", "slope", "ets", "ets_additive", "arima", "arima_log"),
    *("sarima_drift", "sarima_drift_log", "pooled", "pooled_log", "direct", "direct_log"),
)
"""The members of the combination where there is a season; each one's `cost` gives their order."""
PLAIN = ("theta", "drift", "slope", "ets_trend", "arima_log")
"""The members where there is none: fewer, and each with a trend of another kind."""
LONG_SEASON = 20
"""From this season on, members without a season join: a year of weeks is often more noise than season."""
SEASONS_KEPT = 8
LEAST_KEPT = 400
"""Older observations than so many, and so many seasons, do not enter a fit."""


@dataclass(frozen=True)
class Member:
    """A model at a season: one forecast of the combination."""

    key: str
    season: int

    @property
    def model(self) -> Model:
        return model(self.key)

    @cached_property
    def name(self) -> str:
        return f"{self.model.title} ({self.season})" if self.season > 1 else self.model.title


@dataclass(frozen=True)
class MemberForecasts:
    """What members say of n series: `means` (C, n, h), and the one-sigma `spread` (n, h) of a plain model."""

    members: tuple[Member, ...]
    means: Floats
    spread: Floats
    late: bool
    parts: "Parts | None" = None


class Parts(NamedTuple):
    """Series taken apart: `values`, those without their season as `levels`, and its factors ahead, (n, h)."""

    values: list[Floats]
    levels: list[Floats]
    factors: Floats


@cache
def model(key: str) -> Model:
    """The model of that file name. Raises KeyError if there is none."""
    found: Model = plugins.load(MODELS, key)
    return found


def members(seasons: tuple[int, ...], settings: ForecastSettings, observations: int) -> tuple[Member, ...]:
    """Who enters, by season: the cheapest `models_to_try`, within `work_limit` iterations for fit and backtest."""
    chosen = [one for season in _seasons(seasons, settings) for one in _of_use(season, settings)]
    if settings.work_limit is None:
        return tuple(chosen) or (Member("seasonal_naive", max(seasons)),)
    work = np.cumsum([2 * one.model.cells * observations for one in sorted(chosen, key=lambda one: one.model.cost)])
    allowed = sorted(chosen, key=lambda one: one.model.cost)[: int((work <= settings.work_limit).sum())]
    return tuple(allowed) or (Member("seasonal_naive", max(seasons)),)


def _of_use(season: int, settings: ForecastSettings) -> list[Member]:
    keys = sorted(settings.models or (SEASONAL if season > 1 else PLAIN), key=lambda key: model(key).cost)
    return [Member(key, season) for key in keys if season in model(key).seasons][: settings.models_to_try]


def _seasons(seasons: tuple[int, ...], settings: ForecastSettings) -> tuple[int, ...]:
    if settings.seasonal_preference == "never":
        return (1,)
    alone = len(seasons) == 1 and seasons[0] >= LONG_SEASON and settings.seasonal_preference == "auto"
    return (1, *seasons) if alone else seasons


def fit(
    series: Sequence[Floats],
    chosen: Sequence[Member],
    horizon: int,
    limit: TimeLimit | None = None,
    chunk: int | None = None,
    season: int | None = None,
) -> MemberForecasts:
    """Fit every member on every series, `chunk` of them at once; one that runs out of time is left out.

    With a season, the series taken apart by it come along.

    The spread is that of the first season's view, so members of a longer one do not set it.
    """
    longest = max(SEASONS_KEPT * max(one.season for one in chosen), LEAST_KEPT)
    kept = [values[-longest:] for values in series]
    size = np.array([max(float(np.abs(values).mean()), 1e-12) for values in kept])
    scaled = [values / scale for values, scale in zip(kept, size, strict=True)]
    views = Views(scaled, size, horizon, limit or TimeLimit(), chunk or len(scaled))
    found: dict[Member, Floats] = {}
    for one in chosen:
        mean = views.within_limit(one, needed=not found)
        if mean is not None:
            found[one] = mean
    late = len(found) < len(chosen)
    if not found:
        naive = Member("seasonal_naive", max(one.season for one in chosen))
        found[naive] = views.fit(naive)
    means = np.stack(list(found.values())) * size[:, None]
    spread = views.spread(max(one.season for one in found)) * size[:, None]
    parts = views.parts(season) if season else None
    return MemberForecasts(tuple(found), _tame(means, kept, horizon), spread, late, parts)


@dataclass(frozen=True)
class Views:
    """Series over their `size` (n,) as tasks: all together for members that learn from all, else a chunk at a time."""

    series: Sequence[Floats]
    size: Floats
    horizon: int
    limit: TimeLimit
    chunk: int
    tasks: dict[tuple[int, int, int], tuple[Task, Ints]] = field(default_factory=dict)

    def within_limit(self, one: Member, needed: bool) -> Floats | None:
        """The member's forecasts; None if it ran out of time, unless it got to an end and is `needed`."""
        self.limit.start()
        try:
            found = self.fit(one)
        except OutOfTime:
            return None
        return found if needed or not self.limit.over else None

    def fit(self, one: Member) -> Floats:
        """(n, h)"""
        together = getattr(one.model, "together", False)
        return self._each(one.model.fit, one.season, len(self.series) if together else self.chunk)

    def spread(self, season: int) -> Floats:
        """(n, h)"""
        return self._each(plain_spread, season, self.chunk)

    def parts(self, season: int) -> Parts:
        """The series without that season, in their own size."""
        levels: list[Floats] = [np.zeros(0)] * len(self.series)
        for first in range(0, len(self.series), self.chunk):
            task, order = self._task(season, first, min(first + self.chunk, len(self.series)))
            for column, index in enumerate(order):
                level = task.adjusted.values[: task.panel.lengths[column], column]
                levels[first + index] = level * self.size[first + index]
        values = [values * size for values, size in zip(self.series, self.size, strict=True)]
        return Parts(values, levels, self._each(lambda task: task.factors, season, self.chunk))

    def _each(self, made: Callable[[Task], Floats], season: int, size: int) -> Floats:
        out = np.empty((len(self.series), self.horizon))
        for first in range(0, len(self.series), size):
            task, order = self._task(season, first, min(first + size, len(self.series)))
            out[first + order] = made(task).T
        return out

    def _task(self, season: int, first: int, end: int) -> tuple[Task, Ints]:
        key = season, first, end
        if key not in self.tasks:
            panel, order = Panel.of(self.series[first:end], season)
            self.tasks[key] = Task(panel, self.horizon, self.limit), order
        return self.tasks[key]


def _tame(means: Floats, series: Sequence[Floats], horizon: int) -> Floats:
    """No forecast leaves the history by more than its own range, and a little for each step: explosions end there."""
    low = np.array([values.min() for values in series])
    high = np.array([values.max() for values in series])
    room = (high - low + 1e-9) * (1.0 + horizon / np.array([len(values) for values in series]))
    found = np.where(np.isfinite(means), means, np.median(np.nan_to_num(means), axis=0))
    return np.clip(found, (low - room)[:, None], (high + room)[:, None])


def plain_spread(task: Task) -> Floats:
    """(h, n) one-sigma of the Theta model's errors: its one-step error, growing as for simple smoothing."""
    fitted = fit_once(task)
    one = np.sqrt(np.maximum(fitted.sse, 0.0) / np.maximum(task.panel.lengths - 3, 1)) + 1e-9
    growth = np.sqrt(1 + np.arange(task.horizon)[:, None] * fitted.alpha**2)
    return np.asarray(one * growth * task.factors)
