"""Seasonal ARIMA by conditional sum of squares, for many series and many parameters at once.

Box & Jenkins' multiplicative model: (1 - B)^d (1 - B^m)^D y = c + AR, with the moving-average part
(1 + theta B)(1 + Theta B^m) and pre-sample values of zero. For given moving-average parameters the autoregressive ones
follow by least squares on the filtered series, so only (theta, Theta) need a grid.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fanfold.forecasting.panel import Floats, Ints, Panel

Term = int | str
"""A lag of the filtered series, or "season" (its lag of m) or "constant"."""
Subset = tuple[Term, ...]

THETAS = (-0.95, -0.8, -0.6, -0.4, -0.2, 0.0, 0.3)
COARSE_THETAS, SEASONAL_THETAS = (-0.9, -0.6, -0.3, 0.0, 0.3), (-0.85, -0.6, -0.3, 0.0)
"""With a season; a finer grid is half as dear again and not better."""
SOFTNESS = 0.15
"""Weight exp(-0.15 ΔAICc): flatter than Akaike's 0.5, which trusts a short series too much."""
LARGEST = 0.97
"""Sum of absolute autoregressive parameters above which they are scaled down: it keeps every root outside 1."""


@dataclass(frozen=True)
class Form:
    """Orders of differencing, and which sets of regressors to try."""

    d: int
    seasonal_d: int
    subsets: tuple[Subset, ...]


@dataclass(frozen=True)
class Cells:
    """The grid: theta and Theta, (P, 1)."""

    theta: Floats
    seasonal: Floats

    @classmethod
    def of(cls, thetas: Sequence[float], seasonal: Sequence[float]) -> "Cells":
        pairs = np.array([(one, other) for one in thetas for other in seasonal])
        return cls(pairs[:, :1], pairs[:, 1:])


@dataclass(frozen=True)
class Filtered:
    """The differenced series and a constant with the moving average taken out, after `pad` rows of zeros."""

    series: Floats  # (pad + T, P, n)
    constant: Floats  # (pad + T + h, P)
    pad: int


@dataclass
class Choice:
    """The best cell of each series: criterion, cell and coefficients by term, each (n,)."""

    score: Floats
    cell: Ints
    coefficients: dict[Term, Floats]
    sse: Floats


def polynomial(form: Form, season: int) -> Floats:
    """Coefficients of (1 - B)^d (1 - B^m)^D, the one of B^0 first."""
    out = np.array([1.0])
    for _ in range(form.seasonal_d):
        out = np.convolve(out, [1.0, *[0.0] * (season - 1), -1.0])
    for _ in range(form.d):
        out = np.convolve(out, [1.0, -1.0])
    return out


def difference(panel: Panel, form: Form) -> Panel:
    """The differenced panel; series too short for it get length 0."""
    values = panel.values
    for lag in (*[panel.season] * form.seasonal_d, *[1] * form.d):
        values = values[lag:] - values[:-lag]
    lengths = np.maximum(panel.lengths - form.d - form.seasonal_d * panel.season, 0)
    return Panel(np.where(np.arange(len(values))[:, None] < lengths, values, 0.0), lengths, panel.season)


def invert(panel: Panel, cells: Cells, horizon: int = 0) -> Filtered:
    """Take the moving average out of a differenced panel, cell by cell."""
    pad, steps, m = panel.season + 2, len(panel.values), panel.season
    series = np.zeros((pad + steps, len(cells.theta), panel.values.shape[1]))
    constant = np.zeros((pad + steps + horizon, len(cells.theta)))
    theta, seasonal = cells.theta, cells.seasonal
    moves = bool(seasonal.any())
    for t in range(pad, pad + steps + horizon):
        constant[t] = 1 - theta[:, 0] * constant[t - 1]
        if moves:
            constant[t] -= seasonal[:, 0] * (constant[t - m] + theta[:, 0] * constant[t - m - 1])
    for t in range(pad, pad + steps):
        series[t] = panel.values[t - pad] - theta * series[t - 1]
        if moves:
            series[t] -= seasonal * (series[t - m] + theta * series[t - m - 1])
    series[pad:] *= panel.mask[:, None, :]
    return Filtered(series, constant, pad)


def choose(panel: Panel, cells: Cells, filtered: Filtered, subsets: Sequence[Subset]) -> list[Choice]:
    """The cell with the lowest AICc for every set of regressors, by series."""
    moments = _moments(panel, filtered, sorted({term for subset in subsets for term in subset}, key=str))
    return [_fit(panel, cells, moments, subset) for subset in subsets]


Moments = dict[tuple[Term, Term], Floats]


def _moments(panel: Panel, filtered: Filtered, terms: Sequence[Term]) -> Moments:
    """(P, n) sums of products of the regressors with each other and, as term "", with the series."""
    pad, steps, m = filtered.pad, len(panel.values), panel.season
    mask = panel.mask.astype(float)
    views: dict[Term, Floats] = {"": filtered.series[pad:]}
    for term in terms:
        lag = m if term == "season" else term
        if isinstance(lag, int):
            views[term] = filtered.series[pad - lag : pad - lag + steps] * mask[:, None, :]
        else:
            views[term] = filtered.constant[pad : pad + steps, :, None] * mask[:, None, :]
    out: Moments = {}
    for one in views:
        for other in views:
            if (other, one) not in out:
                out[one, other] = out[other, one] = np.einsum("tpn,tpn->pn", views[one], views[other])
            out[one, other] = out[other, one]
    return out


