"""Dates, numbers and bytes, decided over whole columns."""

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.errors import Invalid
from fanfold.forecasting.date_texts import ALONE, bare
from fanfold.forecasting.dates import NUMERIC, Dates
from fanfold.forecasting.periods import period
from fanfold.forecasting.readers._numbers import MISSING, Numbers  # type: ignore[attr-defined]
from tests.unit.forecasting.readers.reading import Pipe, take


def days(*cells: object, **options: Any) -> tuple[list[str | None], list[str]]:
    column = Dates(**options)
    for cell in cells:
        column.see(cell)  # type: ignore[arg-type]
    column.decide()
    parsed = [column.parse(cell) for cell in cells]  # type: ignore[arg-type]
    return [None if one is None else str(one).removesuffix(" 00:00:00") for one in parsed], [
        f"{each.detail}: {each.evidence}" for each in column.notes
    ]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024-03-05", "2024-03-05"),
        ("2024-03-05T06:07", "2024-03-05 06:07:00"),
        ("2024-03-05 06:07:08.5", "2024-03-05 06:07:08.500000"),
        ("2024-03-05T06:07:08Z", "2024-03-05 06:07:08"),
        ("2024/3/5", "2024-03-05"),
        ("2024.03.05", "2024-03-05"),
        ("2024-03", "2024-03-01"),
        ("03/2024", "2024-03-01"),
        ("2024Q2", "2024-04-01"),
        ("Q2 2024", "2024-04-01"),
        ("2024-Q2", "2024-04-01"),
        ("2024M03", "2024-03-01"),
        ("2024-W10", "2024-03-04"),
        ("2024年3月5日", "2024-03-05"),
        ("2024年3月", "2024-03-01"),
        ("5 March 2024", "2024-03-05"),
        ("5-Mar-24", "2024-03-05"),
        ("March 5, 2024", "2024-03-05"),
        ("Mar-24", "2024-03-01"),
        ("mar. 2024", "2024-03-01"),
        ("marzo 2024", "2024-03-01"),
        ("5 de marzo de 2024", "2024-03-05"),
        ("août 2024", "2024-08-01"),
        ("1er juillet 2024", "2024-07-01"),
        ("giugno 2024", "2024-06-01"),
        ("2024 Dez", "2024-12-01"),
        ("13/3/2024 2:05 PM", "2024-03-13 14:05:00"),
        ("2024-02-30", None),
        ("tomorrow", None),
        ("V12", None),
        ("Period 12", None),
    ],
)
def test_a_date_however_it_is_written(text: str, date: str | None) -> None:
    assert days(text)[0] == [date]


@pytest.mark.parametrize(
    ("cells", "first", "why"),
    [
        (("3/4/2024", "13/4/2024"), "2024-04-03", "day first: the other order does not fit"),
        (("3/4/2024", "3/13/2024"), "2024-03-04", "month first: the other order does not fit"),
        (("1/3/2024", "1/4/2024", "1/5/2024"), "2024-03-01", "day first: the first number never changes"),
        (("3/1/2024", "4/1/2024", "5/1/2024"), "2024-03-01", "month first: the second number never changes"),
        (("3/4/2024", "5/6/2024"), "2024-03-04", "month first: nothing in the column tells"),
        (("3.4.2024", "5.6.2024"), "2024-04-03", "day first: with points between them"),
    ],
)
def test_the_whole_column_tells_days_from_months(cells: tuple[str, ...], first: str, why: str) -> None:
    found, [note] = days(*cells)
    assert found[0] == first
    assert why in note


def test_both_orders_in_one_column_are_said_and_the_caller_has_the_last_word() -> None:
    found, [note] = days("3/14/2024", "14/3/2024", "1/2/2024")
    assert found == [None, "2024-03-14", "2024-02-01"]
    assert "both orders occur" in note
    assert days("1/2/2024", day_first=True)[0] == ["2024-02-01"]
    assert days("1/2/2024", day_first=False)[0] == ["2024-01-02"]


@pytest.mark.parametrize(
    ("cells", "options", "dates"),
    [
        ((1990, 1991), {}, ["1990-01-01", "1991-01-01"]),
        (("1990", "1991"), {"years": False}, ["1990", "1991"]),
        ((1, 2, 1990), {}, ["1", "2", "1990"]),
        (("202401", "202402"), {}, ["2024-01-01", "2024-02-01"]),
        ((20240131, 20240201), {}, ["2024-01-31", "2024-02-01"]),
        ((1704067200,), {}, ["2024-01-01"]),
        ((1704067200000,), {}, ["2024-01-01"]),
        ((45292, 45292.5), {"origin": "1899-12-30T00:00:00"}, ["2024-01-01", "2024-01-01 12:00:00"]),
        ((45292, 45293), {}, ["2024-01-01", "2024-01-02"]),
        ((145292, 145293), {}, ["145292", "145293"]),
        ((3.0, 4.0), {}, ["3", "4"]),
    ],
)
def test_numbers_are_dates_if_all_of_them_can_be(
    cells: tuple[object, ...], options: dict[str, Any], dates: list[str]
) -> None:
    assert days(*cells, **options)[0] == dates


