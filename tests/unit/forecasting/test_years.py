"""Days, working days and hours have the season of a year beside that of a week, where it shows."""

from datetime import date, timedelta

import numpy as np
import pytest

from fanfold.forecasting import Series, forecast
from fanfold.forecasting.years import Seasons, factors, split

YEAR = 365.25


def daily(days: int, year: float = 0.4, week: float = 0.2, noise: float = 0.05, seed: int = 1) -> np.ndarray:
    steps = np.arange(days)
    wave = (1 + year * np.sin(2 * np.pi * steps / YEAR)) * (1 + week * np.sin(2 * np.pi * steps / 7))
    return 200 * wave * np.exp(np.random.default_rng(seed).normal(0, noise, days))


@pytest.mark.parametrize("start", [740, 800, 930, 1095, 1300, 1461])
def test_days_with_years_of_history_follow_the_year(start: int) -> None:
    truth = daily(start + 90, noise=0.0)[start:]
    [found] = forecast([daily(start)], 90, "D")
    [without] = forecast([daily(start)], 90, "D", settings={"seasonal_preference": "never"})
    error = np.abs(found.mean / truth - 1).mean()
    assert error < 0.08
    assert error < np.abs(without.mean / truth - 1).mean()


def test_a_file_of_days_needs_no_option_for_it() -> None:
    days = [date(2021, 1, 1) + timedelta(days=at) for at in range(1095)]
    [found] = forecast([Series("a", daily(1095).tolist(), days)], 60)
    truth = daily(1155, noise=0.0)[1095:]
    assert found.frequency == "D"
    assert np.abs(found.mean / truth - 1).mean() < 0.06
    assert found.components is not None
    assert found.components.seasonal == pytest.approx(truth / 200, rel=0.1)


def test_working_days_and_hours_have_a_year_too() -> None:
    for frequency, length, steps in (("B", 260.9, 700), ("H", 8766.0, 18_500)):
        at = np.arange(steps + 40)
        values = 100 * (1 + 0.5 * np.sin(2 * np.pi * at / length))
        noise = np.exp(np.random.default_rng(1).normal(0, 0.05, steps))
        [found] = forecast([values[:steps] * noise], 40, frequency)
        assert found.mean == pytest.approx(values[steps:], rel=0.12)


@pytest.mark.parametrize("seed", range(8))
def test_what_wanders_has_no_year(seed: int) -> None:
    draw = np.random.default_rng(seed)
    for values in (200 + np.cumsum(draw.normal(0, 1, 1100)), 200 * np.exp(draw.normal(0, 0.1, 1100))):
        found = factors(values, 365, 28)
        assert found == pytest.approx(np.ones(1128), abs=0.1)


def test_the_backtest_is_in_the_series_own_unit() -> None:
    [found] = forecast([daily(1000, noise=0.01)], 28, "D")
    assert found.backtest is not None
    assert found.backtest.error < 0.05 * 200
    assert found.backtest.error < found.backtest.naive_error


def test_intervals_follow_the_year_and_cover() -> None:
    made = [daily(1000, noise=0.1, seed=seed) for seed in range(20)]
    found = forecast([one[:-28] for one in made], 28, "D")
    inside = [
        (one.intervals[80].low <= values[-28:]) & (values[-28:] <= one.intervals[80].high)
        for one, values in zip(found, made, strict=True)
    ]
    assert 0.7 < np.mean(inside) < 0.92


@pytest.mark.parametrize(
    ("seasons", "apart"),
    [
        ((7,), Seasons((7,))),
        ((7, 365), Seasons((7,), 365)),
        ((168,), Seasons((168,))),
        ((24, 168), Seasons((24, 168))),
        ((168, 8766), Seasons((168,), 8766)),
        ((7, 90), Seasons((7,), 90)),
        ((52,), Seasons((52,))),
        ((1,), Seasons((1,))),
    ],
)
def test_a_long_season_beside_a_short_one_is_described_apart(seasons: tuple[int, ...], apart: Seasons) -> None:
    assert split(seasons) == apart


def test_under_two_years_there_is_none() -> None:
    assert (factors(daily(700), 365, 10) == 1).all()
    assert (factors(np.zeros(900), 365, 10) == 1).all()
