"""A spare part is an alert where nothing can be said of its demand, not where its demand comes by chance."""

from collections.abc import Callable

import numpy as np
import pytest

from fanfold.forecasting import SeriesForecast, forecast
from fanfold.forecasting.demand_confidence import trust

Draw = np.random.Generator
MONTHS = 48


def parts(made: Callable[[Draw], np.ndarray], lead_time: float | None) -> list[SeriesForecast]:
    draw = np.random.default_rng(5)
    settings = {"lead_time": lead_time} if lead_time else None
    return forecast([made(draw) for _ in range(80)], 6, "M", settings=settings)


def alerts(found: list[SeriesForecast]) -> float:
    return float(np.mean([one.attention == "alert" for one in found]))


def every_other_month(draw: Draw) -> np.ndarray:
    return (draw.random(MONTHS) < 0.5) * draw.integers(1, 5, MONTHS) * 1.0


def single_pieces(draw: Draw) -> np.ndarray:
    return draw.poisson(0.5, MONTHS) * 1.0


def three_demands(draw: Draw) -> np.ndarray:
    return np.bincount(draw.choice(MONTHS, 3, replace=False), minlength=MONTHS) * 1.0


def another_level(draw: Draw) -> np.ndarray:
    return np.concatenate([draw.poisson(0.3, 36), draw.poisson(3, 12)]) * 1.0


def any_size(draw: Draw) -> np.ndarray:
    return (draw.random(MONTHS) < 0.3) * np.ceil(draw.lognormal(1, 1.6, MONTHS))


@pytest.mark.parametrize("lead_time", [None, 3])
@pytest.mark.parametrize("made", [every_other_month, single_pieces])
def test_parts_whose_demand_keeps_its_level_are_no_alerts(
    made: Callable[[Draw], np.ndarray], lead_time: float | None
) -> None:
    assert alerts(parts(made, lead_time)) < 0.15


@pytest.mark.parametrize("lead_time", [None, 3])
@pytest.mark.parametrize("made", [three_demands, another_level, any_size])
def test_parts_that_nobody_can_foretell_are_alerts(made: Callable[[Draw], np.ndarray], lead_time: float | None) -> None:
    assert alerts(parts(made, lead_time)) > 0.6


def test_the_error_is_that_of_the_sum_over_the_lead_time() -> None:
    draw = np.random.default_rng(2)
    errors = []
    for _ in range(200):
        values = draw.poisson(0.8, 60).astype(np.float64)
        mean = np.full(6, values[:54].mean())
        told = trust(values[:54], mean, 6)
        errors.append((told.error, abs(values[54:].sum() - mean.sum()) / mean.sum()))
    expected, true = np.mean(errors, axis=0)
    assert expected == pytest.approx(true, rel=0.2)


def test_a_longer_sum_is_surer() -> None:
    values = np.random.default_rng(3).poisson(0.8, 80).astype(np.float64)
    mean = np.full(12, 0.8)
    assert trust(values, mean, 12).error < trust(values, mean, 1).error


def test_demand_around_a_level_leaves_part_of_the_naive_error() -> None:
    draw = np.random.default_rng(4)
    steady = [trust(draw.poisson(0.8, 120).astype(np.float64), np.full(6, 0.8), 6).against_naive for _ in range(100)]
    assert np.mean(steady) == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0, 1.0, 0.0, 0.0], [0.0, 2.0, 0.0, 2.0, 0.0], [3.0, 4.0] * 4])
def test_short_histories_have_a_confidence(values: list[float]) -> None:
    told = trust(np.array(values), np.full(12, np.mean(values)), 12)
    assert 0 < told.confidence < 1
    assert np.isfinite([told.error, told.against_naive]).all()
