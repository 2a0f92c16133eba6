"""What a planner sees before any model: life, outliers, stock-outs and level shifts; found, flagged and mended."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.forecasting import SeriesForecast, forecast
from fanfold.forecasting.life import Life, lived
from fanfold.forecasting.repair import repair
from tests.examples import examples


def steady(seed: int = 1, length: int = 36, level: float = 100.0, noise: float = 0.03) -> np.ndarray:
    return np.round(level * (1 + noise * np.random.default_rng(seed).normal(0, 1, length)))


def wave(length: int = 48, season: int = 12, size: float = 0.5, seed: int = 1) -> np.ndarray:
    steps = np.arange(length)
    noise = np.random.default_rng(seed).normal(0, 2, length)
    return np.round(100 * (1 + size * np.sin(2 * np.pi * steps / season)) + noise)


def one(values: np.ndarray, frequency: str = "M", horizon: int = 6, **asked: Any) -> SeriesForecast:
    [found] = forecast([values], horizon, frequency, settings=asked)
    return found


def put(values: np.ndarray, *places: tuple[int, float]) -> np.ndarray:
    out = values.copy()
    for at, value in places:
        out[at] = value
    return out


@settings(max_examples=examples(60), deadline=None)
@given(
    before=st.integers(4, 60),
    sales=st.integers(6, 40),
    level=st.sampled_from([3.0, 50.0, 4000.0]),
    seed=st.integers(0, 9),
)
def test_zeros_before_the_first_sale_are_left_out(before: int, sales: int, level: float, seed: int) -> None:
    sold = np.maximum(steady(seed, sales, level, 0.05), 1)
    found = one(np.concatenate([np.zeros(before), sold]))
    assert "new" in found.flags
    assert found.details["new"] == before
    assert found.history.tolist() == sold.tolist()
    assert found.mean.mean() == pytest.approx(level, rel=0.25)


@settings(max_examples=examples(60), deadline=None)
@given(
    sales=st.integers(6, 60),
    after=st.integers(6, 40),
    level=st.sampled_from([3.0, 50.0, 4000.0]),
    seed=st.integers(0, 9),
)
def test_what_is_not_sold_any_more_is_forecast_as_nothing(sales: int, after: int, level: float, seed: int) -> None:
    sold = np.maximum(steady(seed, sales, level, 0.05), 1)
    found = one(np.concatenate([sold, np.zeros(after)]), lead_time=3.0)
    assert (found.status, found.reason) == ("ok", "ended")
    assert "ended" in found.flags
    assert found.mean.tolist() == found.intervals[95].high.tolist() == [0.0] * 6
    assert found.stock is None
    assert found.quantile(0.99).tolist() == [0.0] * 6


def test_life_can_be_switched_off() -> None:
    ended = np.concatenate([steady(), np.zeros(12)])
    kept = one(ended, life_detection=False, lead_time=2.0)
    assert "ended" not in kept.flags
    assert kept.stock is not None


@pytest.mark.parametrize(
    ("values", "frequency", "life"),
    [
        ([5.0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0], "M", Life()),  # a gap as others were
        ([5.0] * 12 + [0.0] * 5, "M", Life()),
        ([5.0] * 12 + [0.0] * 6, "M", Life(0, 6)),
        ([5.0] * 90 + [0.0] * 20, "D", Life()),
        ([5.0] * 90 + [0.0] * 28, "D", Life(0, 28)),
        ([0.0] * 9 + [3.0, 0, 0, 4, 0, 0, 0, 5, 0, 3], "M", Life()),
        ([0.0] * 40 + [3.0, 0, 0, 4, 0, 0, 0, 5, 0, 3], "M", Life(40, 0)),
        ([0.0] * 8 + [9.0] * 4 + ([0.0] * 8 + [9.0] * 4) * 2, "M", Life()),  # sold in winter alone
        (([9.0] * 4 + [0.0] * 8) * 3, "M", Life()),
        ([0.0] * 39 + [4.0], "M", Life()),  # one sale proves no life
        ([0.0] * 20, "M", Life()),
        ([-5.0] * 12 + [0.0] * 12, "M", Life()),
        ([], "M", Life()),
    ],
)
def test_a_life_is_told_from_gaps(values: list[float], frequency: str, life: Life) -> None:
    assert lived(np.array(values), frequency) == life


@settings(max_examples=examples(80), deadline=None)
@given(
    length=st.integers(24, 80),
    place=st.floats(0, 1),
    times=st.sampled_from([5.0, 10.0, 50.0, 1000.0, -20.0]),
    seed=st.integers(0, 9),
)
def test_one_wrong_value_does_not_move_the_forecast(length: int, place: float, times: float, seed: int) -> None:
    values = steady(seed, length)
    at = round(place * (length - 1))
    found = one(put(values, (at, times * 100)))
    assert at in found.details["outliers_cleaned"]
    assert found.history[at] == times * 100
    assert found.mean == pytest.approx(np.full(6, 100.0), rel=0.1)


@pytest.mark.parametrize("places", [(-1, -2), (-1, 0), (0, 1), (5, 20), (-2,)])
def test_a_few_wrong_values_are_replaced(places: tuple[int, ...]) -> None:
    found = one(put(steady(3), *[(at, 5000.0 - 300 * at) for at in places]))
    assert found.details["outliers_cleaned"] == sorted(at % 36 for at in places)
    assert found.mean == pytest.approx(np.full(6, 100.0), rel=0.1)


def test_what_replaces_an_outlier_has_the_season_of_its_place() -> None:
    values = wave()
    mended = repair(put(values, (47, 4000.0), (20, -3000.0)), 12)
    assert mended.outliers == [20, 47]
    assert mended.values == pytest.approx(values, abs=12)


@pytest.mark.parametrize("times", [3.0, 5.0, 50.0, -2.0, 0.0])
@pytest.mark.parametrize(
    ("season", "length", "frequency"), [(4, 24, "Q"), (7, 120, "D"), (12, 36, "M"), (52, 130, "W")]
)
def test_a_wrong_last_value_is_held_against_the_season(season: int, length: int, frequency: str, times: float) -> None:
    values = wave(length, season, size=0.4)
    found = one(put(values, (-1, times * values[-1])), frequency)
    assert length - 1 in found.details["outliers_cleaned"]
    assert found.mean == pytest.approx(one(values, frequency).mean, rel=0.1)


@settings(max_examples=examples(60), deadline=None)
@given(empty=st.integers(1, 3), place=st.floats(0.1, 1), seed=st.integers(0, 9))
def test_zeros_within_strong_demand_are_stock_outs(empty: int, place: float, seed: int) -> None:
    values = steady(seed, 48)
    first = round(place * (48 - empty))
    values[first : first + empty] = 0
    found = one(values)
    assert found.details["stockouts"] == list(range(first, first + empty))
    assert found.mean == pytest.approx(np.full(6, 100.0), rel=0.1)
    assert "stockouts" in one(values, clean_outliers=False).flags


@pytest.mark.parametrize(
    "values",
    [
        np.resize([30.0, 32, 31, 33, 35, 50, 0], 140),  # closed on Sundays
        np.random.default_rng(1).poisson(3, 60).astype(float),
        np.random.default_rng(2).poisson(20, 60) * (np.random.default_rng(3).random(60) < 0.5) * 1.0,
        np.maximum(wave(60, size=1.1), 0),  # nothing in winter
        np.random.default_rng(4).lognormal(3, 1, 60),
        np.cumsum(np.random.default_rng(5).normal(0, 1, 80)) + 40,
        100 * 1.05 ** np.arange(60),
        np.resize([100.0] * 11 + [500.0], 60),  # Christmas
    ],
    ids=["sundays", "slow", "intermittent", "winters", "erratic", "walk", "growth", "christmas"],
)
def test_what_is_the_series_own_way_is_left_alone(values: np.ndarray) -> None:
    found = repair(values, 7 if len(values) == 140 else 12)
    assert found.values.tolist() == values.tolist()
    assert (found.outliers, found.stockouts, found.shifts) == ([], [], [])


@settings(max_examples=examples(60), deadline=None)
@given(
    before=st.integers(12, 60),
    after=st.integers(3, 30),
    times=st.sampled_from([0.05, 0.3, 2.5, 20.0]),
    seed=st.integers(0, 9),
)
def test_after_a_shift_the_new_level_counts(before: int, after: int, times: float, seed: int) -> None:
    values = steady(seed, before + after, 1000.0)
    values[before:] *= times
    found = one(values)
    assert found.details["level_shift"] == [before]
    assert found.history.tolist() == values.tolist()
    assert found.mean == pytest.approx(np.full(6, 1000 * times), rel=0.1)
    assert "level_shift" in one(values, clean_outliers=False).flags


def test_a_shift_keeps_the_season() -> None:
    values = wave(60)
    values[50:] *= 10
    found = one(values, horizon=12)
    assert found.details["level_shift"] == [50]
    assert found.mean == pytest.approx(1000 * (1 + 0.5 * np.sin(2 * np.pi * np.arange(60, 72) / 12)), rel=0.12)


def test_an_order_beyond_all_others_of_slow_demand_counts_as_the_next_one() -> None:
    values = put(np.resize([0.0, 0, 3, 0, 2, 0, 0, 4], 40), (38, 6000.0))
    found = one(values)
    assert found.details["outliers_cleaned"] == [38]
    assert found.mean.max() < 3
    assert found.quantile(0.99).max() < 20


def test_values_as_they_came_are_what_is_shown() -> None:
    values = put(steady(), (-1, 5000.0))
    assert one(values).history.tolist() == one(values, clean_outliers=False).history.tolist() == values.tolist()


@pytest.mark.parametrize("length", [3, 29, 30])
def test_a_thin_history_is_said(length: int) -> None:
    assert ("few_observations" in one(steady(1, length)).flags) == (length < 30)
