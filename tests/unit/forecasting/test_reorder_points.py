"""Reorder points are those that a planner finds by hand, whatever the horizon."""

from collections.abc import Callable
from math import exp, lgamma, log, sqrt
from typing import Any

import numpy as np
import pytest

from fanfold.forecasting import StockAdvice, forecast

HORIZONS = (1, 3, 6, 12)
Z = 1.645
Shape = Callable[[np.ndarray], np.ndarray]
"""For a service level of 95 %."""


def advised(series: list[np.ndarray], horizon: int, lead: float, **settings: Any) -> list[StockAdvice]:
    given = {"lead_time": lead, "service_level": 0.95, **settings}
    return [one.stock for one in forecast(series, horizon, "M", settings=given) if one.stock]


def points(series: list[np.ndarray], horizon: int, lead: float) -> float:
    return float(np.mean([one.reorder_point for one in advised(series, horizon, lead)]))


def flat(steps: np.ndarray) -> np.ndarray:
    return np.full(len(steps), 100.0)


def wave(steps: np.ndarray) -> np.ndarray:
    return 100 + 50 * np.sin(2 * np.pi * steps / 12)


def rising(steps: np.ndarray) -> np.ndarray:
    return 100 + 2.0 * steps


def noisy(shape: Shape, noise: float, count: int = 10, length: int = 60) -> list[np.ndarray]:
    steps = np.arange(length)
    return [shape(steps) + np.random.default_rng(seed).normal(0, noise, length) for seed in range(count)]


def by_hand(shape: Shape, noise: float, lead: int, length: int = 60) -> float:
    return float(shape(np.arange(length, length + lead)).sum()) + Z * noise * sqrt(lead)


@pytest.mark.parametrize("lead", [1, 3, 12, *(pytest.param(lead, marks=pytest.mark.wide) for lead in (2, 6, 9))])
@pytest.mark.parametrize(("shape", "noise"), [(flat, 10.0), (wave, 5.0), (rising, 5.0)])
def test_they_are_those_of_a_hand_calculation(shape: Shape, noise: float, lead: int) -> None:
    hand, series = by_hand(shape, noise, lead), noisy(shape, noise)
    for horizon in HORIZONS:
        assert points(series, horizon, lead) == pytest.approx(hand, rel=0.1)


def test_one_series_alone_gets_much_the_same() -> None:
    [series] = noisy(wave, 2.0, count=1)
    for horizon in HORIZONS:
        assert points([series], horizon, 6) == pytest.approx(by_hand(wave, 2.0, 6), rel=0.1)


def poisson_quantile(mean: float, share: float) -> int:
    total, at = 0.0, 0
    while True:
        total += exp(-mean + at * log(mean) - lgamma(at + 1))
        if total >= share:
            return at
        at += 1


@pytest.mark.parametrize("lead", [1, 3, 6, 12])
def test_slow_demand_gets_the_quantile_of_its_sum(lead: int) -> None:
    series = [np.random.default_rng(seed).poisson(1, 60).astype(float) for seed in range(40)]
    for horizon in HORIZONS:
        assert points(series, horizon, lead) == pytest.approx(poisson_quantile(lead, 0.95), rel=0.1)


def test_up_to_the_lead_time_the_horizon_changes_nothing() -> None:
    series = noisy(wave, 5.0)
    assert advised(series, 1, 6) == advised(series, 3, 6) == advised(series, 6, 6)
    assert advised(series, 1, 4, review_period=2.0) == advised(series, 6, 4, review_period=2.0)


def test_only_the_horizon_is_shown() -> None:
    [found] = forecast(noisy(wave, 5.0, count=1), 2, "M", settings={"lead_time": 6.0})
    assert found.components is not None
    assert len(found.mean) == len(found.intervals[95].low) == len(found.components.seasonal) == 2
    assert found.quantile(0.9).shape == (2,)
    assert found.paths(5).shape == (5, 2)


@pytest.mark.parametrize("series", [noisy(wave, 5.0), noisy(flat, 3.0), [np.resize([0.0, 0, 0, 2], 60)] * 4])
def test_a_horizon_of_one_is_tested_from_several_origins(series: list[np.ndarray]) -> None:
    for horizon, held in ((1, 4), (2, 4), (3, 6), (4, 4), (6, 6)):
        for one in forecast(series, horizon, "M"):
            assert one.backtest is not None
            assert one.backtest.held_back == held


def test_each_origin_knows_only_what_was_before_it() -> None:
    rising = np.array([2.0**step for step in range(12)])
    [found] = forecast([rising], 1, settings={"models": ("seasonal_naive",), "intermittent_detection": False})
    assert found.backtest is not None
    assert found.backtest.error == pytest.approx(np.mean(rising[-4:] - rising[-5:-1]))
    assert found.backtest.naive_error == pytest.approx(found.backtest.error)
