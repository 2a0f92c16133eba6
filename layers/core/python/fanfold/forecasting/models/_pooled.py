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
    found = [_moments(values, lags, season, horizon) for values in series]
    moments, size = np.stack([one for one, _ in found]), np.array([size for _, size in found]) + 1e-24
    held = np.minimum(1.0, MOST_APART**2 * np.median(size) / size)
    both = np.einsum("n,nij->ij", held, moments)
    gram, right = both[:, :lags], both[:, lags:]
    return np.asarray(np.linalg.solve(gram + (RIDGE * np.trace(gram) / lags + 1e-12) * np.eye(lags), right))


def _moments(values: Floats, lags: int, season: int, horizon: int) -> tuple[Floats, float]:
    """(lags, lags + h) sums of products of values less the level of the season before, in mean steps; of squares."""
    windows = np.lib.stride_tricks.sliding_window_view(values, lags + horizon)
    step = max(float(np.abs(np.diff(values)).mean()), 1e-6)
    total = np.concatenate([[0.0], np.cumsum(values)])[lags - season : lags + len(windows)]
    level = (total[season:] - total[:-season]) / season
    scaled = (windows - level[:, None]) / (step * len(windows) ** 0.5)
    return scaled[:, :lags].T @ scaled, float(np.vdot(scaled, scaled))


def _last(values: Floats, lags: int, season: int) -> Floats:
    """The last values; a shorter series is preceded by its own first season again."""
    missing = lags - len(values)
    if missing <= 0:
        return values[-lags:]
    first = values[: min(season, len(values))]
    return np.concatenate([np.resize(first[::-1], missing)[::-1], values])
