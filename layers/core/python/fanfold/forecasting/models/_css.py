"""Seasonal ARIMA by conditional sum of squares, for many series and many parameters at once.

Box & Jenkins' multiplicative model: (1 - B)^d (1 - B^m)^D y = c + AR, with the moving-average part
(1 + theta B)(1 + Theta B^m) and pre-sample values of zero. For given moving-average parameters the autoregressive ones
follow by least squares on the filtered series, so only (theta, Theta) need a grid.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from fanfold.forecasting.models._filter import products, without
from fanfold.forecasting.panel import Floats, Ints, Panel

Term = int | str
"""A lag of the filtered series, or "season" (its lag of m) or "constant"."""
Subset = tuple[Term, ...]
ITSELF, CONSTANT = 0, 1_000_000
"""Lags of the filtered series itself, and of the constant, which has none."""

THETAS = (-0.95, -0.8, -0.6, -0.4, -0.2, 0.0, 0.3)
COARSE_THETAS, SEASONAL_THETAS = (-0.9, -0.6, -0.3, 0.0, 0.3), (-0.85, -0.6, -0.3, 0.0)
"""With a season; a finer grid is half as dear again and not better."""
SOFTNESS = 0.15
"""Weight exp(-0.15 ΔAICc): flatter than Akaike's 0.5, which trusts a short series too much."""
LARGEST = 0.97
"""Sum of absolute autoregressive parameters above which they are scaled down: it keeps every root outside 1."""


@dataclass(frozen=True)
class ArimaForm:
    """Orders of differencing, and which sets of regressors to try."""

    d: int
    seasonal_d: int
    subsets: tuple[Subset, ...]


@dataclass(frozen=True)
class Cells:
    """The grid: every theta (A,) with every Theta (B,); cell a * B + b has the two at a and b."""

    thetas: Floats
    seasonals: Floats

    @classmethod
    def of(cls, thetas: Sequence[float], seasonals: Sequence[float]) -> "Cells":
        return cls(np.array(thetas), np.array(seasonals))

    @property
    def theta(self) -> Floats:
        """(P,)"""
        return np.repeat(self.thetas, len(self.seasonals))

    @property
    def seasonal(self) -> Floats:
        """(P,)"""
        return np.tile(self.seasonals, len(self.thetas))

    @property
    def moving(self) -> Ints:
        """(P,) how many of the two are not zero."""
        return np.asarray((self.theta != 0).astype(np.intp) + (self.seasonal != 0))


@dataclass(frozen=True)
class Filtered:
    """The differenced series and a constant with the moving average taken out, after `pad` rows of zeros."""

    series: Floats  # (pad + T, P, n)
    constant: Floats  # (pad + T + h, P)
    pad: int

    def last(self, lengths: Ints, back: int) -> Floats:
        """(P, n) the filtered series' values so many places before their ends; 1 is the last."""
        return np.asarray(self.series[self.pad + lengths - back, :, np.arange(len(lengths))].T)


@dataclass
class BestCells:
    """The best cell of each series: criterion, cell and coefficients by term, each (n,)."""

    score: Floats
    cell: Ints
    coefficients: dict[Term, Floats]
    sse: Floats


def polynomial(form: ArimaForm, season: int) -> Floats:
    """Coefficients of (1 - B)^d (1 - B^m)^D, the one of B^0 first."""
    out = np.array([1.0])
    for _ in range(form.seasonal_d):
        out = np.convolve(out, [1.0, *[0.0] * (season - 1), -1.0])
    for _ in range(form.d):
        out = np.convolve(out, [1.0, -1.0])
    return out


def difference(panel: Panel, form: ArimaForm) -> Panel:
    """The differenced panel; series too short for it get length 0."""
    values = panel.values
    for lag in (*[panel.season] * form.seasonal_d, *[1] * form.d):
        values = values[lag:] - values[:-lag]
    lengths = np.maximum(panel.lengths - form.d - form.seasonal_d * panel.season, 0)
    return Panel(np.where(np.arange(len(values))[:, None] < lengths, values, 0.0), lengths, panel.season)


