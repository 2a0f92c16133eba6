"""The state space recursion of exponential smoothing, for many series and many parameters at once.

Hyndman, Koehler, Ord & Snyder, "Forecasting with Exponential Smoothing" (2008). Models with additive and with
multiplicative errors share one recursion: their states move alike, only the likelihood weighs the errors differently.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fanfold.forecasting.panel import Floats, Ints, Panel
from fanfold.forecasting.task import Task

TINY = 1e-8
"""Series are scaled to a mean size of 1, so a forecast below this is none."""
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
class Smoothing:
    """Parameters of P candidates, each (P, 1) or (P, n), in error-correction form: beta and gamma are not divided."""

    alpha: Floats
    beta: Floats
    phi: Floats
    gamma: Floats


@dataclass(frozen=True)
class States:
    """Level and trend (P, n) and the seasonal ring (m, P, n), in which time t has its place at t modulo m."""

    level: Floats
    trend: Floats
    season: Floats | None = None


@dataclass(frozen=True)
class Run:
    """What a pass leaves, (P, n): sums of squared and of squared relative errors, of log |forecast|, and the states."""

    sse: Floats
    relative: Floats
    log_mean: Floats
    states: States


@dataclass(frozen=True)
class Concentrated:
    """The least-squares initial level and trend for given parameters, all (P, n), and the sum of squared errors."""

    sse: Floats
    level: Floats
    trend: Floats


def grid(trend: Trend) -> Smoothing:
    """Every alpha with every pair of a trend, as (P, 1) columns."""
    cells = np.array([(alpha, alpha * ratio, phi) for alpha in ALPHAS for phi, ratio in trend.pairs])
    return Smoothing(cells[:, :1], cells[:, 1:2], cells[:, 2:], np.zeros((len(cells), 1)))


def concentrate(panel: Panel, smoothing: Smoothing) -> Concentrated:
    """Best initial states of additive models without season: errors are linear in them, so no search is needed.

    Parameters are (P, 1); candidates whose `phi` is 0 have no trend.
    """
    level, trend, s00, s10, s20 = np.zeros((5, len(smoothing.alpha), panel.values.shape[1]))
    cross = sensitivities(smoothing, len(panel.values))
    for t, k in enumerate(panel.active):
        damped = smoothing.phi * trend[:, :k]
        forecast = level[:, :k] + damped
        error = panel.values[t, :k] - forecast
        s00[:, :k] += error * error
        s10[:, :k] += cross[t, 0][:, None] * error
        s20[:, :k] += cross[t, 1][:, None] * error
        level[:, :k] = forecast + smoothing.alpha * error
        trend[:, :k] = damped + smoothing.beta * error
    return _solve(panel, cross, s00, s10, s20)


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


def smooth(panel: Panel, smoothing: Smoothing, states: States, multiplicative: bool = False) -> Run:
    """Pass the recursion over every series; parameters are (P, n). The season adds to the level or multiplies it.

    A multiplicative season moves towards value / new level, as in Holt-Winters (and statsmodels), not towards value /
    forecast level. `states` are changed in place and come back as those after each series' last observation.
    """
    level, trend, ring = states.level, states.trend, states.season
    sse, relative, log_mean, product = *np.zeros((3, *level.shape)), np.ones_like(level)
    starred = smoothing.gamma / (1 - smoothing.alpha)
    for t, k in enumerate(panel.active):
        damped = smoothing.phi[:, :k] * trend[:, :k]
        base = level[:, :k] + damped
        season = None if ring is None else ring[t % len(ring), :, :k]
        forecast = base if season is None else base * season if multiplicative else base + season
        error = panel.values[t, :k] - forecast
        size = np.maximum(np.abs(forecast), TINY)
        sse[:, :k] += error * error
        relative[:, :k] += np.square(error / size)
        product[:, :k] *= size
        step = error / _apart(season) if multiplicative and season is not None else error
        level[:, :k] = base + smoothing.alpha[:, :k] * step
        trend[:, :k] = damped + smoothing.beta[:, :k] * step
        if season is not None and multiplicative:
            season += starred[:, :k] * (panel.values[t, :k] / _apart(level[:, :k]) - season)
        elif season is not None:
            season += smoothing.gamma[:, :k] * error
        if t % 8 == 7:  # a logarithm costs ten times a product
            log_mean += np.log(product)
            product[:] = 1.0
    return Run(sse, relative, log_mean + np.log(product), states)


def _apart(values: Floats) -> Floats:
    """Kept away from zero, so that it can divide."""
    return np.where(np.abs(values) < TINY, TINY, values)


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


def criteria(run: Run, lengths: Ints, parameters: Floats) -> Floats:
    """(P, n) AICc of the likelier of additive and multiplicative errors."""
    additive = lengths * np.log(np.maximum(run.sse / lengths, 1e-12))
    multiplicative = lengths * np.log(np.maximum(run.relative / lengths, 1e-12)) + 2 * run.log_mean
    used = np.minimum(parameters, np.maximum(lengths - 2, 1))
    correction = 2 * used * (used + 1) / np.maximum(lengths - used - 1, 1)
    return np.asarray(np.minimum(additive, multiplicative) + 2 * used + correction)


def blend(task: Task, trends: tuple[Trend, ...], multiplicative: bool) -> Floats:
    """(h, n) forecasts of each kind of trend, with a fixed and a moving season, weighted by AICc."""
    parts = [part for trend in trends for part in _fitted(task, trend, multiplicative)]
    score = np.stack([part[1] for part in parts])
    weight = np.exp(-SOFTNESS * (score - score.min(axis=0)))
    weight /= weight.sum(axis=0)
    return np.asarray(sum(one * part[0] for one, part in zip(weight, parts, strict=True)))


def _fitted(task: Task, trend: Trend, multiplicative: bool) -> list[tuple[Floats, Floats]]:
    """(forecasts (h, n), AICc (n,)): the best candidate with a fixed season and, if there is one, a moving one."""
    start, base = _start(task, trend, multiplicative)
    cells = np.array([(1.0, 0.0), *(SEASONAL if task.panel.season > 1 else ())])
    share, gamma = cells[:, :1], cells[:, 1:]
    alpha, phi = share * base.alpha, np.broadcast_to(base.phi, (len(cells), base.phi.shape[1]))
    smoothing = Smoothing(alpha, share * base.beta, phi, gamma * (1 - alpha))
    run = smooth(task.panel, smoothing, _spread(task, start, len(cells), multiplicative), multiplicative)
    found = ahead(run.states, phi, task.horizon, task.panel.lengths, multiplicative)
    used = np.asarray(trend.parameters + (task.panel.season - 1) + (gamma > 0), dtype=float)
    score = criteria(run, task.panel.lengths, used)
    moving = [slice(1, None)] if len(cells) > 1 else []
    return [_best(found[:, rows], score[rows]) for rows in (slice(0, 1), *moving)]


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


def _spread(task: Task, start: States, candidates: int, multiplicative: bool) -> States:
    """A copy of the initial states for each candidate."""
    ring = None
    if task.panel.season > 1:
        ring = (task.multiplicative if multiplicative else task.additive).after[:, None, :].repeat(candidates, axis=1)
    return States(start.level.repeat(candidates, axis=0), start.trend.repeat(candidates, axis=0), ring)
