"""One linear autoregression for all series of a panel, straight to each step ahead.

Montero-Manso & Hyndman, "Principles and algorithms for forecasting groups of time series" (2021): a global model may be
more complex than local ones, because all series pay for its parameters. It errs in other ways than they do, so a
combination gains by it.
"""

import numpy as np

from fanfold.forecasting.models import theta
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import Task

LEAST_SERIES = 10
"""With fewer to learn from, the answer is Theta's."""
UNSEASONAL_LAGS, LEAST_LAGS = 8, 13
RIDGE = 1e-3
MOST_APART = 2.0
"""How many times as far apart as the median series' the values of one may lie."""


def forecast(task: Task) -> Floats:
    """(h, n) forecasts from the last values of each series, less their mean over a season."""
    season, lags = task.panel.season, _lags(task.panel.season)
    columns = [task.panel.values[:length, j] for j, length in enumerate(task.panel.lengths)]
    long = [values for values in columns if len(values) >= lags + task.horizon]
    if len(long) < LEAST_SERIES:
        return theta.PLUGIN.fit(task)
    weights = _learn(long, lags, season, task.horizon)
    recent = np.stack([_last(values, lags, season) for values in columns])
    level = recent[:, -season:].mean(axis=1, keepdims=True)
    return np.asarray((level + (recent - level) @ weights).T)


def _lags(season: int) -> int:
    return UNSEASONAL_LAGS if season == 1 else max(2 * season + 1, LEAST_LAGS)


def _learn(series: list[Floats], lags: int, season: int, horizon: int) -> Floats:
    """(lags, h) ridge regression; every series counts alike, whatever its length and its size of steps.

    One whose values lie far further apart than its steps are wide, against the others, is broken and counts as they do.
    """
    gram, right = np.zeros((lags, lags)), np.zeros((lags, horizon))
    scaled = [_windows(values, lags, season, horizon) for values in series]
    size = np.array([float(np.linalg.norm(one)) for one in scaled]) + 1e-12
    held = np.minimum(1.0, MOST_APART * np.median(size) / size)
    for one, share in zip(scaled, held, strict=True):
        past, ahead = share * one[:, :lags], share * one[:, lags:]
        gram += past.T @ past
        right += past.T @ ahead
    return np.asarray(np.linalg.solve(gram + (RIDGE * np.trace(gram) / lags + 1e-12) * np.eye(lags), right))


def _windows(values: Floats, lags: int, season: int, horizon: int) -> Floats:
    """(windows, lags + h) values less the level of the last season, in mean steps."""
    windows = np.lib.stride_tricks.sliding_window_view(values, lags + horizon)
    step = max(float(np.abs(np.diff(values)).mean()), 1e-6)
    level = windows[:, lags - season : lags].mean(axis=1, keepdims=True)
    return np.asarray((windows - level) / (step * np.sqrt(len(windows))))


def _last(values: Floats, lags: int, season: int) -> Floats:
    """The last values; a shorter series is preceded by its own first season again."""
    missing = lags - len(values)
    if missing <= 0:
        return values[-lags:]
    first = values[: min(season, len(values))]
    return np.concatenate([np.resize(first[::-1], missing)[::-1], values])
