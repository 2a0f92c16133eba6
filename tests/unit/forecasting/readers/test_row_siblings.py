"""Rows as portfolios have them: sales written only when sold, other ends, periods that are not over, duplicates."""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from fanfold.errors import Invalid
from fanfold.forecasting import forecast
from tests.unit.forecasting.readers.reading import MONTHS, codes, table, take

FIRSTS = [f"{month}-01" for month in MONTHS]
LEVEL = [100 + at % 12 * 7 for at in range(36)]
DAYS = [date(2024, 1, 1) + timedelta(days=at) for at in range(180)]
WEEKS = [date(2022, 1, 3) + timedelta(weeks=at) for at in range(100)]
ZEROS, UNKNOWN = ["gaps_are_zeros"], ["gaps_are_unknown"]
Rows = Iterable[tuple[object, ...]]


def long(rows: Rows) -> str:
    return table("sku,date,qty", rows)


def sold(days: list[object], chance: float, items: int = 1) -> tuple[str, dict[str, list[float]]]:
    """A file that has sales alone, and what it means: zeros between them, up to the last sale of any item."""
    draw = random.Random(5)
    demand = {f"p{one}": [draw.randint(1, 4) if draw.random() < chance else 0 for _ in days] for one in range(items)}
    for values in demand.values():
        values[0] = values[-1] = 1
    pairs = ((name, zip(days, values, strict=True)) for name, values in demand.items())
    rows = [(name, day, value) for name, each in pairs for day, value in each if value]
    return long(rows), {name: list(map(float, values)) for name, values in demand.items()}


@pytest.mark.parametrize(
    ("days", "chance", "items"),
    [
        (FIRSTS, 0.25, 1),
        (FIRSTS, 0.25, 6),
        (FIRSTS, 0.6, 6),
        ([f"{day:%d.%m.%Y}" for day in DAYS], 0.3, 4),
        (DAYS, 0.1, 12),
        (DAYS, 0.2, 3),
        (WEEKS, 0.3, 1),
        (WEEKS, 0.2, 5),
        ([f"{w.isocalendar()[0]}-W{w.isocalendar()[1]:02}" for w in WEEKS], 0.4, 3),
        ([f"Q{q} {y}" for y in range(2012, 2024) for q in (1, 2, 3, 4)], 0.5, 4),
        ([day for day in DAYS if day.weekday() < 5], 0.4, 8),
        ([day for day in DAYS if day.weekday() != 6], 0.4, 8),
    ],
)
def test_between_sales_written_only_when_sold_is_nothing(days: list[object], chance: float, items: int) -> None:
    body, demand = sold(days, chance, items)
    found = take(body)
    assert {name: found.values(name) for name in demand} == demand
    assert [code for code in codes(body) if code != "day_first"] == ZEROS
    assert {len(found.dates(name) or []) for name in demand} == {len(days)}


def test_a_wide_table_of_sales_has_blanks_for_zeros() -> None:
    _, demand = sold(FIRSTS, 0.5, 6)  # type: ignore[arg-type]
    rows = [[name, *(int(value) if value else "" for value in values)] for name, values in demand.items()]
    body = table("sku," + ",".join(MONTHS), rows)
    found = take(body)
    assert {name: found.values(name) for name in demand} == demand
    assert codes(body) == ZEROS


def gapped(values: Iterable[object], gone: tuple[str, ...] = ("05", "08", "09")) -> str:
    return long([("A", day, value) for day, value in zip(FIRSTS, values, strict=True) if day[5:7] not in gone])


@pytest.mark.parametrize(
    ("body", "options", "said", "zero"),
    [
        (gapped([value + 0.5 for value in LEVEL]), {}, UNKNOWN, False),
        (gapped([value + 0.5 for value in LEVEL]), {"sold": True}, ZEROS, True),
        (gapped([value + 0.5 for value in LEVEL]), {"missing": "zero"}, [], True),
        (gapped([at % 3 for at in range(36)]), {}, UNKNOWN, False),
        (gapped([-value for value in LEVEL]), {}, UNKNOWN, False),
        (gapped([1 + at % 4 for at in range(36)]), {}, ZEROS, True),
        (gapped([1 + at % 4 for at in range(36)]), {"missing": "line"}, [], False),
        (gapped(LEVEL, ("05",)), {}, [], False),
        (gapped([1 + at % 4 for at in range(36)], ("05",)), {"sold": True}, ZEROS, True),
    ],
)
def test_whether_a_gap_is_a_zero_is_told_by_the_file(
    body: str, options: dict[str, Any], said: list[str], zero: bool
) -> None:
    found = take(body, **options)
    assert codes(body, **options) == said
    assert (found.values("A")[4] == 0) is zero
    [result] = forecast([found.series["A"]], horizon=1, settings={"models_to_try": 1})
    assert (result.frequency, result.dates) == ("M", ("2024-01-01",))


def several(short: dict[str, str], items: str = "ABCDE") -> str:
    """Items whose rows end before a date."""
    rows = [(item, day, value) for item in items for day, value in zip(FIRSTS, LEVEL, strict=True)]
    return long([row for row in rows if row[1] < short.get(row[0], "9")])


