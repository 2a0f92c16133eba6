"""First-order moving averages taken out of many series at once."""

import numpy as np

from fanfold.forecasting.panel import Floats


def without(values: Floats, thetas: Floats) -> Floats:
    """(T, A, …) values (T, …) filtered by 1 + theta B, for each of (A,) thetas."""
    out = np.empty((len(values), len(thetas), *values.shape[1:]))
    theta = thetas.reshape(-1, *[1] * (values.ndim - 1))
    out[:1], work = values[:1, None], np.empty(out.shape[1:])
    for t in range(1, len(out)):
        np.multiply(theta, out[t - 1], out=work)
        np.subtract(values[t], work, out=out[t])
    return out


def products(weights: Floats, series: Floats) -> Floats:
    """(P, R, n) sums over time of series (T, P, n), each P with R weights (P, R, T) of its own."""
    return np.asarray(np.matmul(weights, series.transpose(1, 0, 2)))
