"""Means of many series that a few broken ones do not move."""

import numpy as np

from fanfold.forecasting.panel import Floats

REACH = 2.0
"""How many robust standard deviations from the median a value counts in full; what lies further counts as that far."""
LEAST_SPREAD = 0.2


def bounded(values: Floats, most: float = REACH) -> Floats:
    """Values (…, n) held within `most` robust standard deviations of their median, along the last axis (Huber 1964)."""
    if values.shape[-1] == 0:
        return values
    middle = np.median(values, axis=-1, keepdims=True)
    usual = 1.4826 * np.median(np.abs(values - middle), axis=-1, keepdims=True)
    reach = most * np.maximum(usual, LEAST_SPREAD)
    return np.asarray(np.clip(values, middle - reach, middle + reach))
