"""Regression straight to each step ahead, for long seasons: on the same phase before, and on what was last.

A week of hours or a year of weeks has too many lags for an autoregression on all of them. Of use for a step are the
values of its phase in the last seasons, the last values, and theirs a season earlier: they tell how far the series is
off its season now. As in `_pooled`, every series is drawn to the coefficients of all (Montero-Manso & Hyndman 2021).
"""

import numpy as np

from fanfold.forecasting.decompose import NESTED
from fanfold.forecasting.models import theta
from fanfold.forecasting.panel import Floats, Ints
from fanfold.forecasting.task import Task

SEASONS_BACK, STEPS_BACK = 3, 3
SHARED = 100.0
"""Windows of other series that weigh in on each one's own."""
LEAST = 20
"""Windows for each coefficient; with fewer to learn from, the answer is Theta's."""
RIDGE = 1e-3


def lags(season: int, horizon: int) -> Ints:
    """(h, k) how many steps before the last value each regressor of a step lies."""
    return np.array([_lags(season, step) for step in range(1, horizon + 1)])


def _lags(season: int, step: int) -> list[int]:
    """The step's phase in the last seasons, and in the last two inner ones, then the last steps and a season ago."""
    inner = NESTED.get(season)
    same = [-(-step // season) * season - step + season * back for back in range(SEASONS_BACK)]
    near = [-(-step // inner) * inner - step + inner * back for back in range(2)] if inner else []
    last = list(range(STEPS_BACK))
    return [*same, *near, *last, *[season + back for back in (-1, *last[: STEPS_BACK - 1])]]


def forecast(task: Task) -> Floats:
    """(h, n) forecasts, from what a series differs from its mean over the last season."""
    season, places = task.panel.season, lags(task.panel.season, task.horizon)
    reach = int(places.max()) + 1
    columns = [task.panel.values[:length, j] for j, length in enumerate(task.panel.lengths)]
    found = [_moments(values, places, reach, season, task.horizon) for values in columns]
    windows = np.array([max(len(values) - reach - task.horizon + 1, 0) for values in columns])
    if windows.sum() < LEAST * places.shape[1]:
        return theta.PLUGIN.fit(task)
    weights = _solve(np.stack([one[0] for one in found]), np.stack([one[1] for one in found]), windows)
    recent = np.stack([_last(values, reach, season) for values in columns])
    level = recent[:, :season].mean(axis=1)
    return np.asarray((level[:, None] + ((recent - level[:, None])[:, places] * weights).sum(axis=2)).T)


def _moments(values: Floats, places: Ints, reach: int, season: int, horizon: int) -> tuple[Floats, Floats]:
    """Sums of products (h, k, k) of a series' regressors with each other, and (h, k) with what followed them."""
    count = places.shape[1]
    if len(values) < reach + horizon:
        return np.zeros((horizon, count, count)), np.zeros((horizon, count))
    windows = np.lib.stride_tricks.sliding_window_view(values, reach + horizon)
    level = windows[:, reach - season : reach].mean(axis=1, keepdims=True)
    scaled = (windows - level) / max(float(np.abs(np.diff(values)).mean()), 1e-6)
    past = scaled[:, :reach][:, ::-1][:, places].transpose(1, 2, 0)
    return past @ past.transpose(0, 2, 1), (past @ scaled[:, reach:].T[:, :, None])[..., 0]


def _solve(gram: Floats, right: Floats, windows: Ints) -> Floats:
    """(n, h, k) coefficients: each series' own moments, and those of SHARED windows of the mean series."""
    share = (windows > 0) / np.maximum(windows, 1) / max(int((windows > 0).sum()), 1)
    usual, usual_right = np.einsum("n,nhij->hij", share, gram), np.einsum("n,nhi->hi", share, right)
    size = np.trace(usual, axis1=1, axis2=2)[:, None, None] / gram.shape[-1]
    usual = usual + (RIDGE * size + 1e-9) * np.eye(gram.shape[-1])
    return np.asarray(np.linalg.solve(gram + SHARED * usual, (right + SHARED * usual_right)[..., None])[..., 0])


def _last(values: Floats, reach: int, season: int) -> Floats:
    """The last values, latest first; a shorter series is preceded by its own first season again."""
    if len(values) < reach:
        first = values[: min(season, len(values))]
        values = np.concatenate([np.resize(first[::-1], reach - len(values))[::-1], values])
    return values[-reach:][::-1]
