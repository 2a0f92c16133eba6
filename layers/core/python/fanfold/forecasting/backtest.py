"""Members of a combination, fitted on whole series and on series cut short."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from fanfold import plugins
from fanfold.forecasting.models.theta import fit_once
from fanfold.forecasting.panel import Floats, Ints, Panel
from fanfold.forecasting.settings import MODELS, Settings
from fanfold.forecasting.task import Model, Task

SEASONAL = (
    *("theta", "drift", "ets", "ets_additive", "arima", "arima_log"),
    *("sarima", "sarima_drift", "sarima_drift_log", "pooled", "pooled_log"),
    *("direct", "direct_log"),
)
"""The members of the combination where there is a season; each one's `cost` gives their order."""
PLAIN = ("theta", "drift", "ets_trend", "arima_log")
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

    @property
    def name(self) -> str:
        return f"{self.model.title} ({self.season})" if self.season > 1 else self.model.title


@dataclass(frozen=True)
class Forecasts:
    """What members say of n series: `means` (C, n, h), and the one-sigma `spread` (n, h) of a plain model."""

    members: tuple[Member, ...]
    means: Floats
    spread: Floats
    late: bool = False


@cache
def model(key: str) -> Model:
    """The model of that file name. Raises KeyError if there is none."""
    found: Model = plugins.load(MODELS, key)
    return found


def members(seasons: tuple[int, ...], settings: Settings, observations: int) -> tuple[Member, ...]:
    """Who enters, by season: the cheapest `models_to_try`, within `work_limit` iterations for fit and backtest."""
    chosen = [one for season in _seasons(seasons, settings) for one in _of_use(season, settings)]
    if settings.work_limit is None:
        return tuple(chosen) or (Member("seasonal_naive", max(seasons)),)
    work = np.cumsum([2 * one.model.cells * observations for one in sorted(chosen, key=lambda one: one.model.cost)])
    allowed = sorted(chosen, key=lambda one: one.model.cost)[: int((work <= settings.work_limit).sum())]
    return tuple(allowed) or (Member("seasonal_naive", max(seasons)),)


def _of_use(season: int, settings: Settings) -> list[Member]:
    keys = sorted(settings.models or (SEASONAL if season > 1 else PLAIN), key=lambda key: model(key).cost)
    return [Member(key, season) for key in keys if season in model(key).seasons][: settings.models_to_try]


def _seasons(seasons: tuple[int, ...], settings: Settings) -> tuple[int, ...]:
    if settings.seasonal_preference == "never":
        return (1,)
    alone = len(seasons) == 1 and seasons[0] >= LONG_SEASON and settings.seasonal_preference == "auto"
    return (1, *seasons) if alone else seasons


def fit(series: Sequence[Floats], chosen: Sequence[Member], horizon: int, deadline: float = np.inf) -> Forecasts:
    """Fit every member on every series; after the deadline (monotonic seconds) no further member is started.

    The spread is that of the first season's view, so members of a longer one do not set it.
    """
    longest = max(SEASONS_KEPT * max(one.season for one in chosen), LEAST_KEPT)
    kept = [values[-longest:] for values in series]
    size = np.array([max(float(np.abs(values).mean()), 1e-12) for values in kept])
    scaled = [values / scale for values, scale in zip(kept, size, strict=True)]
    tasks: dict[int, tuple[Task, Ints]] = {}
    means: list[Floats] = []
    done: list[Member] = []
    for one in chosen:
        if done and time.monotonic() > deadline:
            break
        if one.season not in tasks:
            panel, order = Panel.of(scaled, one.season)
            tasks[one.season] = Task(panel, horizon), order
        task, order = tasks[one.season]
        means.append(_ordered(one.model.fit(task), order) * size[:, None])
        done.append(one)
    task, order = tasks[max(tasks)]
    spread = _ordered(plain_spread(task), order) * size[:, None]
    return Forecasts(tuple(done), _tame(np.stack(means), kept, horizon), spread, len(done) < len(chosen))


def _ordered(found: Floats, order: Ints) -> Floats:
    """(h, n) in the panel's order to (n, h) in the caller's."""
    out = np.empty(found.T.shape)
    out[order] = found.T
    return out


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


def holdout(length: int, horizon: int, season: int, settings: Settings) -> int:
    """How many observations at the end of a series the backtest holds back; 0 where too few would stay."""
    if settings.validation_split is not None:
        wanted = round(settings.validation_split * length)
        return int(np.clip(wanted, 1, max(length - 4, 0))) if length > 4 else 0
    if length - horizon >= max(2 * season + 2, 5):
        return horizon
    return min(horizon, length // 3) if length >= 6 else 0
