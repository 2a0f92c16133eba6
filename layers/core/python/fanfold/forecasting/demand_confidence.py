"""How far a forecast of intermittent demand can be trusted: by what is possible for it.

Whether the next period has a demand is chance, so an error by period is large for the best of forecasts. What a planner
needs is the sum until the next delivery. It is judged from every place in the later part of the history: how far the
level went off the sum, and how far the sum before it did, which is the naive forecast. Demand that comes by chance
around a level leaves about four fifths of the naive error; demand whose level wanders leaves all of it.
"""

from dataclasses import dataclass

import numpy as np

from fanfold.forecasting.panel import Floats

SMOOTHING = 0.1
"""Of the level, as the demand models smooth."""
FIRST = 3
"""A level is asked from a third of the history on."""
LONGEST = 4
"""A sum is of at most a quarter of the history."""
EVIDENCE = 3.0
"""Demands that weigh as much as the assumption that the level is no better than naive."""
STEEPNESS = 4.0
MEAN_OF_NORMAL = 0.8
"""Mean absolute error over root mean square."""
BAND = (0.15, 1.9)
"""10 and 90 % quantiles of true over expected error, on spare parts."""


@dataclass(frozen=True)
class DemandConfidence:
    """The error to expect of the sum, relative to it, its band, and the confidence.

    `against_naive` is the root mean square of the level's errors over that of the naive forecast's, both of sums.
    """

    error: float
    band: tuple[float, float]
    against_naive: float
    confidence: float


def trust(values: Floats, mean: Floats, span: int) -> DemandConfidence:
    """Of forecasts `mean` (h,) of a history, for sums over `span` steps: 1 / (1 + 4 m³ error), m against naive."""
    steps = max(min(span, len(values) // LONGEST), 1)
    squares, naive = _errors(values, steps)
    demands = float(np.count_nonzero(values))
    own = squares / naive if naive > 0 else 1.0
    ratio = float(np.sqrt((demands * own + EVIDENCE) / (demands + EVIDENCE)))
    size = float(mean.mean()) * steps
    error = MEAN_OF_NORMAL * float(np.sqrt(max(squares, steps * float(np.var(values))))) / (size + 1e-12)
    return DemandConfidence(error, (BAND[0] * error, BAND[1] * error), ratio, 1 / (1 + STEEPNESS * ratio**3 * error))


def _errors(values: Floats, steps: int) -> tuple[float, float]:
    """Mean squared errors of the level and of the naive forecast, of sums over so many steps."""
    first = max(len(values) // FIRST, min(steps, len(values) - steps))
    total = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(first, len(values) - steps + 1)
    after, before = total[at + steps] - total[at], total[at] - total[at - steps]
    return float(np.mean(np.square(after - steps * _levels(values, first)[at]))), float(
        np.mean(np.square(after - before))
    )


def _levels(values: Floats, first: int) -> Floats:
    """(n + 1,) the smoothed level before each value, from the mean of the first ones."""
    out = np.empty(len(values) + 1)
    level = out[0] = float(values[: max(first, 1)].mean())
    for at, value in enumerate(values.tolist(), 1):
        level += SMOOTHING * (value - level)
        out[at] = level
    return out
