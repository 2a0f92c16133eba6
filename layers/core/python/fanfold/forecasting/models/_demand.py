"""Recursions for intermittent demand over many series and smoothing constants at once."""

from dataclasses import dataclass

import numpy as np

from fanfold.forecasting.panel import Floats, Panel

ALPHAS = np.array([0.02, 0.05, 0.1, 0.2, 0.3])[:, None]
SIZE, GAP = 0.1, 0.1
"""Teunter, Syntetos & Babai (2011) smooth sizes and probability apart."""


@dataclass(frozen=True)
class Croston:
    """Smoothed demand size and interval between demands, (n,)."""

    size: Floats
    interval: Floats


def first_demands(panel: Panel) -> tuple[Floats, Floats]:
    """(n,) mean size of non-zero demands and mean interval between them: where the recursions start."""
    demands = np.maximum((panel.values != 0).sum(axis=0), 1)
    return panel.values.sum(axis=0) / demands, panel.lengths / demands


def croston(panel: Panel, alpha: float = SIZE) -> Croston:
    """Croston (1972): sizes and intervals smoothed whenever there is a demand."""
    size, interval = first_demands(panel)
    since = np.ones_like(size)
    for t, k in enumerate(panel.active):
        value = panel.values[t, :k]
        hit = value != 0
        size[:k] = np.where(hit, size[:k] + alpha * (value - size[:k]), size[:k])
        interval[:k] = np.where(hit, interval[:k] + alpha * (since[:k] - interval[:k]), interval[:k])
        since[:k] = np.where(hit, 1.0, since[:k] + 1)
    return Croston(size, interval)


def tsb(panel: Panel, alpha: float = SIZE, beta: float = GAP) -> Floats:
    """(n,) Teunter, Syntetos & Babai (2011): the probability of demand is smoothed every period, so it can die out."""
    size, interval = first_demands(panel)
    chance = 1 / interval
    for t, k in enumerate(panel.active):
        value = panel.values[t, :k]
        hit = value != 0
        chance[:k] += beta * (hit - chance[:k])
        size[:k] = np.where(hit, size[:k] + alpha * (value - size[:k]), size[:k])
    return np.asarray(chance * size)


def aggregate(panel: Panel, level: int) -> Panel:
    """Sums over blocks of `level` periods, the last block ending with the series."""
    blocks = panel.lengths // level
    total = np.vstack([np.zeros((1, len(blocks))), np.cumsum(panel.values, axis=0)])
    ends = panel.lengths % level + level * np.arange(int(blocks.max()) + 1)[:, None]
    sums = np.diff(np.take_along_axis(total, np.minimum(ends, len(total) - 1), axis=0), axis=0)
    return Panel(np.where(np.arange(len(sums))[:, None] < blocks, sums, 0.0), blocks)


def smooth(panel: Panel) -> Floats:
    """(n,) level after simple smoothing from the mean, over the constants weighted by their squared errors."""
    start = panel.values.sum(axis=0) / np.maximum(panel.lengths, 1)
    level, sse = np.repeat(start[None], len(ALPHAS), axis=0), np.full((len(ALPHAS), len(start)), 1e-12)
    for t, k in enumerate(panel.active):
        error = panel.values[t, :k] - level[:, :k]
        sse[:, :k] += error * error
        level[:, :k] += ALPHAS * error
    weight = (sse.min(axis=0) / sse) ** (np.maximum(panel.lengths, 1) / 2)
    return np.asarray((weight * level).sum(axis=0) / weight.sum(axis=0))


def levels(panel: Panel) -> np.ndarray:
    """(n,) the mean interval between demands, rounded: the block length of ADIDA."""
    _, interval = first_demands(panel)
    return np.asarray(np.clip(np.round(interval), 1, np.maximum(panel.lengths // 2, 1)).astype(int))
