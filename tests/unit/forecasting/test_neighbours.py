"""A series' numbers rest on its own values, and on its neighbours only as far as they are like it."""

from typing import Any

import numpy as np
import pytest

from fanfold.forecasting import Series, SeriesForecast, forecast

HORIZON = 6
LENGTH = 36


def steady(seed: int, level: float = 50.0, length: int = LENGTH) -> np.ndarray:
    return np.round(level + np.random.default_rng(seed).normal(0, level / 20, length))


def broken(kind: str, seed: int = 99) -> np.ndarray:
    values, draw = steady(seed), np.random.default_rng(seed)
    if kind == "spike":
        values[-1] = 5000
    elif kind == "early spike":
        values[3] = 5000
    elif kind == "two spikes":
        values[-2:] = 5000, 4000
    elif kind == "hole":
        values[-1] = 0
    elif kind == "shift":
        values[-6:] *= 20
    elif kind == "drop":
        values[-6:] /= 20
    elif kind == "stop":
        values[-6:] = 0
    elif kind == "explosion":
        values[-8:] *= 2.0 ** np.arange(1, 9)
    elif kind == "flutter":
        values[-8:] *= np.resize([0.01, 100.0], 8)
    elif kind == "noise":
        values = np.exp(draw.normal(4, 2, LENGTH))
    elif kind == "below zero":
        values[-4:] = -3000
    return values


KINDS = (
    *("spike", "early spike", "two spikes", "hole", "shift", "drop", "stop", "explosion", "flutter", "noise"),
    "below zero",
)


def fitted(series: list[np.ndarray], horizon: int = HORIZON, **settings: Any) -> list[SeriesForecast]:
    return forecast(series, horizon, "M", settings={"lead_time": 3.0, "service_level": 0.98, **settings})


def width(found: list[SeriesForecast]) -> float:
    return float(np.mean([one.intervals[95].high - one.intervals[95].low for one in found]))


def safety(found: list[SeriesForecast]) -> float:
    return float(np.mean([one.stock.safety_stock for one in found if one.stock]))


@pytest.mark.parametrize("count", [10, 11, 24])
@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_series_leaves_its_neighbours_as_they_are(kind: str, count: int) -> None:
    clean = [steady(seed) for seed in range(count)]
    before, beside = fitted(clean), fitted([*clean, broken(kind)])[:count]
    assert width(beside) == pytest.approx(width(before), rel=0.15)
    assert safety(beside) == pytest.approx(safety(before), rel=0.15)


def test_two_broken_series_among_twenty_leave_the_others_as_they_are() -> None:
    clean = [steady(seed) for seed in range(20)]
    before = fitted(clean)
    for kind in ("noise", "explosion"):
        beside = fitted([*clean, broken(kind, 98), broken(kind, 99)])[:20]
        assert width(beside) == pytest.approx(width(before), rel=0.15)
        assert safety(beside) == pytest.approx(safety(before), rel=0.15)


def seasonal(seed: int) -> np.ndarray:
    draw, steps = np.random.default_rng(seed), np.arange(60 + seed)
    return 100 + 20 * np.sin(2 * np.pi * steps / 12) + draw.normal(0, 4, len(steps))


def sparse(seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.poisson(3, 48) * (draw.random(48) < 0.3) * 1.0


def numbers(one: SeriesForecast) -> np.ndarray:
    sides = [part for interval in one.intervals.values() for part in (interval.low, interval.high)]
    stock = [] if one.stock is None else [one.stock.reorder_point, one.stock.safety_stock]
    return np.concatenate([one.mean, *sides, stock, [one.confidence, one.expected_error or 0.0]])


@pytest.mark.parametrize("horizon", [1, 6])
@pytest.mark.parametrize("chunk", [1, 2, 5, 7, 64])
def test_numbers_do_not_depend_on_the_chunk(chunk: int, horizon: int) -> None:
    made = [steady, seasonal, sparse]
    series = [made[at % 3](at) for at in range(36)]
    whole, parts = fitted(series, horizon), fitted(series, horizon, chunk=chunk)
    for one, other in zip(whole, parts, strict=True):
        assert numbers(other) == pytest.approx(numbers(one), rel=1e-6, abs=1e-9)


def test_models_that_learn_from_all_series_see_all_of_them_whatever_the_chunk() -> None:
    series = [Series(str(seed), seasonal(seed), group="one") for seed in range(12)]
    for model in ("pooled", "var"):
        whole, parts = (fitted(series, models=(model,), chunk=chunk) for chunk in (256, 3))  # type: ignore[arg-type]
        for one, other in zip(whole, parts, strict=True):
            assert numbers(other) == pytest.approx(numbers(one), rel=1e-6, abs=1e-9)
