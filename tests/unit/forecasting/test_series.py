"""Data care: what is odd about a series is flagged and put right, and nothing raises."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.forecasting import Series, SeriesForecast, forecast
from fanfold.forecasting.series import Clean, clean
from tests.examples import examples

MONTHS = [date(2018 + at // 12, at % 12 + 1, 1) for at in range(48)]
DAYS = [date(2024, 1, 1) + timedelta(days=at) for at in range(60)]


def cleaned(values: object, dates: object = None, frequency: str | None = None, **options: Any) -> Clean:
    return clean(Series("s", values, dates), frequency, **options)  # type: ignore[arg-type]


def one(values: object, dates: object = None, **asked: Any) -> SeriesForecast:
    [found] = forecast([Series("s", values, dates)], horizon=3, **asked)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("values", "flag", "status", "reason"),
    [
        ([0.0] * 30, "all_zero", "ok", "constant"),
        ([4.0] * 30, "constant", "ok", "constant"),
        ([*[0.0] * 13, 1.0, *[0.0] * 8, 3.0, *[0.0] * 6, 2.0], "mostly_zero", "ok", "mostly_zero"),
        ([0.0] * 27 + [1.0, 3.0, 2.0, 2.0, 3.0], "new", "ok", None),
        ([5.0, 4.0, 6.0] * 8 + [0.0] * 12, "ended", "ok", "ended"),
        ([5.0, 6.0, 4.0, 7.0, 5.0, 6.0, 5.0], "few_observations", "ok", None),
        (list(range(-5, 25)), "negatives", "ok", None),
        ([5.0, 6.0, 4.0, 7.0, 5.0, 6.0, 5.0], "under_one_season", "ok", None),
        ([float(v % 7) + 5 for v in range(20)], "under_two_seasons", "ok", None),
        ([5.0, 6.0], "under_one_season", "fallback", "short"),
        ([1.0, None, 3.0, float("nan"), 5.0, 6.0, 7.0, 8.0], "missing_values", "ok", None),
        ([1.0, None, None, None, None, None, 7.0], "mostly_missing", "ok", None),
        ([1.0, "two", 3.0, 4.0, 5.0, 6.0], "unreadable_values", "ok", None),
    ],
)
def test_what_is_odd_about_values_is_flagged_and_forecast(
    values: list[Any], flag: str, status: str, reason: str | None
) -> None:
    found = one(values, frequency="M")
    assert flag in found.flags
    assert (found.status, found.reason) == (status, reason)
    assert np.isfinite(found.mean).all()
    assert len(found.mean) == 3


def test_an_ordinary_series_has_no_flag() -> None:
    assert one([float(10 + at % 12) for at in range(48)], MONTHS).flags == ()


@pytest.mark.parametrize("values", [[], [None], ["", None], [float("nan")] * 9, ["a", "b"], [[1], [2]], [object()]])
def test_what_holds_nothing_fails_with_a_reason_and_takes_no_other_with_it(values: list[Any]) -> None:
    bad, good = forecast([Series("bad", values), Series("good", [1.0, 2.0, 3.0, 4.0, 5.0])], horizon=2)
    assert (bad.status, good.status) == ("failed", "ok")
    assert bad.reason in ("no observation", f"unreadable: {values[0]!r} is no number" if values else "")


def test_a_missing_value_is_on_a_line_or_zero() -> None:
    values = [1.0, None, 3.0, 5.0]
    assert cleaned(values).values.tolist() == [1, 2, 3, 5]
    assert cleaned(values, missing="zero").values.tolist() == [1, 0, 3, 5]
    gap = cleaned([1.0, 3.0, 4.0, 5.0], [MONTHS[at] for at in (0, 2, 3, 4)], missing="zero")
    assert (gap.values.tolist(), gap.flags) == ([1, 0, 3, 4, 5], ("gaps", "missing_values"))
    assert one([1.0, 0.0, 3.0] * 5, settings={"missing": "zero"}).status == "ok"


def test_duplicates_are_added_up_and_finer_dates_aggregated_only_when_a_frequency_is_given() -> None:
    twice = cleaned([1.0, 2.0, 3.0, 4.0], [MONTHS[0], MONTHS[0], MONTHS[1], MONTHS[2]])
    assert (twice.values.tolist(), twice.flags) == ([3, 3, 4], ("duplicates",))
    monthly = cleaned([1.0] * 60, DAYS, "M")
    assert (monthly.values.tolist(), monthly.flags) == ([31, 29], ("aggregated",))
    four_weeks = [date(2023, 1, 2) + timedelta(weeks=4 * at) for at in range(26)]
    found = cleaned(list(range(26)), four_weeks)
    assert (found.values.tolist(), found.frequency, found.flags) == (list(range(26)), "4W", ())


def test_dates_coarser_than_the_frequency_given_are_no_dates() -> None:
    years = [f"{1990 + at // 12}-01-01" for at in range(60)]
    found = cleaned(range(60), years, "M")
    assert (found.values.tolist(), found.flags) == (list(range(60)), ("irregular_dates",))
    assert one(range(60), years, frequency="M").dates == ()


def test_business_days_have_no_gaps_at_weekends() -> None:
    days = [day for day in DAYS if day.weekday() < 5]
    found = cleaned(np.arange(len(days)), days)
    assert (found.frequency, found.flags, len(found.values)) == ("B", (), len(days))
    [result] = forecast([Series("s", np.arange(len(days)), days)], horizon=2)  # type: ignore[arg-type]
    assert result.dates == ("2024-03-01", "2024-03-04")


def test_mixed_frequencies_are_flagged_and_the_recent_one_counts() -> None:
    dates = [*MONTHS[:20], *(date(2019, 9, 1) + timedelta(days=at) for at in range(30))]
    found = cleaned(np.arange(50), dates)
    assert "mixed_frequencies" in found.flags
    assert (found.frequency, found.values.tolist()) == ("D", list(range(20, 50)))
    given_one = cleaned(np.ones(50), dates, "M")
    assert given_one.values.tolist() == [*[1.0] * 20, 30.0]
    assert set(given_one.flags) >= {"mixed_frequencies", "aggregated"}


def test_hours_that_shops_are_closed_are_gaps_not_another_frequency() -> None:
    hours = [datetime(2024, 1, day, hour) for day in range(1, 20) for hour in range(9, 18)]
    found = cleaned(np.arange(len(hours)), hours)
    assert (found.frequency, found.flags) == ("H", ("gaps", "missing_values", "mostly_missing"))


def test_unsorted_and_irregular_dates() -> None:
    assert cleaned([3.0, 1.0, 2.0], [MONTHS[2], MONTHS[0], MONTHS[1]]).values.tolist() == [1, 2, 3]
    wild = cleaned([1.0, 2.0, 3.0, 4.0], ["2001-01-01", "2001-01-02", "2019-01-03", "2019-01-04"], "H")
    assert (wild.frequency, wild.flags, wild.values.tolist()) == (None, ("irregular_dates",), [1, 2, 3, 4])


def test_dates_in_any_writing_and_some_that_are_none() -> None:
    assert cleaned([1.0, 2.0, 3.0], ["13/1/2024", "14/1/2024", "15/1/2024"]).frequency == "D"
    some = cleaned([1.0, 2.0, 9.0, 3.0], ["2024-01-01", "2024-01-02", "someday", "2024-01-03"])
    assert (some.values.tolist(), some.flags) == ([1, 2, 3], ("unreadable_dates",))
    none = cleaned([1.0, 2.0, 3.0], ["x", "y", np.datetime64("NaT")])
    assert (none.values.tolist(), none.last, none.flags) == ([1, 2, 3], None, ("unreadable_dates",))
    assert cleaned([1.0], [1, 2]).fault == "dates and values differ in number"


@pytest.mark.parametrize(
    ("steps", "values", "flags", "ahead"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 4], (), ("5", "6", "7")),
        ([4, 1, 2, 3], [2, 3, 4, 1], ("unsorted",), ("5", "6", "7")),
        ([10, 20, 40, 50], [1, 2, 2.5, 3, 4], ("gaps", "missing_values"), ("60", "70", "80")),
        ([1, 1, 2, 2], [1, 2, 3, 4], ("repeated_steps",), ()),
        ([1, 2, 3, 100], [1, 2, 3, 4], ("irregular_dates",), ("101", "102", "103")),
        (["1", "2", "3", "4"], [1, 2, 3, 4], (), ("5", "6", "7")),
    ],
)
def test_whole_numbers_count_steps(
    steps: list[Any], values: list[Any], flags: tuple[str, ...], ahead: tuple[str, ...]
) -> None:
    found = cleaned([1.0, 2.0, 3.0, 4.0], steps)
    assert (found.values.tolist(), found.flags) == (values, flags)
    assert one([1.0, 2.0, 3.0, 4.0], steps).dates == ahead


def test_years_are_dates_unless_another_frequency_is_given() -> None:
    assert one([1.0, 2.0, 3.0], [1990, 1991, 1992]).dates == ("1993-01-01", "1994-01-01", "1995-01-01")
    assert one([1.0, 2.0, 3.0], [1990, 1991, 1992], frequency="M").dates == ("1993", "1994", "1995")


def test_names_in_any_script_come_back_as_they_were() -> None:
    names = ["Łódź", "销售", "مبيعات", "=SUM(A1)", "a\u202eb", "🛒", " "]
    assert [found.name for found in forecast({name: [1.0, 2.0] for name in names}, horizon=1)] == names


ANYTHING = st.none() | st.floats() | st.integers(-(10**20), 10**20) | st.text(max_size=3) | st.booleans()
STAMPS = st.none() | st.dates() | st.datetimes() | st.integers(-(10**18), 10**18) | st.text(max_size=10) | st.floats()


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.tuples(ANYTHING, STAMPS), max_size=12), st.sampled_from([None, "Y", "Q", "M", "W", "D", "B", "H"]))
def test_nothing_raises_whatever_comes(rows: list[Any], frequency: str | None) -> None:
    [found] = forecast([Series("s", [v for v, _ in rows], [d for _, d in rows])], horizon=2, frequency=frequency)
    assert found.status in ("ok", "fallback", "failed")
    assert np.isfinite(found.mean).all()
    assert found.status != "failed" or found.reason
    assert len(found.dates) in (0, 2)