def test_a_portfolio_has_one_end_and_nothing_is_forecast_into_the_past() -> None:
    body = several({"B": "2023-11", "C": "2022-02"})
    found = take(body)
    assert codes(body) == ["early_end"]
    for name, one in found.series.items():
        [result] = forecast([one], horizon=1, settings={"models_to_try": 1})
        assert result.dates == ("2024-01-01",), name
    assert found.values("B")[-2:] == LEVEL[22:24]
    assert found.values("C")[13:] == [0.0] * 23


def test_values_that_are_no_counts_go_on_as_they_were() -> None:
    rows = [(item, day, value + 0.25) for item in "ABC" for day, value in zip(FIRSTS, LEVEL, strict=True)]
    body = long([row for row in rows if row[0] != "C" or str(row[1]) < "2023-06"])
    assert take(body).values("C")[-7:] == [value + 0.25 for value in LEVEL[17:24]]


@pytest.mark.parametrize("end", ["2023-06-01", "2023-06", "2023-06-30", "6/2023", "June 2023"])
def test_an_end_can_be_told(end: str) -> None:
    found = take(several({}), end=end)
    assert {found.dates(name)[-1] for name in found.series} == {"2023-06-01"}  # type: ignore[index]
    assert codes(several({}), end=end) == ["late_end"]


def test_what_goes_on_beyond_the_end_of_most_is_left_out_and_said() -> None:
    body = several(dict.fromkeys("BCDE", "2023-12"))
    found = take(body)
    assert found.dates("A") == FIRSTS[:35]
    assert codes(body) == ["late_end"]


def test_a_series_that_goes_on_for_long_keeps_its_own_end() -> None:
    body = several(dict.fromkeys("BCDE", "2023-05"))
    assert take(body).dates("A") == FIRSTS
    assert codes(body) == ["own_end"]


@pytest.mark.parametrize("slip", ["2204-05-01", "2032-12-01"])
def test_a_slip_of_the_pen_is_no_end(slip: str) -> None:
    body = several({}) + f"A,{slip},3\n"
    found = take(body)
    assert found.dates("A") == FIRSTS
    assert codes(body) == ["late_end"]


def test_series_without_a_common_end_keep_their_own_and_that_is_said() -> None:
    body = several({item: f"20{21 + at // 2}-{1 + at:02}" for at, item in enumerate("CDEFG", 2)}, "CDEFG")
    assert "ends_differ" in codes(body)


def orders(last: date = date(2024, 6, 12)) -> list[tuple[object, ...]]:
    return [("A", day, 2) for day in DAYS if day <= last]


@pytest.mark.parametrize(
    ("partial", "last", "said"),
    [
        ("drop", 62.0, ["aggregated", "partial_period"]),
        ("keep", 24.0, ["aggregated", "partial_period"]),
        ("scale", 60.0, ["aggregated", "partial_period"]),
    ],
)
def test_a_last_period_that_is_not_over_is_found(partial: str, last: float, said: list[str]) -> None:
    body = long(orders())
    options = {"frequency": "M", "partial": partial}
    assert take(body, **options).values("A")[-1] == pytest.approx(last)
    assert codes(body, **options) == said


@pytest.mark.parametrize(
    ("frequency", "last", "partial"),
    [
        ("M", date(2024, 5, 31), False),
        ("M", date(2024, 5, 30), False),
        ("M", date(2024, 6, 20), True),
        ("W", date(2024, 6, 9), False),
        ("W", date(2024, 6, 12), True),
        ("Q", date(2024, 6, 1), False),
    ],
)
def test_a_period_that_is_over_stays(frequency: str, last: date, partial: bool) -> None:
    assert ("partial_period" in codes(long(orders(last)), frequency=frequency)) is partial


def test_month_ends_show_a_month_that_is_not_over() -> None:
    ends = [date.fromisoformat(day) - timedelta(days=1) for day in FIRSTS[1:]]
    rows = [("A", day, 5) for day in [*ends, date(2023, 12, 12)]]
    assert codes(long(rows)) == ["partial_period"]
    assert take(long(rows)).dates("A")[-1] == "2023-11-30"  # type: ignore[index]


def test_orders_at_any_date_are_put_together_and_share_their_dates() -> None:
    draw = random.Random(2)
    begun = date(2023, 1, 1)
    rows = [(f"i{one}", begun + timedelta(days=draw.randrange(500)), 5) for one in range(3) for _ in range(25)]
    found = take(long(rows))
    assert "orders" in codes(long(rows))
    assert {one.frequency for one in found.series.values()} == {"M"}
    dates = [found.dates(name) or [] for name in found.series]
    assert all(day.endswith("-01") for each in dates for day in each)
    assert len({each[-1] for each in dates}) == 1


@pytest.mark.parametrize("frequency", ["M", "W", "Q"])
def test_orders_are_put_on_the_calendar_of_the_frequency_asked_for(frequency: str) -> None:
    rows = [(item, day + timedelta(days=shift), 1) for item, shift in (("A", 0), ("B", 3)) for day in DAYS[::5]]
    found = take(long(rows), frequency=frequency)
    ends = {(found.dates(name) or [""])[-1] for name in found.series}
    assert len(ends) == 1
    day = date.fromisoformat(ends.pop())
    assert day.day == 1 if frequency != "W" else day.weekday() == 0


