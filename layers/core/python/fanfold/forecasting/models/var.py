"""Vector autoregression for correlated groups, from statsmodels: series that lead each other help each other."""

from typing import ClassVar

import numpy as np

from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import ANY, OutOfTime, Task

ALIKE = 0.4
"""Correlation of differences, at any lag up to LAGS, from which series share a group."""
LAGS = 2
LARGEST = 4
"""Series in a group: parameters grow with its square."""


class Var:
    """VAR on differences of seasonally adjusted series (Sims 1980), in groups of correlated series; on request."""

    title: ClassVar[str] = "VAR"
    cost: ClassVar[int] = 80
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 50
    together: ClassVar[bool] = True

    def fit(self, task: Task) -> Floats:
        adjusted = task.adjusted
        out = np.repeat(adjusted.tail(1), task.horizon, axis=0)
        shortest = int(adjusted.lengths.min())
        recent = adjusted.tail(shortest)
        for group in groups(np.diff(recent, axis=0)):
            if task.limit.over:
                raise OutOfTime
            if len(group) > 1 and shortest > 10 * len(group):
                out[:, group] = recent[-1, group] + np.cumsum(_ahead(recent[:, group], task.horizon), axis=0)
        return out * task.factors


PLUGIN = Var()


def groups(steps: Floats) -> list[list[int]]:
    """Columns put together greedily, each with those it moves with, at once or a step or two apart."""
    n = steps.shape[1]
    with np.errstate(all="ignore"):
        scaled = (steps - steps.mean(axis=0)) / (steps.std(axis=0) * np.sqrt(len(steps)) + 1e-12)
    alike = np.zeros((n, n))
    for lag in range(LAGS + 1):
        found = np.abs(scaled[lag:].T @ scaled[: len(scaled) - lag])
        alike = np.maximum(alike, np.maximum(found, found.T))
    free, out = set(range(n)), []
    while free:
        first = min(free)
        near = [int(j) for j in np.argsort(-alike[first], kind="stable") if j in free and j != first]
        group = [first, *[j for j in near if alike[first, j] >= ALIKE][: LARGEST - 1]]
        free -= set(group)
        out.append(sorted(group))
    return out


def _ahead(values: Floats, horizon: int) -> Floats:
    # 2.5 s of import that the hot path does without
    from statsmodels.tsa.vector_ar.var_model import VAR  # type: ignore[import-untyped]

    steps = np.diff(values, axis=0)
    scale = steps.std(axis=0) + 1e-12
    fitted = VAR(steps / scale).fit(LAGS, trend="n")
    return np.asarray(fitted.forecast((steps / scale)[-LAGS:], horizon) * scale)
