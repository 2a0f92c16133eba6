"""Years of thirteen periods keep to their year, however many of them there are."""

from datetime import date, timedelta

import numpy as np
import pytest

from fanfold.forecasting import Series, forecast
from fanfold.forecasting.calendars import find_frequency, moved, ordinals
from fanfold.forecasting.frequency import spelled

YEARS = range(2004, 2026)


def beginnings(years: range = YEARS) -> list[date]:
    return [date.fromisocalendar(year, 1 + 4 * period, 1) for year in years for period in range(13)]


def stamps(days: list[date]) -> np.ndarray:
    return np.array(days, dtype="datetime64[s]")


def test_twenty_years_have_a_period_each() -> None:
    days = stamps(beginnings())
    assert find_frequency(days) == "13P"
    assert np.diff(ordinals(days, "13P")).tolist() == [1] * (len(days) - 1)


@pytest.mark.parametrize("offset", [0, 4])
def test_dates_ahead_are_those_of_the_calendar(offset: int) -> None:
    days = [day + timedelta(offset) for day in beginnings(range(2004, 2032))]
    known = days.index(date.fromisocalendar(2025, 1, 1) + timedelta(offset))
    assert moved(stamps(days)[known - 1], "13P", range(1, 60)) == [str(day) for day in days[known : known + 59]]


def test_a_last_day_stays_one() -> None:
    ends = [day - timedelta(1) for day in beginnings(range(2014, 2028))][1:]
    assert find_frequency(stamps(ends)) == "13P"
    assert moved(stamps(ends)[60], "13P", range(1, 80)) == [str(day) for day in ends[61:140]]


def test_four_weeks_that_follow_each_other_stay_four_weeks() -> None:
    days = [date(2004, 1, 5) + timedelta(28 * step) for step in range(280)]
    assert find_frequency(stamps(days)) == "4W"


def test_no_value_is_lost_or_doubled_in_twenty_years() -> None:
    values = [100 + 10 * (period % 13) for period in range(13 * len(YEARS))]
    [found] = forecast([Series("a", values, beginnings())], 13)
    assert found.flags == ()
    assert found.frequency == "13P"
    assert found.dates[0] == str(date.fromisocalendar(2026, 1, 1))
    assert found.mean == pytest.approx(values[:13], rel=0.01)


def test_it_can_be_asked_for() -> None:
    assert spelled("13_periods") == spelled("13P") == "13P"