DOUBLED = long([*[("A", day, value) for day, value in zip(FIRSTS, LEVEL, strict=True)], ("A", FIRSTS[3], 7)])


@pytest.mark.parametrize(("way", "value"), [("sum", 128.0), ("mean", 64.0), ("last", 7.0)])
def test_duplicates_are_told_and_put_together_as_asked(way: str, value: float) -> None:
    found = take(DOUBLED, duplicates=way)
    [result] = forecast([found.series["A"]], horizon=1, settings={"models_to_try": 1})
    assert result.history[3] == value
    assert codes(DOUBLED, duplicates=way) == ["duplicates"]


def test_duplicates_can_be_an_error_that_names_series_and_line() -> None:
    with pytest.raises(Invalid) as refused:
        take(DOUBLED, duplicates="error")
    assert refused.value.flaws[0].model_dump(include={"line", "field", "detail"}) == {
        "line": 38,
        "field": "A",
        "detail": "2021-04-01 was there before",
    }


def test_rows_that_are_there_twice_are_said_to_be_the_same() -> None:
    rows = [("A", day, value) for day, value in zip(FIRSTS, LEVEL, strict=True)]
    assert "duplicates are added up" in take(long([*rows, rows[0], rows[1]])).notes[0]


def test_a_series_of_another_frequency_is_left_as_it_is() -> None:
    rows = [(item, day, value) for item in "ABC" for day, value in zip(FIRSTS, LEVEL, strict=True)]
    rows += [("Q", day, 9) for day in FIRSTS if day[5:7] in ("01", "04", "07", "10")]
    body = long(rows)
    found = take(body)
    [result] = forecast([found.series["Q"]], horizon=1, settings={"models_to_try": 1})
    assert (found.values("Q"), result.frequency, result.dates) == ([9.0] * 12, "Q", ("2024-01-01",))
    assert codes(body) == []


def test_the_frequency_is_the_portfolios_also_for_a_series_too_short_to_show_one() -> None:
    body = several({}) + "N,2023-11-01,5\nN,2023-12-01,6\n"
    [result] = forecast([take(body).series["N"]], horizon=2)
    assert result.dates == ("2024-01-01", "2024-02-01")


def test_no_sundays_in_the_file_none_in_the_forecast() -> None:
    rows = [(item, day, 5 + day.weekday()) for item in "AB" for day in DAYS if day.weekday() != 6]
    found = take(long(rows))
    [result, _] = forecast(list(found.series.values()), horizon=14, settings={"models_to_try": 1})
    assert all(date.fromisoformat(day).weekday() != 6 for day in result.dates)
    assert len(result.dates) == 14


def test_series_of_different_frequencies_are_each_left_to_themselves() -> None:
    rows = [("M", day, value) for day, value in zip(FIRSTS, LEVEL, strict=True)]
    rows += [("D", str(day), 1 + day.day % 3) for day in DAYS]
    found = take(long(rows))
    results = forecast(list(found.series.values()), horizon=1, settings={"models_to_try": 1})
    assert [one.frequency for one in results] == ["M", "D"]
    assert codes(long(rows)) == []


def test_a_day_that_is_not_over_is_found_among_hours() -> None:
    hours = [f"{DAYS[at // 24]} {at % 24:02}:00" for at in range(20 * 24 + 5)]
    body = long([("A", hour, 1) for hour in hours])
    assert "partial_period" in codes(body, frequency="D")
    assert take(body, frequency="D").values("A") == [24.0] * 20


def test_an_item_that_sells_now_and_then_has_zeros_also_beside_others_that_always_sell() -> None:
    rows = [("F", day, value) for day, value in zip(FIRSTS, LEVEL, strict=True)]
    demand = [4, 0, 0, 2, 0, 6, 0, 0, 3, 0, 5, 0]
    rows += [("P", day, value) for day, value in zip(FIRSTS, demand, strict=False) if value]
    found = take(long(rows))
    assert found.values("P") == [*map(float, demand), *[0.0] * 24]
    assert codes(long(rows)) == ZEROS


def test_one_zero_among_many_gaps_does_not_say_where_nothing_was_sold() -> None:
    rows = [("P", day, 2 + at % 3) for at, day in enumerate(FIRSTS) if at % 5 in (0, 3)] + [("P", "2021-03-01", 0)]
    assert codes(long(rows)) == ZEROS


def test_rare_orders_of_one_item_are_put_together_by_month() -> None:
    months = [(at, day) for at, day in enumerate(FIRSTS) if at % 12 in (0, 3, 5, 8, 10)]
    rows = [("P", f"{3 + at % 20:02}.{day[5:7]}.{day[:4]}", 1 + at % 4) for at, day in months]
    found = take(long(rows))
    assert found.series["P"].frequency == "M"
    assert {"orders", "gaps_are_zeros"} <= set(codes(long(rows)))