def invert(panel: Panel, cells: Cells, horizon: int = 0) -> Filtered:
    """Take the moving average out of a differenced panel, cell by cell: the seasonal factor first, then the other."""
    pad, steps, n = panel.season + 2, len(panel.values), panel.values.shape[1]
    ones = np.ones((steps + horizon, 1))
    constant = without(_without_season(ones, cells.seasonals, panel.season), cells.thetas)
    series = without(_without_season(panel.values, cells.seasonals, panel.season), cells.thetas)
    series *= panel.mask[:, None, None, :]
    shape = len(cells.thetas) * len(cells.seasonals)
    padded = np.zeros((pad + steps, shape, n))
    padded[pad:] = series.reshape(steps, shape, n)
    return Filtered(padded, np.vstack([np.zeros((pad, shape)), constant.reshape(steps + horizon, shape)]), pad)


def _without_season(values: Floats, seasonals: Floats, season: int) -> Floats:
    """(T, B, n) values (T, n) filtered by 1 + Theta B^m, a season at a time."""
    out = np.repeat(values[:, None, :], len(seasonals), axis=1)
    if seasonals.any():
        for first in range(season, len(out), season):
            end = min(first + season, len(out))
            out[first:end] -= seasonals[:, None] * out[first - season : end - season]
    return out


def choose(panel: Panel, cells: Cells, filtered: Filtered, subsets: Sequence[Subset]) -> list[BestCells]:
    """The cell with the lowest AICc for every set of regressors, by series."""
    moments = _moments(panel, filtered, subsets)
    return [_fit(panel, cells, moments, subset) for subset in subsets]


Moments = dict[tuple[Term, Term], Floats]


def _moments(panel: Panel, filtered: Filtered, subsets: Sequence[Subset]) -> Moments:
    """(P, n) sums of products of the terms that meet in a set of regressors, and with the series ITSELF."""
    pairs = {tuple(sorted(pair, key=_lag(panel))) for each in subsets for pair in product((ITSELF, *each), repeat=2)}
    known = _Sums(panel, filtered)
    found = {(one, other): known.of(_lag(panel)(one), _lag(panel)(other)) for one, other in pairs}
    return found | {(other, one): value for (one, other), value in found.items()}


def _lag(panel: Panel) -> Callable[[Term], int]:
    """A term's lag; the constant, which has none, comes last."""
    named: dict[Term, int] = {"season": panel.season, "constant": CONSTANT}
    return lambda term: named.get(term, CONSTANT) if isinstance(term, str) else term


class _Sums:
    """Sums of products of lags of the filtered series, from its autocovariances less what lies behind the end."""

    def __init__(self, panel: Panel, filtered: Filtered) -> None:
        self._panel, self._filtered = panel, filtered
        self._lasts: dict[int, Floats] = {}
        self._covariances: dict[int, Floats] = {}

    def of(self, one: int, other: int) -> Floats:
        """(P, n) of lags `one` up to `other`."""
        if other == CONSTANT:
            return self._with_constant(one)
        total = self._covariance(other - one)
        return total - sum(self._last(back) * self._last(back + other - one) for back in range(1, one + 1))

    def _covariance(self, lag: int) -> Floats:
        if lag not in self._covariances:
            pad, series = self._filtered.pad, self._filtered.series
            late = series[pad - lag : len(series) - lag]
            self._covariances[lag] = np.einsum("tpn,tpn->pn", series[pad:], late)
        return self._covariances[lag]

    def _last(self, back: int) -> Floats:
        if back not in self._lasts:
            self._lasts[back] = self._filtered.last(self._panel.lengths, back)
        return self._lasts[back]

    def _with_constant(self, lag: int) -> Floats:
        pad, steps, constant = self._filtered.pad, len(self._panel.values), self._filtered.constant
        if lag == CONSTANT:
            total = np.cumsum(np.square(constant[pad:]), axis=0)
            return np.asarray(total[np.maximum(self._panel.lengths, 1) - 1].T)
        late = self._filtered.series[pad - lag : pad - lag + steps]
        found = products(constant[pad : pad + steps].T[:, None, :], late)[:, 0]
        behind = (
            constant[np.minimum(pad + self._panel.lengths + lag - back, pad + steps - 1)].T
            * (self._panel.lengths + lag - back < steps)
            * self._last(back)
            for back in range(1, lag + 1)
        )
        return np.asarray(found - sum(behind))


