"""What kind of series it is. Syntetos, Boylan & Croston, "On the categorization of demand patterns" (2005)."""

import numpy as np

from fanfold.forecasting.panel import Floats, average, variance

INTERVAL = 1.32
VARIATION = 0.49
SHORT = 5
MOSTLY_ZERO = 0.8
FEW = 10.0
"""Pieces a period, on average, below which demand is slow."""
CERTAIN = 4.0


def demand_class(values: Floats) -> str:
    """`smooth`, `erratic`, `intermittent` or `lumpy`, by the interval between demands and CV² of their sizes."""
    sizes = values[values != 0]
    if len(sizes) == 0:
        return "smooth"
    sparse = len(values) / len(sizes) >= INTERVAL
    varied = variance(sizes) / average(sizes) ** 2 >= VARIATION
    return ("lumpy" if varied else "intermittent") if sparse else ("erratic" if varied else "smooth")


def slow(values: Floats) -> bool:
    """Whether demand is counted in few pieces: ask it of series whose history is too short to show a season.

    Trends in such series are mostly noise: models made for intermittent demand, which have none, do better.
    """
    return average(values) < FEW and bool(values.min() >= 0) and bool((values == np.round(values)).all())


def repeats(values: Floats, season: int) -> bool:
    """Whether a season shows for sure: the autocorrelation at its lag is CERTAIN standard errors above zero."""
    if season == 1 or len(values) <= season:
        return False
    centred = values - values.mean()
    found = float(centred[season:] @ centred[:-season]) / max(float(centred @ centred), 1e-300)
    return bool(found * len(values) ** 0.5 > CERTAIN)


def pattern(values: Floats) -> str:
    """`short`, `constant`, or the demand class; `negative` values rule out the intermittent classes."""
    if len(values) < SHORT:
        return "short"
    low, high = float(values.min()), float(values.max())
    if high - low <= 1e-12 * max(1.0, abs(low), abs(high)):
        return "constant"
    return "smooth" if low < 0 else demand_class(values)
