"""The batched exponential smoothing against statsmodels' state space form, at fixed parameters."""

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # type: ignore[import-untyped]

from fanfold.forecasting.models import _recursion as recursion
from fanfold.forecasting.models import _smoothing as ets
from fanfold.forecasting.panel import Panel

ALPHA, BETA, GAMMA, PHI = 0.3, 0.1, 0.2, 0.9
SEASON = np.array([1.1, 0.8, 0.9, 1.2])
HORIZON = 9


def series(seed: int, length: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    steps = np.arange(length)
    return (10 + 0.1 * steps + draw.normal(0, 0.5, length).cumsum() * 0.2) * SEASON[steps % 4] + draw.normal(
        0, 0.3, length
    )


def initial(seasonal: str | None) -> np.ndarray | None:
    return {None: None, "mul": SEASON.copy(), "add": (SEASON - 1) * 10}[seasonal]


def ours(values: list[np.ndarray], trend: str, seasonal: str | None) -> tuple[recursion.PassResult, Panel, np.ndarray]:
    panel, order = Panel.of(values, 4 if seasonal else 1)
    n = len(values)
    phi = np.full((1, n), {"none": 0.0, "add": 1.0, "damped": PHI}[trend])
    slope = 0.0 if trend == "none" else 1.0
    smoothing = recursion.Smoothing(
        *(np.full((1, n), part) for part in (ALPHA, BETA * slope)), phi, np.full((1, n), GAMMA)
    )  # type: ignore[call-arg]
    ring = None if seasonal is None else np.repeat(initial(seasonal)[:, None, None], n, axis=2)  # type: ignore[index]
    states = recursion.States(np.full((1, n), 10.0), np.full((1, n), 0.1 * slope), ring)
    run = recursion.smooth(panel, smoothing, states, seasonal == "mul")
    ahead = ets.ahead(run.states, phi, HORIZON, panel.lengths, seasonal == "mul")
    return run, panel, ahead[:, 0, np.argsort(order)].T


def theirs(values: np.ndarray, error: str, trend: str, seasonal: str | None) -> tuple[float, np.ndarray]:
    known = {"initial_level": 10.0}
    params = [ALPHA]
    if trend != "none":
        known["initial_trend"] = 0.1
        params.append(BETA)
    if seasonal:
        known["initial_seasonal"] = initial(seasonal)  # type: ignore[assignment]
        params.append(GAMMA)
    if trend == "damped":
        params.append(PHI)
    model = ETSModel(
        values,
        error=error,
        trend=None if trend == "none" else "add",
        damped_trend=trend == "damped",
        seasonal=seasonal,
        seasonal_periods=4 if seasonal else None,
        initialization_method="known",
        **known,
    )
    return model.loglike(np.array(params)), model.smooth(np.array(params)).forecast(HORIZON)


@pytest.mark.parametrize("error", ["add", "mul"])
@pytest.mark.parametrize("trend", ["none", "add", "damped"])
@pytest.mark.parametrize("seasonal", [None, "add", "mul"])
def test_likelihood_and_forecasts_agree(error: str, trend: str, seasonal: str | None) -> None:
    values = [series(1, 41), series(2, 60), series(3, 52)]
    run, _, ahead = ours(values, trend, seasonal)
    order = np.argsort([-len(one) for one in values], kind="stable")
    for column, index in enumerate(order):
        likelihood, forecasts = theirs(values[index], error, trend, seasonal)
        n = len(values[index])
        squares = (run.sse if error == "add" else run.relative)[0, column]
        found = -n / 2 * (np.log(2 * np.pi * squares / n) + 1)
        found -= run.log_mean[0, column] if error == "mul" else 0.0
        assert found == pytest.approx(likelihood, rel=1e-6, abs=1e-6)
        assert ahead[index] == pytest.approx(forecasts, rel=1e-6)


def test_concentrated_states_are_the_best_ones() -> None:
    panel, _ = Panel.of([series(4, 50)])
    smoothing = recursion.Smoothing(*(np.full((1, 1), part) for part in (ALPHA, BETA, PHI, 0.0)))
    best = ets.concentrate(panel, smoothing)

    def sse(level: float, trend: float) -> float:
        states = recursion.States(np.full((1, 1), level), np.full((1, 1), trend))
        return float(recursion.smooth(panel, smoothing, states).sse[0, 0])

    level, trend = float(best.level[0, 0]), float(best.trend[0, 0])
    assert sse(level, trend) == pytest.approx(float(best.sse[0, 0]), rel=1e-6)
    assert all(
        sse(level + up, trend + over) > sse(level, trend)
        for up, over in [(0.01, 0.0), (-0.01, 0.0), (0.0, 0.01), (0.0, -0.01)]
    )
