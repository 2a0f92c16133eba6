"""Classical decomposition of a whole panel: trend, seasonal indices and how sure of them one can be."""

import numpy as np

from fanfold.forecasts.panel import Floats, Panel

NESTED = {168: 24, 336: 48}
"""Seasons that hold a shorter one: a week of hours, or of half hours, holds days."""


def moving_average(panel: Panel) -> Floats:
    """(T, n) centred average over a season, NaN where the window does not fit into the series."""
    m, values = panel.season, panel.values
    steps, half = len(values), panel.season // 2
    out = np.full(values.shape, np.nan)
    if steps < 2 * half + 1:
        return out
    total = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    window = total[2 * half + 1 :] - total[: -2 * half - 1]
    if m % 2 == 0:
        window = window - 0.5 * (values[: steps - 2 * half] + values[2 * half :])
    out[half : steps - half] = window / m
    out[np.arange(steps)[:, None] >= panel.lengths - half] = np.nan
    return out


def by_phase(detrended: Floats, season: int) -> Floats:
    """(K, m, n): values of each phase, one row a season, NaN where there is none."""
    steps, n = detrended.shape
    rows = -(-steps // season)
    padded = np.full((rows * season, n), np.nan)
    padded[:steps] = detrended
    return padded.reshape(rows, season, n)


def seasonal_indices(panel: Panel, multiplicative: bool) -> Floats:
    """(m, n) indices by phase from a series' first observation, mean 1 or 0, shrunk to that mean when noisy.

    The shrinkage is James and Stein's as in Miller & Williams, "Shrinkage estimators of time series seasonal
    factors" (2003). Series shorter than two seasons get flat indices.
    """
    m, neutral = panel.season, float(multiplicative)
    trend = moving_average(panel)
    with np.errstate(all="ignore"):
        detrended = panel.values / trend if multiplicative else panel.values - trend
    detrended[~np.isfinite(detrended)] = np.nan
    phases = by_phase(detrended, m)
    count = np.isfinite(phases).sum(0)
    enough = (count >= 1).all(0) & (panel.lengths >= 2 * m)
    count = np.maximum(count, 1)
    mean = np.nansum(phases, axis=0) / count
    effect = mean - mean.mean(0)
    rest = np.nansum(np.square(phases - mean), axis=0)
    return np.where(enough, neutral + _nested(effect, rest, count), neutral)


def _nested(effect: Floats, rest: Floats, count: Floats) -> Floats:
    """(m, n) effects shrunk to none; those of hours of a week to the same hour of any day, and that to none."""
    m, n = effect.shape
    inner = NESTED.get(m)
    if inner is None:
        return effect * _shrinkage(effect, rest, count)
    daily = np.tile(effect.reshape(-1, inner, n).mean(0), (m // inner, 1))
    return np.asarray(daily + (effect - daily) * _shrinkage(effect - daily, rest, count))


def _shrinkage(effect: Floats, rest: Floats, count: Floats) -> Floats:
    m = len(effect)
    noise = rest.sum(0) / np.maximum(count.sum(0) - m, 1) * (1 / count).mean(0)
    signal = np.square(effect).sum(0)
    with np.errstate(all="ignore"):
        keep = 1 - (m - 3) * noise / signal if m > 3 else 1 - noise / signal
    return np.asarray(np.clip(np.nan_to_num(keep, nan=0.0, posinf=0.0, neginf=0.0), 0.0, 1.0))
