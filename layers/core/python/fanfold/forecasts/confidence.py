"""How far off a forecast will be, before anybody knows: from backtest, disagreement of models and spread."""

from dataclasses import dataclass

import numpy as np

from fanfold.forecasts.panel import Floats

BACKTEST, DISAGREEMENT, SPREAD = 0.3, 0.25, 0.45
"""Exponents: the expected error is a geometric mean of the three."""
BAND = (0.45, 2.1)
"""10 and 90 % quantiles of true over expected error."""
STEEPNESS = 4.0


@dataclass(frozen=True)
class Expectation:
    """Relative mean absolute error to expect, its band, and the confidence 1 / (1 + 4 error), by series."""

    error: Floats
    low: Floats
    high: Floats
    confidence: Floats


def expect(mean: Floats, sigma: Floats, disagreement: Floats, backtest: Floats) -> Expectation:
    """`mean`, `sigma` and `disagreement` are (n, h); `backtest` (n,) is a relative error, NaN where there was none."""
    size = np.abs(mean).mean(axis=1) + 1e-12
    spread = sigma.mean(axis=1) / size + 1e-6
    apart = disagreement.mean(axis=1) / size + 0.2 * spread
    seen = np.where(np.isfinite(backtest), backtest, spread) + 0.1 * spread
    error = np.exp(BACKTEST * np.log(seen) + DISAGREEMENT * np.log(apart) + SPREAD * np.log(spread))
    return Expectation(error, BAND[0] * error, BAND[1] * error, 1 / (1 + STEEPNESS * error))
