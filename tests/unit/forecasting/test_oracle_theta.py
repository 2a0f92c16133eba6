"""The batched Theta model against statsmodels, and its sum of squares against the plain equations."""

from dataclasses import replace

import numpy as np
import pytest

from fanfold.forecasting.models import theta
from fanfold.forecasting.panel import Panel


def series(seed: int, length: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return 50 + 0.3 * np.arange(length) + draw.normal(0, 1, length).cumsum() + draw.normal(0, 1, length)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_static_model_forecasts_as_statsmodels_does(seed: int) -> None:
    from statsmodels.tsa.forecasting.theta import ThetaModel  # type: ignore[import-untyped]  # slow, and for few

    values = series(seed, 160)
    their = ThetaModel(values, deseasonalize=False).fit(use_mle=False)
    panel, _ = Panel.of([values])
    fitted = theta.fit(panel, np.array([[their.params["alpha"]]]))
    found = theta.ahead(panel, replace(fitted, omega=np.array([0.5])), 12, dynamic=False)
    assert found[:, 0] == pytest.approx(np.asarray(their.forecast(12, theta=2)), rel=1e-6)


def test_without_a_line_it_is_simple_smoothing() -> None:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # type: ignore[import-untyped]

    values = np.concatenate([series(5, 60), series(5, 60)[::-1]])  # its best omega is 0
    panel, _ = Panel.of([values])
    fitted = theta.fit(panel, np.array([[0.4]]))
    assert fitted.omega[0] == 0.0
    model = ETSModel(values, initialization_method="known", initial_level=float(fitted.initial[0]))
    first = (values[0] - float(fitted.initial[0])) ** 2  # our sum leaves out the first error
    likelihood = -len(values) / 2 * (np.log(2 * np.pi * (fitted.sse[0] + first) / len(values)) + 1)
    assert likelihood == pytest.approx(model.loglike(np.array([0.4])), rel=1e-6)


def plain_dynamic(values: np.ndarray, alpha: float, omega: float, level: float) -> float:
    """Fiorucci et al. (2016), equations 9-13, one step after another."""
    total, keep = 0.0, 1 - alpha
    for t in range(len(values)):
        slope = intercept = 0.0
        if t == 1:
            intercept = values[0]
        elif t > 1:
            slope, intercept = np.polyfit(np.arange(1, t + 1), values[:t], 1)
        forecast = level + omega * (keep**t * intercept + (1 - keep ** (t + 1)) / alpha * slope)
        total += (values[t] - forecast) ** 2 if t else 0.0
        level = alpha * values[t] + keep * level
    return total


def test_the_sum_of_squares_is_that_of_the_plain_equations() -> None:
    panel, order = Panel.of([series(7, 30), series(8, 44)])
    fitted = theta.fit(panel)
    for column, index in enumerate(order):
        values = series(7 + int(index), (30, 44)[index])
        parameters = (float(part[column]) for part in (fitted.alpha, fitted.omega, fitted.initial))
        assert float(fitted.sse[column]) == pytest.approx(plain_dynamic(values, *parameters), rel=1e-6)