def _fit(panel: Panel, cells: Cells, moments: Moments, subset: Subset) -> BestCells:
    coefficients, sse = _regress(moments, subset)
    lengths = np.maximum(panel.lengths, 1)
    used = np.minimum(1 + len(subset) + np.arange(3)[:, None], np.maximum(lengths - 2, 1))
    cost = (2 * used + 2 * used * (used + 1) / np.maximum(lengths - used - 1, 1))[cells.moving]
    score = lengths * np.log(np.maximum(sse / lengths, 1e-12)) + cost
    row, column = score.argmin(axis=0), np.arange(score.shape[1])
    picked = {term: value[row, column] for term, value in zip(subset, coefficients, strict=True)}
    return BestCells(score[row, column], row, picked, sse[row, column])


def _regress(moments: Moments, subset: Subset) -> tuple[list[Floats], Floats]:
    """Coefficients by term, (P, n), within the stationary region, and their sum of squared errors (P, n)."""
    total = moments[ITSELF, ITSELF]
    gram = [[moments[one, other] for other in subset] for one in subset]
    right = [moments[one, ITSELF] for one in subset]
    found = _stationary(solve(gram, right), subset)
    sse = total - 2 * sum(value * known for value, known in zip(found, right, strict=True))
    for value, row in zip(found, gram, strict=True):
        sse = sse + value * sum(other * known for other, known in zip(found, row, strict=True))
    return found, np.maximum(sse, 0.0)


def solve(gram: list[list[Floats]], right: list[Floats]) -> list[Floats]:
    """The unknowns of normal equations, a little ridged, all (P, n): by elimination over whole arrays.

    LAPACK would be called once a cell and a series, which takes far longer for two or three unknowns.
    """
    rows, found = [[*row] for row in gram], [*right]
    for at, row in enumerate(rows):
        row[at] = row[at] * (1 + 1e-6) + 1e-9
    for at, row in enumerate(rows):
        for below in range(at + 1, len(rows)):
            share = rows[below][at] / row[at]
            found[below] = found[below] - share * found[at]
            for column in range(at + 1, len(rows)):
                rows[below][column] = rows[below][column] - share * row[column]
    for at in reversed(range(len(rows))):
        known = sum(rows[at][column] * found[column] for column in range(at + 1, len(rows)))
        found[at] = (found[at] - known) / rows[at][at]
    return found


def _stationary(found: list[Floats], subset: Subset) -> list[Floats]:
    lags = [place for place, term in enumerate(subset) if term != "constant"]
    if not lags:
        return found
    scale = np.minimum(1.0, LARGEST / np.maximum(sum(np.abs(found[place]) for place in lags), 1e-9))
    if [subset[place] for place in lags] == [1, 2]:  # its stationary region is a triangle, wider than the bound
        one, two = (found[place] for place in lags)
        scale = np.where((np.abs(two) < LARGEST) & (two + one < 0.98) & (two - one < 0.98), 1.0, scale)
    return [value * scale if place in lags else value for place, value in enumerate(found)]


def likelihood_weights(criteria: Floats) -> Floats:
    """(S, n) weights of S candidates from their AICc."""
    weights = np.exp(-SOFTNESS * (criteria - criteria.min(axis=0)))
    return np.asarray(weights / weights.sum(axis=0))


def ahead(panel: Panel, cells: Cells, filtered: Filtered, choice: BestCells, horizon: int) -> Floats:
    """(h, n) forecasts of the differenced panel: shocks of zero, filtered values by their regression."""
    m, pad, column = panel.season, filtered.pad, np.arange(len(panel.lengths))
    past = np.zeros((pad + horizon, len(column)))
    for row in range(pad):
        past[row] = filtered.series[panel.lengths + row, choice.cell, column]
    theta, seasonal = cells.theta[choice.cell], cells.seasonal[choice.cell]
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


def undo(panel: Panel, form: ArimaForm, differenced: Floats) -> Floats:
    """(h, n) forecasts of the panel from those of its differences."""
    weights = polynomial(form, panel.season)[:0:-1]
    lost = len(weights)
    past = np.concatenate([np.nan_to_num(panel.tail(lost)), np.zeros_like(differenced)])
    for step in range(len(differenced)):
        past[lost + step] = differenced[step] - weights @ past[step : step + lost]
    return past[lost:]


def forecast(panel: Panel, horizon: int, form: ArimaForm) -> Floats:
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
