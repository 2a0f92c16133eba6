"""Classical decomposition of a whole panel: a trend, and a season that may change its shape from one to the next."""

from dataclasses import dataclass

import numpy as np

from fanfold.forecasting.panel import Floats, Panel

NESTED = {168: 24, 336: 48}
"""Seasons that hold a shorter one: a week of hours, or of half hours, holds days."""
KEPT = np.array([1.0, 0.9, 0.8, 0.7, 0.55])[:, None, None]
"""What a season may weigh against the next one: 1 for a shape that never changes."""
UNTESTED = 0.5
"""Share of its effect that a season keeps which was seen once only."""
FLOOR = 0.02
"""Least seasonal factor."""


@dataclass(frozen=True)
class Season:
    """Seasonal factors (mean 1) or terms (mean 0): (T, n) `inside` the panel, and (m, n) `after` it, by phase."""

    inside: Floats
    after: Floats


@dataclass(frozen=True)
class Sums:
    """Discounted sums over seasons, (K, G, m, n) for G discounts: of values, weights and squared weights."""

    value: Floats
    weight: Floats
    square: Floats

    @classmethod
    def over(cls, phases: Floats) -> "Sums":
        """Up to each season and with it; a season without a value changes nothing."""
        known = np.isfinite(phases)[:, None]
        seen = np.where(known, phases[:, None], 0.0)
        out = np.zeros((3, len(phases), len(KEPT), *phases.shape[1:]))
        kept = np.where(known, KEPT, 1.0)
        for part, added, share in zip(out, (seen, known, known), (kept, kept, kept * kept), strict=True):
            part[0] = added[0]
            for row in range(1, len(phases)):
                np.multiply(share[row], part[row - 1], out=part[row])
                part[row] += added[row]
        return cls(*out)

    @property
    def mean(self) -> Floats:
        return self.value / np.maximum(self.weight, 1e-12)


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


def local_average(panel: Panel, reach: int, least: int) -> Floats:
    """(T, n) average over `reach` steps to both sides, fewer near the ends, but there `least` to the inner side."""
    time, last = np.arange(len(panel.values))[:, None], panel.lengths - 1
    total = np.vstack([np.zeros((1, len(last))), np.cumsum(panel.values, axis=0)])
    half = np.maximum(np.minimum(reach, np.minimum(time, last - time)), least)
    low, high = np.clip(time - half, 0, last), np.clip(time + half, 0, last) + 1
    sums = np.take_along_axis(total, high, axis=0) - np.take_along_axis(total, low, axis=0)
    return np.asarray(sums / np.maximum(high - low, 1))


def by_phase(detrended: Floats, season: int) -> Floats:
    """(K, m, n): values of each phase, one row a season, NaN where there is none."""
    steps, n = detrended.shape
    rows = -(-steps // season)
    padded = np.full((rows * season, n), np.nan)
    padded[:steps] = detrended
    return padded.reshape(rows, season, n)


def decompose(panel: Panel, multiplicative: bool) -> Season:
    """The season of each series, shrunk to none where it is noisy; series shorter than two seasons have none.

    Two passes as in X-11 (Shiskin, Young & Musgrave 1967): the first takes the season about an average of a season's
    length, the second about a closer trend of the adjusted series, which reaches the ends.
    """
    first = _pass(panel, moving_average(panel), multiplicative)
    inside = np.maximum(first.inside, FLOOR)
    adjusted = panel.with_values(panel.values / inside if multiplicative else panel.values - first.inside)
    reach, least = max(panel.season // 2, 1), panel.season // 4
    rough = local_average(adjusted, reach, least)
    trend = local_average(panel.with_values(rough), reach, least)
    found = _pass(panel, np.where(panel.mask, trend, np.nan), multiplicative)
    if not multiplicative:
        return found
    return Season(np.maximum(found.inside, FLOOR), np.maximum(found.after, FLOOR))


def _pass(panel: Panel, trend: Floats, multiplicative: bool) -> Season:
    """The season about a given trend, each series with the discounts under which its seasons foretell each other."""
    neutral = float(multiplicative)
    with np.errstate(all="ignore"):
        detrended = panel.values / trend if multiplicative else panel.values - trend
    detrended[~np.isfinite(detrended)] = np.nan
    phases = by_phase(detrended, panel.season)
    known = np.isfinite(phases)
    past, future = Sums.over(phases), Sums.over(phases[::-1])
    weights, noise = _believe(phases, past)
    value, weight = past.value.copy(), past.weight.copy()
    value[:-1] += KEPT * future.value[-2::-1]
    weight[:-1] += KEPT * future.weight[-2::-1]
    inside = _centred((weights[:, None] * value / np.maximum(weight, 1e-12)).sum(axis=1))
    after = _centred((weights[:, None] * past.mean[-1]).sum(axis=0))
    enough = known.any(axis=0).all(axis=0) & (panel.lengths >= 2 * panel.season)
    daily, keep = _usual(after, panel.season), _kept(after - _usual(after, panel.season), noise)
    shares = np.where(enough, np.nan_to_num(keep, nan=UNTESTED), 0.0)
    usual = _usual(inside, panel.season)
    rows = (usual + shares * (inside - usual)).reshape(-1, len(panel.lengths))[: len(panel.values)]
    return Season(
        np.where(enough, neutral + rows, neutral), np.where(enough, neutral + daily + shares * (after - daily), neutral)
    )


def _believe(phases: Floats, past: Sums) -> tuple[Floats, Floats]:
    """(G, n) weights of the discounts, by likelihood, and (n,) the variance of an index; NaN where none was tested."""
    tested = np.isfinite(phases[1:]) & (past.weight[:-1, 0] > 0)
    error = np.where(tested[:, None], phases[1:, None] - past.mean[:-1], 0.0)
    count = tested.sum(axis=(0, 1))
    variance = np.square(error).sum(axis=(0, 2)) / np.maximum(count, 1)
    score = -0.5 * count * np.log(np.maximum(variance, 1e-12))
    weights = np.exp(score - score.max(axis=0))
    weights /= weights.sum(axis=0)
    seasons = past.weight[-1] ** 2 / np.maximum(past.square[-1], 1e-12)
    noise = (weights * variance).sum(axis=0) / (np.maximum((weights * seasons.mean(axis=1)).sum(axis=0), 1) + 1)
    return weights, np.where(count > 0, noise, np.nan)


def _centred(effect: Floats) -> Floats:
    return np.asarray(effect - effect.mean(axis=-2, keepdims=True))


def _usual(effect: Floats, season: int) -> Floats:
    """What the effects (…, m, n) are shrunk to: hours of a week to the hour's mean over days."""
    inner = NESTED.get(season)
    if inner is None:
        return np.zeros_like(effect)
    days = effect.reshape(*effect.shape[:-2], -1, inner, effect.shape[-1]).mean(axis=-3)
    return np.asarray(np.concatenate([days] * (season // inner), axis=-2))


def _kept(effect: Floats, noise: Floats) -> Floats:
    """James and Stein's share of an effect (m, n) to keep, as in Miller & Williams (2003); NaN where noise is."""
    m = len(effect)
    with np.errstate(all="ignore"):
        keep = 1 - max(m - 3, 1) * noise / np.square(effect).sum(axis=0)
    return np.where(np.isnan(noise), np.nan, np.clip(np.nan_to_num(keep, neginf=0.0), 0.0, 1.0))
