"""The state space recursion of exponential smoothing, for many series and many parameters at once.

Hyndman, Koehler, Ord & Snyder, "Forecasting with Exponential Smoothing" (2008). Models with additive and with
multiplicative errors share one recursion: their states move alike, only the likelihood weighs the errors differently.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fanfold.forecasting.models._filter import products
from fanfold.forecasting.models._recursion import PassResult, Smoothing, States, smooth
from fanfold.forecasting.panel import Floats, Ints, Panel
from fanfold.forecasting.task import Task

SOFTNESS = 0.15
"""Weight exp(-0.15 ΔAICc): flatter than Akaike's 0.5, which trusts a short series too much."""


class Trend(NamedTuple):
    """A kind of trend: (phi, beta / alpha) pairs to try, and how many parameters and states they cost."""

    pairs: tuple[tuple[float, float], ...]
    parameters: int


LEVEL = Trend(((0.0, 0.0),), 2)
TREND = Trend(((1.0, 0.0), (1.0, 0.03), (1.0, 0.12), (1.0, 0.3)), 4)
DAMPED = Trend(((0.97, 0.0), (0.97, 0.1), (0.97, 0.3), (0.85, 0.0), (0.85, 0.15), (0.85, 0.4)), 5)
ALPHAS = (0.02, 0.06, 0.12, 0.2, 0.3, 0.42, 0.56, 0.72, 0.88, 0.99)
SEASONAL = tuple((share, gamma) for share in (1.0, 0.5) for gamma in (0.05, 0.15, 0.4))
"""With a moving season: share of the best alpha without one, and gamma / (1 - alpha)."""


@dataclass(frozen=True)
class Concentrated:
    """The least-squares initial level and trend for given parameters, all (P, n), and the sum of squared errors."""

    sse: Floats
    level: Floats
    trend: Floats


def grid(trend: Trend) -> Smoothing:
    """Every alpha with every pair of a trend, as (P, 1) columns."""
    cells = np.array([(alpha, alpha * ratio, phi) for phi, ratio in trend.pairs for alpha in ALPHAS])
    return Smoothing(cells[:, :1], cells[:, 1:2], cells[:, 2:], np.zeros((len(cells), 1)))


def concentrate(panel: Panel, smoothing: Smoothing) -> Concentrated:
    """Best initial states of additive models without season: errors are linear in them, so no search is needed.

    Parameters are (P, 1); candidates whose `phi` is 0 have no trend, and those of one `phi` stand together.
    """
    cross = sensitivities(smoothing, len(panel.values))
    errors = _errors(panel, smoothing)
    level, trend = products(cross.transpose(2, 1, 0), errors).transpose(1, 0, 2)
    return _solve(panel, cross, np.einsum("tpn,tpn->pn", errors, errors), level, trend)


def _errors(panel: Panel, smoothing: Smoothing) -> Floats:
    """(T, P, n) one-step errors from initial states of zero; nothing behind a series' end.

    They are what is left of (1 - phi B)(1 - B) y when a moving average of order 2 is taken out of it, so the states
    need not be followed.
    """
    out = np.empty((len(panel.values), len(smoothing.alpha), panel.values.shape[1]))
    steps = np.diff(panel.values, axis=0, prepend=0.0)
    for phi in np.unique(smoothing.phi).tolist():
        cells = np.flatnonzero(smoothing.phi[:, 0] == phi)
        alpha, beta = smoothing.alpha[cells], smoothing.beta[cells]
        damped = steps - phi * np.vstack([np.zeros_like(steps[:1]), steps[:-1]])
        _moved_out(damped, phi * beta - 1 + alpha - phi, phi * (1 - alpha), out[:, cells[0] : cells[-1] + 1])
    out *= panel.mask[:, None]
    return out


def _moved_out(values: Floats, first: Floats, second: Floats, out: Floats) -> None:
    """Write values (T, n) filtered by 1 + first B + second B², each (P, 1), to (T, P, n)."""
    work = np.empty(out.shape[1:])
    for t in range(len(values)):
        out[t] = values[t]
        if t:
            np.multiply(first, out[t - 1], out=work)
            out[t] -= work
        if t > 1 and second.any():
            np.multiply(second, out[t - 2], out=work)
            out[t] -= work


def sensitivities(smoothing: Smoothing, steps: int) -> Floats:
    """(T, 2, P) minus the derivative of each one-step error by initial level and trend."""
    alpha, beta, phi = (part[:, 0] for part in (smoothing.alpha, smoothing.beta, smoothing.phi))
    out = np.empty((steps, 2, len(alpha)))
    first, second = np.ones_like(alpha), phi.copy()
    for t in range(steps):
        out[t] = first, second
        taken = alpha * first + beta * second
        first, second = first - taken, phi * (first + second - taken)
    return out