def numbers(*cells: object, **options: Any) -> tuple[list[float], list[str]]:
    column = Numbers(**options)
    for cell in cells:
        column.see(cell)  # type: ignore[arg-type]
    column.decide()
    return [column.parse(cell) for cell in cells], [each.detail for each in column.notes]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cells", "worth"),
    [
        (("1.5", "-2", "+3e2"), [1.5, -2.0, 300.0]),
        (("1,5", "2"), [1.5, 2.0]),
        (("1.234,5", "1.234"), [1234.5, 1234.0]),
        (("1,234.5", "1,234"), [1234.5, 1234.0]),
        (("1,234", "5"), [1234.0, 5.0]),
        (("0,125", "1,250"), [0.125, 1.25]),
        (("1,234,567",), [1234567.0]),
        (("1.234.567", "1,5"), [1234567.0, 1.5]),
        (("1 234,5", "1\u202f234"), [1234.5, 1234.0]),
        (("1'234.5",), [1234.5]),
        (("(1,234.50)",), [-1234.5]),
        (("€ 5.20", "5.20 €", "$5"), [5.2, 5.2, 5.0]),
        (("\u22125", "\uff15"), [-5.0, 5.0]),
        ((7, 7.5, True), [7.0, 7.5, 1.0]),
    ],
)
def test_numbers_however_they_are_written(cells: tuple[object, ...], worth: list[float]) -> None:
    assert numbers(*cells)[0] == worth


def test_a_comma_in_doubt_follows_the_delimiter_and_the_caller() -> None:
    assert numbers("1,234", likely_comma=True)[0] == [1.234]
    assert numbers("1,234", decimal=",")[0] == [1.234]
    assert numbers("1,234", likely_comma=True, decimal=".")[0] == [1234.0]
    assert numbers("1,234")[1] == ["numbers have a decimal point: commas set thousands apart"]


@pytest.mark.parametrize("cell", ["five", "1_000", "1,5,", "1 2", "12,34.5", "1.2.3"])
def test_what_is_no_number_is_none(cell: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        numbers("1.5", "2.5", cell)


@pytest.mark.parametrize("cell", [None, "", "NaN", " n/a ", "#N/A", "NULL", "-", "?", *sorted(MISSING)[:5]])
def test_a_missing_value_has_many_spellings(cell: str | None) -> None:
    [found], _ = numbers(cell)
    assert found != found


CITY = "date,Città,b\n2024-01-01,1,2\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_are_found(encoding: str, line_end: str) -> None:
    found = take(CITY.replace("\n", line_end).encode(encoding))
    assert (found.values("Città"), found.flaws) == ([1.0], [])


def test_windows_text_is_read_and_said_and_other_encodings_can_be_told() -> None:
    found = take("date,b\n2024-01-01,1\n2024-01-02,2\n".replace("b", "Città").encode("cp1252"))
    assert found.values("Città") == [1.0, 2.0]
    assert found.flaws[0][:2] == (1, "encoding")
    assert take("date,销量\n2024-01-01,5\n".encode("gb18030"), encoding="gb18030", columns={"value": "销量"}).count == 1
    with pytest.raises(Invalid, match="not ascii"):
        take(CITY, encoding="ascii")
    with pytest.raises(Invalid, match="not klingon"):
        take(CITY, encoding="klingon")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(delimiter: str) -> None:
    text = 'name,date,value\n"a;b,c|d",2024-01-01,1.5\ne,2024-01-01,2\n'
    lines = [line.split(",", 0) for line in text.splitlines()]
    quoted = "\n".join(
        line[0].replace('"a;b,c|d"', "§").replace(",", delimiter).replace("§", '"a;b,c|d"') for line in lines
    )
    assert list(take(quoted).series) == ["a;b,c|d", "e"]
    assert list(take(f"sep={delimiter}\n{quoted}").series) == ["a;b,c|d", "e"]


def test_a_wrong_delimiter_says_what_it_sees() -> None:
    with pytest.raises(Invalid, match="the columns are: name,date,value"):
        take("name,date,value\na,2024-01-01,1\n", delimiter=";")


def test_decimal_commas_in_semicolon_files() -> None:
    found = take("name;date;value\na;1.2.2024;1.234,5\na;1.3.2024;2,25\n")
    assert found.values("a") == [1234.5, 2.25]
    assert found.dates("a") == ["2024-02-01", "2024-03-01"]


def test_an_open_quote_does_not_swallow_the_rest() -> None:
    rows = "".join(f"b,2024-01-01,{i}\n" for i in range(3))
    found = take('name,date,value\na,2024-01-01,1\nb" x,2024-01-01,2\n' + rows)
    assert {"a", "b", 'b" x'} == set(found.series)


def test_a_stream_that_only_goes_forwards_is_enough() -> None:
    assert take(Pipe(CITY.encode())).values("b") == [2.0]
    assert take(BytesIO(CITY.encode())).values("b") == [2.0]


def test_a_whole_column_is_read_at_once() -> None:
    cells = ["2024-01-31", "31/1/2024", None, "w/c 2024-03-04", "2024-W05"]
    one_by_one = Dates()
    for cell in cells:
        one_by_one.see(cell)
    one_by_one.decide()
    assert Dates().read(cells) == [one_by_one.parse(cell) for cell in cells]


def test_no_iso_day_is_a_period_or_a_date_in_numbers() -> None:
    days = [f"{year}-{month:02d}-{day:02d}" for year in (1021, 2024) for month in range(100) for day in range(100)]
    assert [day for day in days if period(day) or NUMERIC.fullmatch(day)] == []


@given(st.from_regex(ALONE, fullmatch=True))
def test_nothing_stands_around_a_date_in_one_word_that_begins_with_a_digit(text: str) -> None:
    assert bare(text, lambda rest: rest != text) == text
