"""Exponential smoothing in state space form, for many series and many parameters at once.

Hyndman, Koehler, Ord & Snyder, "Forecasting with Exponential Smoothing" (2008). Models with additive and with
multiplicative errors share one recursion: their states move alike, only the likelihood weighs the errors differently.
"""

from dataclasses import dataclass

import numpy as np

from fanfold.forecasts.panel import Floats, Panel

TINY = 1e-8
"""Series are scaled to a mean size of 1, so a forecast below this is none."""


@dataclass(frozen=True)
class Smoothing:
    """Smoothing parameters of P candidates, each (P, 1) or (P, n): beta and gamma as in the error-correction form."""

    alpha: Floats
    beta: Floats
    phi: Floats
    gamma: Floats


@dataclass(frozen=True)
class States:
    """Level (P, n), trend (P, n) and the seasonal ring (m, P, n), the oldest season at time modulo m."""

    level: Floats
    trend: Floats
    season: Floats | None = None


@dataclass(frozen=True)
class Run:
    """What a pass leaves: sums of squared errors and relative errors, sums of log |one-step forecast|, the states."""

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


def concentrate(panel: Panel, smoothing: Smoothing) -> Concentrated:
    """Best initial states of non-seasonal additive models: errors are linear in them, so no search is needed.

    Candidates whose `phi` is 0 have no trend. Parameters are (P, 1).
    """
    shape = (len(smoothing.alpha), panel.values.shape[1])
    level, trend, s00, s10, s20 = (np.zeros(shape) for _ in range(5))
    gain, damp, slope = smoothing.alpha, smoothing.phi, smoothing.beta
    cross = sensitivities(smoothing, len(panel.values))
    for t, k in enumerate(panel.active):
        forecast = level[:, :k] + damp * trend[:, :k]
        error = panel.values[t, :k] - forecast
        s00[:, :k] += error * error
        s10[:, :k] += cross[t, 0][:, None] * error
        s20[:, :k] += cross[t, 1][:, None] * error
        level[:, :k] = forecast + gain * error
        trend[:, :k] = damp * trend[:, :k] + slope * error
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
    """Normal equations of two unknowns per candidate and series; one unknown where there is no trend."""
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


def smooth(panel: Panel, smoothing: Smoothing, initial: States, multiplicative: bool = False) -> Run:
    """Pass the recursion over every series. The season, if any, adds to the level or multiplies it.

    `initial` is changed in place and comes back as the states after each series' last observation.
    """
    level, trend, ring = initial.level, initial.trend, initial.season
    sse, relative, log_mean = np.zeros_like(level), np.zeros_like(level), np.zeros_like(level)
    product = np.ones_like(level)
    for t, k in enumerate(panel.active):
        base = level[:, :k] + (damped := smoothing.phi[:, :k] * trend[:, :k])
        season = None if ring is None else ring[t % len(ring), :, :k]
        forecast = base if season is None else base * season if multiplicative else base + season
        error = panel.values[t, :k] - forecast
        safe = np.maximum(np.abs(forecast), TINY)
        sse[:, :k] += error * error
        relative[:, :k] += np.square(error / safe)
        product[:, :k] *= safe
        step = error / np.where(np.abs(season) < TINY, TINY, season) if season is not None and multiplicative else error
        if season is not None:
            moved = error / np.where(np.abs(base) < TINY, TINY, base) if multiplicative else error
            season += smoothing.gamma[:, :k] * moved
        level[:, :k] = base + smoothing.alpha[:, :k] * step
        trend[:, :k] = damped + smoothing.beta[:, :k] * step
        if t % 8 == 7:
            log_mean += np.log(product)
            product[:] = 1.0
    return Run(sse, relative, log_mean + np.log(product), States(level, trend, ring))