def _solve(panel: Panel, cross: Floats, s00: Floats, s10: Floats, s20: Floats) -> Concentrated:
    """Normal equations of two unknowns per candidate and series; of one where there is no trend."""
    at = panel.lengths - 1
    c11 = np.cumsum(cross[:, 0] ** 2, axis=0)[at].T
    c12 = np.cumsum(cross[:, 0] * cross[:, 1], axis=0)[at].T
    c22 = np.cumsum(cross[:, 1] ** 2, axis=0)[at].T
    det = c11 * c22 - c12 * c12
    solvable = det > 1e-9 * c11 * np.maximum(c22, 1e-300)
    trend = np.where(solvable, (c11 * s20 - c12 * s10) / np.where(solvable, det, 1.0), 0.0)
    level = (s10 - c12 * trend) / c11
    sse = s00 - level * s10 - trend * s20
    return Concentrated(np.maximum(sse, 0.0), level, trend)


def ahead(states: States, phi: Floats, horizon: int, lengths: Ints, multiplicative: bool = False) -> Floats:
    """(h, P, n) forecasts from the states."""
    level, trend, ring = states.level, states.trend, states.season
    out = np.empty((horizon, *level.shape))
    for step in range(horizon):
        trend = phi * trend
        level = level + trend
        out[step] = level
        if ring is not None:
            season = np.take_along_axis(ring, ((lengths + step) % len(ring))[None, None, :], axis=0)[0]
            out[step] = level * season if multiplicative else level + season
    return out


def criteria(run: PassResult, lengths: Ints, parameters: Floats) -> Floats:
    """(P, n) AICc of the likelier of additive and multiplicative errors."""
    additive = lengths * np.log(np.maximum(run.sse / lengths, 1e-12))
    multiplicative = lengths * np.log(np.maximum(run.relative / lengths, 1e-12)) + 2 * run.log_mean
    used = np.minimum(parameters, np.maximum(lengths - 2, 1))
    correction = 2 * used * (used + 1) / np.maximum(lengths - used - 1, 1)
    return np.asarray(np.minimum(additive, multiplicative) + 2 * used + correction)


def blend(task: Task, trends: tuple[Trend, ...], multiplicative: bool) -> Floats:
    """(h, n) forecasts of each kind of trend, with a fixed and a moving season, weighted by AICc."""
    found, score = _candidates(task, trends, multiplicative)
    count = len(score) // len(trends)
    groups = [slice(0, 1), slice(1, count)] if count > 1 else [slice(0, 1)]
    rows = [slice(at + part.start, at + part.stop) for at in range(0, len(score), count) for part in groups]
    parts = [_best(found[:, each], score[each]) for each in rows]
    best = np.stack([part[1] for part in parts])
    weight = np.exp(-SOFTNESS * (best - best.min(axis=0)))
    weight /= weight.sum(axis=0)
    return np.asarray(sum(one * part[0] for one, part in zip(weight, parts, strict=True)))


def _candidates(task: Task, trends: tuple[Trend, ...], multiplicative: bool) -> tuple[Floats, Floats]:
    """Forecasts (h, P, n) and AICc (P, n): by kind of trend, a fixed season and, if there is one, moving ones."""
    cells = np.array([(1.0, 0.0), *(SEASONAL if task.panel.season > 1 else ())])
    starts = [_start(task, trend, multiplicative) for trend in trends]
    share, gamma = (np.tile(part, len(trends))[:, None] for part in cells.T)
    level, slope, alpha, beta, phi = (
        np.concatenate([part.repeat(len(cells), axis=0) for part in parts])
        for parts in zip(*((state.level, state.trend, of.alpha, of.beta, of.phi) for state, of in starts), strict=True)
    )
    alpha = share * alpha
    smoothing = Smoothing(alpha, share * beta, phi, gamma * (1 - alpha))
    states = States(level, slope, _ring(task, len(alpha), multiplicative))
    run = smooth(task.panel, smoothing, states, multiplicative)
    found = ahead(run.states, phi, task.horizon, task.panel.lengths, multiplicative)
    parameters = np.repeat([float(trend.parameters) for trend in trends], len(cells))[:, None]
    return found, criteria(run, task.panel.lengths, parameters + (task.panel.season - 1) + (gamma > 0))


def _best(found: Floats, score: Floats) -> tuple[Floats, Floats]:
    row, column = score.argmin(axis=0), np.arange(score.shape[1])
    return found[:, row, column], score[row, column]


def _start(task: Task, trend: Trend, multiplicative: bool) -> tuple[States, Smoothing]:
    """Initial states and parameters, (1, n), that fit the seasonally adjusted series best."""
    panel = task.panel
    adjusted = task.adjusted if multiplicative else panel.with_values(panel.values - task.additive.inside)
    offset = adjusted.values[0]
    candidates = grid(trend)
    found = concentrate(adjusted.with_values(adjusted.values - offset), candidates)
    row, column = found.sse.argmin(axis=0), np.arange(len(offset))
    states = States((found.level[row, column] + offset)[None], found.trend[row, column][None])
    alpha, beta, phi = (part[row].T for part in (candidates.alpha, candidates.beta, candidates.phi))
    return states, Smoothing(alpha, beta, phi, np.zeros_like(alpha))


def _ring(task: Task, candidates: int, multiplicative: bool) -> Floats | None:
    """The season (m, P, n), a copy for each candidate, if there is one."""
    if task.panel.season == 1:
        return None
    season = task.multiplicative if multiplicative else task.additive
    return season.after[:, None, :].repeat(candidates, axis=1)
