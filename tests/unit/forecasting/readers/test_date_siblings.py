"""Dates and periods as people and systems write them, each held to its dates, its frequency and what is said of it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import pytest

from fanfold.forecasting import forecast
from tests.unit.forecasting.readers.reading import MONTHS, codes, table, take

FIRSTS = [date.fromisoformat(f"{month}-01") for month in MONTHS]
ENDS = [(day + timedelta(days=32)).replace(day=1) - timedelta(days=1) for day in FIRSTS]
WEEKS = [date(2022, 1, 3) + timedelta(weeks=at) for at in range(110)]
DAYS = [date(2024, 1, 1) + timedelta(days=at) for at in range(120)]
QUARTERS = [date(year, month, 1) for year in range(2015, 2024) for month in (1, 4, 7, 10)]
HALVES = [date(year, month, 1) for year in range(2010, 2024) for month in (1, 7)]
YEARS = [date(year, 1, 1) for year in range(1990, 2024)]
PERIODS, FISCAL, ORDER, SERIAL = ["periods"], ["fiscal_year"], ["day_first"], ["serial_dates"]
SHORT = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
GERMAN = ("Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")
ITALIAN = (
    *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
    *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
)
FRENCH = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
SPANISH = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
PORTUGUESE = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")
Writing = Callable[[date], object]


def quarter(day: date) -> int:
    return (day.month + 2) // 3


def half(day: date) -> int:
    return (day.month + 5) // 6


def week(pattern: str) -> Writing:
    """With the ISO year as `y`, its last two digits as `s`, the week as `w`."""
    return lambda day: pattern.format(y=day.isocalendar()[0], s=day.isocalendar()[0] % 100, w=day.isocalendar()[1])


def serial(day: date) -> int:
    return (day - date(1899, 12, 30)).days


def named(names: Sequence[str], pattern: str = "{} {}") -> Writing:
    return lambda day: pattern.format(names[day.month - 1], day.year)


WAYS: list[tuple[str, list[date], Writing, str, list[str]]] = [
    ("ISO", FIRSTS, str, "M", []),
    ("ISO with midnight", FIRSTS, lambda d: f"{d}T00:00:00", "M", []),
    ("ISO in UTC", FIRSTS, lambda d: f"{d}T00:00:00Z", "M", []),
    ("compact", FIRSTS, lambda d: f"{d:%Y%m%d}", "M", []),
    ("slashes, year first", FIRSTS, lambda d: f"{d:%Y/%m/%d}", "M", []),
    ("European, points", FIRSTS, lambda d: f"{d:%d.%m.%Y}", "M", ORDER),
    ("European, short", FIRSTS, lambda d: f"{d.day}.{d.month}.{d:%y}", "M", ORDER),
    ("European, slashes", DAYS, lambda d: f"{d:%d/%m/%Y}", "D", ORDER),
    ("American", DAYS, lambda d: f"{d.month}/{d.day}/{d.year}", "D", ORDER),
    ("American, short", DAYS, lambda d: f"{d:%m/%d/%y}", "D", ORDER),
    ("month ends", ENDS, lambda d: f"{d:%d.%m.%Y}", "M", ORDER),
    ("month ends, American", ENDS, lambda d: f"{d:%m-%d-%Y}", "M", ORDER),
    ("a word between", DAYS, lambda d: f"{d.day}-{SHORT[d.month - 1]}-{d:%y}", "D", []),
    ("a word in front", DAYS, lambda d: f'"{SHORT[d.month - 1]} {d.day}, {d.year}"', "D", []),
    ("month, English", FIRSTS, named(SHORT), "M", []),
    ("month, English, short year", FIRSTS, lambda d: f"{SHORT[d.month - 1]}-{d:%y}", "M", []),
    ("month, German", FIRSTS, named(GERMAN), "M", []),
    ("month, Italian", FIRSTS, named(ITALIAN), "M", []),
    ("month, French", FIRSTS, named(FRENCH), "M", []),
    ("month, Spanish", FIRSTS, named(SPANISH, "{}-{}"), "M", []),
    ("month, Portuguese", FIRSTS, named(PORTUGUESE, "{}/{}"), "M", []),
    ("month, Chinese", FIRSTS, lambda d: f"{d.year}年{d.month}月", "M", []),
    ("year-month", FIRSTS, lambda d: f"{d:%Y-%m}", "M", []),
    ("year/month", FIRSTS, lambda d: f"{d:%Y/%m}", "M", []),
    ("month/year", FIRSTS, lambda d: f"{d:%m/%Y}", "M", []),
    ("month.year, unpadded", FIRSTS, lambda d: f"{d.month}.{d.year}", "M", []),
    ("202405", FIRSTS, lambda d: f"{d:%Y%m}", "M", []),
    ("20241 to 202412", FIRSTS, lambda d: f"{d.year}{d.month}", "M", []),
    ("2024M05", FIRSTS, lambda d: f"{d:%YM%m}", "M", []),
    ("SAP's 005.2024", FIRSTS, lambda d: f"{d.month:03}.{d.year}", "M", []),
    ("SAP's 2024005", FIRSTS, lambda d: f"{d.year}{d.month:03}", "M", []),
    ("SAP's 2024.005", FIRSTS, lambda d: f"{d.year}.{d.month:03}", "M", []),
    ("FY24 P05", FIRSTS, lambda d: f"FY{d:%y} P{d.month:02}", "M", FISCAL),
    ("P05 FY2024", FIRSTS, lambda d: f"P{d.month:02} FY{d.year}", "M", FISCAL),
    ("2024P05", FIRSTS, lambda d: f"{d.year}P{d.month:02}", "M", []),
    ("Excel's serial days", FIRSTS, serial, "M", SERIAL),
    ("serial days with .0", FIRSTS, lambda d: f"{serial(d)}.0", "M", SERIAL),
    ("serial days, daily", DAYS, serial, "D", SERIAL),
    ("seconds since 1970", DAYS, lambda d: (d - date(1970, 1, 1)).days * 86400, "D", []),
    ("milliseconds since 1970", DAYS, lambda d: (d - date(1970, 1, 1)).days * 86400000, "D", []),
    ("2024-W05", WEEKS, week("{y}-W{w:02}"), "W", []),
    ("2024W5", WEEKS, week("{y}W{w}"), "W", []),
    ("W05 2024", WEEKS, week("W{w:02} {y}"), "W", []),
    ("W5-24", WEEKS, week("W{w}-{s}"), "W", []),
    ("KW 5/2024", WEEKS, week("KW {w}/{y}"), "W", []),
    ("CW05/24", WEEKS, week("CW{w:02}/{s}"), "W", []),
    ("Week 5 2024", WEEKS, week("Week {w} {y}"), "W", []),
    ("wk05 2024", WEEKS, week("wk{w:02} {y}"), "W", []),
    ("S05 2024 of France", WEEKS, week("Semaine {w} {y}"), "W", []),
    ("2024年第5周", WEEKS, week("{y}年第{w}周"), "W", []),
    ("weeks as 202405", WEEKS, week("{y}{w:02}"), "W", PERIODS),
    ("weeks as 20245 and 202415", WEEKS, week("{y}{w}"), "W", PERIODS),
    ("weeks as 2024-05", WEEKS, week("{y}-{w:02}"), "W", PERIODS),
    ("weeks as 2024/5", WEEKS, week("{y}/{w}"), "W", PERIODS),
    ("weeks as 5/2024", WEEKS, week("{w}/{y}"), "W", PERIODS),
    ("weeks as 05.2024", WEEKS, week("{w:02}.{y}"), "W", PERIODS),
    ("2024Q1", QUARTERS, lambda d: f"{d.year}Q{quarter(d)}", "Q", []),
    ("2024-Q1", QUARTERS, lambda d: f"{d.year}-Q{quarter(d)}", "Q", []),
    ("Q1'24", QUARTERS, lambda d: f"Q{quarter(d)}'{d:%y}", "Q", []),
    ("Q1 2024", QUARTERS, lambda d: f"Q{quarter(d)} {d.year}", "Q", []),
    ("1Q24", QUARTERS, lambda d: f"{quarter(d)}Q{d:%y}", "Q", []),
    ("Q1/2024", QUARTERS, lambda d: f"Q{quarter(d)}/{d.year}", "Q", []),
    ("T1 2024", QUARTERS, lambda d: f"T{quarter(d)} {d.year}", "Q", []),
    ("Q1 FY24", QUARTERS, lambda d: f"Q{quarter(d)} FY{d:%y}", "Q", FISCAL),
    ("FY2024 Q1", QUARTERS, lambda d: f"FY{d.year} Q{quarter(d)}", "Q", FISCAL),
    ("20241", QUARTERS, lambda d: f"{d.year}{quarter(d)}", "Q", []),
    ("2024年第1季度", QUARTERS, lambda d: f"{d.year}年第{quarter(d)}季度", "Q", []),
    ("2024H1", HALVES, lambda d: f"{d.year}H{half(d)}", "6M", []),
    ("H1 2024", HALVES, lambda d: f"H{half(d)} {d.year}", "6M", []),
    ("1H24", HALVES, lambda d: f"{half(d)}H{d:%y}", "6M", []),
    ("S1 2024", HALVES, lambda d: f"S{half(d)} {d.year}", "6M", []),
    ("half-years by date", HALVES, str, "6M", []),
    ("years", YEARS, lambda d: d.year, "Y", []),
    ("years with .0", YEARS, lambda d: f"{d.year}.0", "Y", []),
    ("two weeks", WEEKS[::2], str, "2W", []),
    ("every second month", FIRSTS[::2], str, "2M", []),
    ("Mondays to Fridays", [d for d in DAYS if d.weekday() < 5], str, "B", []),
    ("no Sundays", [d for d in DAYS if d.weekday() != 6], str, "D/1111110", []),
    ("closed on Mondays", [d for d in DAYS if d.weekday() != 0], lambda d: f"{d:%d.%m.%Y}", "D/0111111", ORDER),
]


@pytest.mark.parametrize(
    ("days", "written", "frequency", "said"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS]
)
def test_a_date_is_the_day_that_is_meant(days: list[date], written: Writing, frequency: str, said: list[str]) -> None:
    body = table("sku,date,qty", [("A", written(day), 20 + at % 7) for at, day in enumerate(days)])
    found = take(body)
    assert found.dates("A") == list(map(str, days))
    assert found.flaws == []
    assert codes(body) == said
    [result] = forecast([found.series["A"]], horizon=2, settings={"models_to_try": 1})
    assert result.frequency == frequency
    assert result.dates[0] > str(days[-1])


@pytest.mark.parametrize(
    ("header", "cells", "days"),
    [
        ("Year,Month", lambda d: (d.year, d.month), FIRSTS),
        ("Jahr,Monat", lambda d: (d.year, GERMAN[d.month - 1]), FIRSTS),
        ("anno,mese", lambda d: (d.year, f"{d.month:02}"), FIRSTS),
        ("Fiscal Year,Period", lambda d: (d.year, d.month), FIRSTS),
        ("FY,Month", lambda d: (d.year, SHORT[d.month - 1]), FIRSTS),
        ("year,week", lambda d: d.isocalendar()[:2], WEEKS),
        ("Jahr,KW", lambda d: d.isocalendar()[:2], WEEKS),
        ("Year,ISO Week", lambda d: (d.isocalendar()[0], f"W{d.isocalendar()[1]:02}"), WEEKS),
        ("Year,Quarter", lambda d: (d.year, f"Q{quarter(d)}"), QUARTERS),
        ("annee,trimestre", lambda d: (d.year, quarter(d)), QUARTERS),
    ],
)
def test_a_year_and_its_period_in_two_columns_are_a_date(
    header: str, cells: Callable[[date], tuple[object, ...]], days: list[date]
) -> None:
    body = table(f"sku,{header},qty", [("A", *cells(day), 5 + at % 3) for at, day in enumerate(days)])
    assert take(body).dates("A") == list(map(str, days))
    assert codes(body) == ["year_and_period"]


@pytest.mark.parametrize("pattern", [(4, 4, 5), (4, 5, 4), (5, 4, 4)])
def test_months_of_four_and_five_weeks_go_on_as_they_were(pattern: tuple[int, ...]) -> None:
    days = [date(2021, 1, 4)]
    for at in range(38):
        days.append(days[-1] + timedelta(weeks=pattern[at % 3]))
    found = take(table("sku,period start,qty", [("A", day, 50 + at % 12) for at, day in enumerate(days[:36])]))
    [result] = forecast([found.series["A"]], horizon=3, settings={"models_to_try": 1})
    assert str(result.frequency).split("/")[0] in ("4-4-5", "4-5-4", "5-4-4")
    assert result.dates == tuple(map(str, days[36:39]))


@pytest.mark.parametrize("written", ["{y}{p:02}", "{y}-P{p:02}", "P{p:02} {y}", "{y}/{p:02}"])
def test_thirteen_periods_are_of_four_weeks(written: str) -> None:
    periods = [(year, number) for year in (2021, 2022, 2023) for number in range(1, 14)]
    body = table("sku,period,qty", [("A", written.format(y=y, p=p), 50 + p) for y, p in periods])
    assert codes(body) == PERIODS
    [result] = forecast([take(body).series["A"]], horizon=13, settings={"models_to_try": 1})
    assert result.frequency == "4W"
    assert result.dates[:2] == ("2024-01-01", "2024-01-29")


@pytest.mark.parametrize(
    ("minutes", "frequency"), [(60, "H"), (30, "30min"), (15, "15min"), (10, "10min"), (5, "5min")]
)
@pytest.mark.parametrize("written", ["%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S"])
def test_parts_of_an_hour_are_steps(minutes: int, frequency: str, written: str) -> None:
    times = [datetime(2024, 1, 1) + timedelta(minutes=minutes * at) for at in range(300)]
    found = take(table("meter,time,kWh", [("m", format(time, written), at % 9) for at, time in enumerate(times)]))
    [result] = forecast([found.series["m"]], horizon=1, settings={"models_to_try": 1})
    assert result.frequency == frequency
    assert result.dates == ((times[-1] + timedelta(minutes=minutes)).isoformat(),)


@pytest.mark.parametrize(
    ("night", "hour"), [("2024-10-27", 2), ("2023-10-29", 1), ("2024-11-03", 1), ("2024-04-07", 2)]
)
@pytest.mark.parametrize("steps", [1, 4])
def test_the_doubled_hour_of_an_autumn_night_is_two_hours(night: str, hour: int, steps: int) -> None:
    step = timedelta(hours=1) / steps
    turn = datetime.fromisoformat(night) + timedelta(hours=hour + 1)
    before = [turn - step * at for at in range(40 * steps, 0, -1)]
    after = [turn - timedelta(hours=1) + step * at for at in range(40 * steps)]
    body = table("meter,time,kWh", [("m", f"{time:%Y-%m-%d %H:%M}", at) for at, time in enumerate(before + after)])
    found = take(body)
    assert found.values("m") == list(range(80 * steps))
    even = [after[-1] - step * at for at in range(80 * steps - 1, -1, -1)]
    assert found.dates("m") == [time.isoformat().removesuffix("T00:00:00") for time in even]
    assert codes(body) == ["autumn_hour"]
