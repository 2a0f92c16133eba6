"""The dynamic optimised Theta model.

Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler, "Models for optimising the theta method and their relationship to
state space models" (2016). For a given alpha its errors are linear in the initial level and in 1 - 1/theta, so the
fit is a grid over alpha and a small least-squares problem for each cell.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fanfold.forecasting.models._filter import products, without
from fanfold.forecasting.panel import Floats, Panel
from fanfold.forecasting.task import ANY, Task

ALPHAS = np.array([0.03, 0.08, 0.14, 0.2, 0.27, 0.35, 0.43, 0.52, 0.61, 0.7, 0.8, 0.9, 0.98])[:, None]
LEAST = 1e-6


@dataclass(frozen=True)
class Fitted:
    """Parameters (n,) of each series: alpha, omega = 1 - 1/theta, initial level; the state and the error sum."""

    alpha: Floats
    omega: Floats
    initial: Floats
    level: Floats
    sse: Floats


@dataclass(frozen=True)
class TrendLine:
    """Sums from which the trend line through the first t observations follows: t, sum of y and of t y."""

    count: Floats
    total: Floats
    moment: Floats

    @property
    def slope(self) -> Floats:
        count = self.count
        spread = np.maximum(count * (count * count - 1) / 12, LEAST)
        return np.asarray(np.where(count > 1, (self.moment - (count + 1) / 2 * self.total) / spread, 0.0))

    @property
    def intercept(self) -> Floats:
        return self.total / self.count - (self.count + 1) / 2 * self.slope

    def add(self, value: Floats) -> "TrendLine":
        count = self.count + 1
        return TrendLine(count, self.total + value, self.moment + count * value)


def lines(panel: Panel) -> TrendLine:
    """The running sums (T, n) of a panel."""
    count = np.arange(1.0, len(panel.values) + 1)[:, None]
    return TrendLine(count, np.cumsum(panel.values, axis=0), np.cumsum(count * panel.values, axis=0))


def fit(panel: Panel, alphas: Floats = ALPHAS) -> Fitted:
    """The best cell of the grid for each series of a panel without season."""
    keep, steps = 1 - alphas, np.arange(1, len(panel.values))
    # what simple smoothing from zero leaves; the first error says nothing but where the level starts
    errors = without(np.diff(panel.values, axis=0, prepend=0.0), -keep[:, 0]) * panel.mask[:, None]
    power = keep**steps
    pull = (1 - power * keep) / alphas
    line, shown = lines(panel), panel.mask[1:]
    slope, intercept = line.slope[:-1] * shown, line.intercept[:-1] * shown
    later = errors[1:]
    see = np.einsum("tan,tan->an", later, later)
    s1 = products(power[:, None], later)[:, 0]
    s2 = (
        products(power[:, None], later * intercept[:, None])[:, 0]
        + products(pull[:, None], later * slope[:, None])[:, 0]
    )
    c12 = power**2 @ intercept + (power * pull) @ slope
    c22 = power**2 @ intercept**2 + 2 * (power * pull) @ (intercept * slope) + pull**2 @ slope**2
    c11 = np.concatenate([np.zeros((len(alphas), 1)), np.cumsum(power**2, axis=1)], axis=1)[:, panel.lengths - 1]
    # a little weight on the first observation as initial level: with alpha near 1 nothing else tells it
    firm, pulled = c11 + LEAST, s1 + LEAST * panel.values[0]
    omega = np.clip((firm * s2 - c12 * pulled) / np.maximum(firm * c22 - c12**2, 1e-12), 0.0, 0.99)
    initial = (pulled - omega * c12) / firm
    sse = see - 2 * initial * s1 - 2 * omega * s2 + initial**2 * c11 + 2 * initial * omega * c12 + omega**2 * c22
    row, column = sse.argmin(axis=0), np.arange(panel.values.shape[1])
    alpha, first, last = alphas[row, 0], initial[row, column], panel.lengths - 1
    level = panel.values[last, column] - (1 - alpha) * errors[last, row, column]
    end = level + (1 - alpha) ** panel.lengths * first
    return Fitted(alpha, omega[row, column], first, end, sse[row, column])


def fit_once(task: Task) -> Fitted:
    """The best cell on the seasonally adjusted series; a task remembers it, because intervals ask for it too."""
    if "theta" not in task.memory:
        task.memory["theta"] = fit(task.adjusted)
    found: Fitted = task.memory["theta"]
    return found


def ahead(panel: Panel, fitted: Fitted, horizon: int, dynamic: bool = True) -> Floats:
    """(h, n) forecasts; the line moves on with the forecasts, as the dynamic model asks, or stays as in the static one.

    With a static line and omega = 1/2 this is Assimakopoulos & Nikolopoulos' Theta method (2000).
    """
    whole, last, column = lines(panel), panel.lengths - 1, np.arange(len(panel.lengths))
    line = TrendLine(panel.lengths.astype(float), whole.total[last, column], whole.moment[last, column])
    slope, intercept = line.slope, line.intercept
    out, level, keep = np.empty((horizon, len(panel.lengths))), fitted.level, 1 - fitted.alpha
    for step in range(horizon):
        power = keep**line.count
        drift = power * intercept + (1 - power * keep) / fitted.alpha * slope
        out[step] = level + fitted.omega * drift
        level = fitted.alpha * out[step] + keep * level
        line = line.add(out[step])
        if dynamic:
            slope, intercept = line.slope, line.intercept
    return out


class Theta:
    """DOTM on the seasonally adjusted series."""

    title: ClassVar[str] = "Theta"
    cost: ClassVar[int] = 1
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 13

    def fit(self, task: Task) -> Floats:
        return ahead(task.adjusted, fit_once(task), task.horizon) * task.factors


PLUGIN = Theta()