def _fit(panel: Panel, cells: Cells, moments: Moments, subset: Subset) -> Choice:
    coefficients, sse = _regress(moments, subset)
    lengths = np.maximum(panel.lengths, 1)
    used = np.minimum(1 + len(subset) + (cells.theta != 0) + (cells.seasonal != 0), np.maximum(lengths - 2, 1))
    score = lengths * np.log(np.maximum(sse / lengths, 1e-12)) + 2 * used
    score = score + 2 * used * (used + 1) / np.maximum(lengths - used - 1, 1)
    row, column = score.argmin(axis=0), np.arange(score.shape[1])
    picked = {term: coefficients[row, column, place] for place, term in enumerate(subset)}
    return Choice(score[row, column], row, picked, sse[row, column])


def _regress(moments: Moments, subset: Subset) -> tuple[Floats, Floats]:
    """Coefficients (P, n, k) within the stationary region, and their sum of squared errors (P, n)."""
    total = moments["", ""]
    if not subset:
        return np.zeros((*total.shape, 0)), total
    gram = np.stack([np.stack([moments[one, other] for other in subset], axis=-1) for one in subset], axis=-2)
    ridge = (1e-6 * gram + 1e-9) * np.eye(len(subset))
    right = np.stack([moments[one, ""] for one in subset], axis=-1)
    solved = np.asarray(np.linalg.solve(gram + ridge, right[..., None])[..., 0], dtype=np.float64)
    found = _stationary(solved, subset)
    sse = total - 2 * (found * right).sum(-1) + np.einsum("pni,pnij,pnj->pn", found, gram, found)
    return found, np.maximum(sse, 0.0)


def _stationary(found: Floats, subset: Subset) -> Floats:
    lags = [place for place, term in enumerate(subset) if term != "constant"]
    if not lags:
        return found
    size = np.abs(found[..., lags]).sum(-1)
    scale = np.minimum(1.0, LARGEST / np.maximum(size, 1e-9))
    if [subset[place] for place in lags] == [1, 2]:  # its stationary region is a triangle, wider than the bound
        one, two = found[..., lags[0]], found[..., lags[1]]
        scale = np.where((np.abs(two) < LARGEST) & (two + one < 0.98) & (two - one < 0.98), 1.0, scale)
    found[..., lags] *= scale[..., None]
    return found


def likelihood_weights(criteria: Floats) -> Floats:
    """(S, n) weights of S candidates from their AICc."""
    weights = np.exp(-SOFTNESS * (criteria - criteria.min(axis=0)))
    return np.asarray(weights / weights.sum(axis=0))


def ahead(panel: Panel, cells: Cells, filtered: Filtered, choice: Choice, horizon: int) -> Floats:
    """(h, n) forecasts of the differenced panel: shocks of zero, filtered values by their regression."""
    m, pad, column = panel.season, filtered.pad, np.arange(len(panel.lengths))
    past = np.zeros((pad + horizon, len(column)))
    for row in range(pad):
        past[row] = filtered.series[panel.lengths + row, choice.cell, column]
    theta, seasonal = cells.theta[choice.cell, 0], cells.seasonal[choice.cell, 0]
    out = np.empty((horizon, len(column)))
    for step in range(horizon):
        t = pad + step
        for term, value in choice.coefficients.items():
            if term == "constant":
                past[t] += value * filtered.constant[panel.lengths + t, choice.cell]
            else:
                past[t] += value * past[t - (term if isinstance(term, int) else m)]
        out[step] = past[t] + theta * past[t - 1] + seasonal * (past[t - m] + theta * past[t - m - 1])
    return out


def undo(panel: Panel, form: Form, differenced: Floats) -> Floats:
    """(h, n) forecasts of the panel from those of its differences."""
    weights = polynomial(form, panel.season)[:0:-1]
    lost = len(weights)
    past = np.concatenate([np.nan_to_num(panel.tail(lost)), np.zeros_like(differenced)])
    for step in range(len(differenced)):
        past[lost + step] = differenced[step] - weights @ past[step : step + lost]
    return past[lost:]


def forecast(panel: Panel, horizon: int, form: Form) -> Floats:
    """(h, n) forecasts of the form's sets of regressors, weighted by AICc."""
    differenced = difference(panel, form)
    if len(differenced.values) == 0:
        return np.repeat(panel.tail(1), horizon, axis=0)
    cells = Cells.of(COARSE_THETAS, SEASONAL_THETAS) if panel.season > 1 else Cells.of(THETAS, (0.0,))
    filtered = invert(differenced, cells, horizon)
    choices = choose(differenced, cells, filtered, form.subsets)
    weights = likelihood_weights(np.stack([choice.score for choice in choices]))
    parts = [ahead(differenced, cells, filtered, choice, horizon) for choice in choices]
    return undo(panel, form, np.einsum("sn,shn->hn", weights, np.stack(parts)))
