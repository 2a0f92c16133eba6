"""Weights of a combination's members, by their backtest, the portfolio's and a pull towards the median."""

from dataclasses import dataclass

import numpy as np

from fanfold.forecasting.panel import Floats
from fanfold.forecasting.robust import bounded

SHARPNESS = 10.0
"""Weight = error ** -10, after shrinking."""
OWN = 0.2
"""How far a series' own backtest is believed over the portfolio's: one origin is little evidence."""
PRIOR_SERIES = 15.0
"""The portfolio's evidence counts in full when it has many more series than this."""
REACH = 3.5
"""Robust standard deviations beyond which a series' evidence on a member counts no more for the others."""
MEDIAN, MEDIAN_OF_FEW = 0.5, 0.3
"""Share of the members' median in the combination: it is safe against a member that went astray."""
FEW = 6
"""With fewer members their median is coarse."""
STANDING = 0.25
"""Share of an equal weight below which a member has no say in the median."""
LEAST_ERROR = 1e-3


@dataclass(frozen=True)
class Combination:
    """Forecasts (n, h) and the members' weights (C, n), which sum to 1; the median's share is not in them."""

    mean: Floats
    weights: Floats


def weigh(errors: Floats, stacking: bool = True) -> Floats:
    """(C, n) weights from the members' scaled absolute backtest errors (C, n); NaN where there was no backtest."""
    if not stacking:
        return np.full(errors.shape, 1 / len(errors))
    logs = np.log(errors + LEAST_ERROR)
    relative = np.nan_to_num(logs - logs.mean(axis=0))
    known = np.isfinite(errors).all(axis=0)
    tested = int(known.sum())
    pooled = bounded(relative[:, known], REACH).sum(axis=1, keepdims=True) / (tested + PRIOR_SERIES)
    weights = np.exp(-SHARPNESS * ((1 - OWN) * pooled + OWN * relative))
    return np.asarray(weights / weights.sum(axis=0))


def combine(means: Floats, weights: Floats, stacking: bool = True) -> Combination:
    """Members' forecasts (C, n, h) into one (n, h)."""
    if not stacking:
        return Combination(np.median(means, axis=0), weights)
    heard = weights >= np.minimum(STANDING / len(means), weights.max(axis=0))
    median = np.nanmedian(np.where(heard[:, :, None], means, np.nan), axis=0)
    share = MEDIAN if len(means) >= FEW else MEDIAN_OF_FEW
    return Combination(share * median + (1 - share) * np.einsum("cn,cnh->nh", weights, means), weights)


def disagreement(means: Floats, weights: Floats) -> Floats:
    """(n, h) weighted standard deviation of the members' forecasts (C, n, h)."""
    middle = np.einsum("cn,cnh->nh", weights, means)
    return np.asarray(np.sqrt(np.einsum("cn,cnh->nh", weights, np.square(means - middle))))
