"""How far off a forecast will be, before anybody knows: from backtest, disagreement of models and calibrated spread."""

from dataclasses import dataclass

import numpy as np

from fanfold.forecasting.panel import Floats

DISAGREEMENT, BACKTEST, WIDTH, LEVEL = 0.25, 0.27, 0.31, 0.73
"""The expected error is 0.73 times a product of powers; leaving any one tuning set out gave much the same."""
BAND = (0.46, 2.2)
"""10 and 90 % quantiles of true over expected error."""
STEEPNESS = 4.0


@dataclass(frozen=True)
class Expectation:
    """Relative mean absolute error to expect, its band, and the confidence 1 / (1 + 4 error), by series."""

    error: Floats
    low: Floats
    high: Floats
    confidence: Floats


def expect(mean: Floats, sigma: Floats, half_width: Floats, disagreement: Floats, backtest: Floats) -> Expectation:
    """`mean`, `sigma`, the `half_width` of the 50 % interval and `disagreement` are (n, h).

    `backtest` (n,) is a relative error, NaN where there was none.
    """
    size = np.abs(mean).mean(axis=1) + 1e-12
    spread = sigma.mean(axis=1) / size + 1e-6
    apart = disagreement.mean(axis=1) / size + 0.2 * spread
    seen = np.where(np.isfinite(backtest), backtest, spread) + 0.1 * spread
    width = half_width.mean(axis=1) / size + 1e-6
    error = LEVEL * np.exp(DISAGREEMENT * np.log(apart) + BACKTEST * np.log(seen) + WIDTH * np.log(width))
    return Expectation(error, BAND[0] * error, BAND[1] * error, 1 / (1 + STEEPNESS * error))
