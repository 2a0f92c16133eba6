"""Long, wide and loose tables of text, as people keep them."""

import csv
from io import StringIO
from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.errors import Invalid
from tests.examples import examples
from tests.unit.forecasting.readers.reading import Pipe, take

LONG = "{},{},{}\na,2024-01-01,1\nb,2024-01-01,2\na,2024-02-01,3\n"


@pytest.mark.parametrize(
    "names",
    [
        ("series_name", "date", "value"),
        ("unique_id", "ds", "y"),
        ("Series", "TIMESTAMP", "Target"),
        ("ID", "Day", "Quantity"),
        (" name ", "date", "sales"),
        ("nome serie", "data", "quantità"),
        ("nombre", "fecha", "ventas"),
        ("produit", "mois", "quantité"),
        ("序列", "日期", "数量"),
        ("shop", "date", "y"),
        ("unique_id", "ds", "whatever"),
    ],
)
def test_long_tables_are_known_by_their_columns(names: tuple[str, str, str]) -> None:
    found = take(LONG.format(*names))
    assert found.flaws == []
    assert list(found.series) == ["a", "b"]
    assert found.values("a") == [1.0, 3.0]
    assert found.dates("a") == ["2024-01-01", "2024-02-01"]
    assert found.count == 2


def test_columns_can_be_told() -> None:
    text = "shop,product,when,n1,n2\nx,p,2024-01-01,5,1\ny,p,2024-01-01,6,0\n"
    with pytest.raises(Invalid, match="the columns are: shop, product, when, n1, n2"):
        take(text)
    found = take(text, columns={"name": "shop", "date": "when", "value": "N1"})
    assert (found.values("x"), found.values("y")) == ([5.0], [6.0])
    assert found.notes == ["columns that are not used: product, n2"]
    with pytest.raises(Invalid, match="no column 'profit'"):
        take(text, columns={"value": "profit"})


def test_a_group_comes_along() -> None:
    found = take("name,date,value,group\na,2024-01-01,1,north\nb,2024-01-01,1,\n")
    assert (found.series["a"].group, found.series["b"].group) == ("north", None)


def test_one_column_a_series() -> None:
    found = take("date,Łódź,销售,b\n2024-01-01,1,5,\n2024-02-01,2,,7\n")
    assert list(found.series) == ["Łódź", "销售", "b"]
    assert found.values("销售") == [5.0, None]
    assert found.dates("b") == ["2024-01-01", "2024-02-01"]


def test_a_first_column_of_dates_needs_no_name() -> None:
    found = take(",A,B\n2024-01-01,1,2\n2024-01-02,3,4\n".replace(",A", "when,A", 1))
    assert found.values("B") == [2.0, 4.0]
    assert found.dates("A") == ["2024-01-01", "2024-01-02"]


def test_one_row_a_series_with_dates_above() -> None:
    found = take("sku,Jan 2024,Feb 2024,Mar 2024\nA,1,2,3\nB,4,,\n")
    assert found.dates("A") == ["2024-01-01", "2024-02-01", "2024-03-01"]
    assert found.values("B") == [4.0, 0.0, 0.0]  # nothing was sold: the file says no 0 anywhere
    assert take("sku,Jan 2024,Feb 2024,Mar 2024\nA,1,2,3\nB,4,,\n", missing="line").values("B")[0] == 4.0


def test_one_row_a_series_with_steps_above_as_in_m4() -> None:
    found = take('"V1","V2","V3","V4"\n"H1",605,586,586\n"H2",3124,2990,\n'.replace('"V1"', '"id"'))
    assert (found.values("H1"), found.dates("H1")) == ([605.0, 586.0, 586.0], None)
    assert found.values("H2") == [3124.0, 2990.0]


def test_a_single_series_takes_the_files_name() -> None:
    assert take("date,sales\n2024-01-01,5\n", "north.csv").values("north") == [5.0]
    assert take("value\n5\n6\n", "loose.txt").values("loose") == [5.0, 6.0]
    assert take("a,b\n5,7\n6,8\n").values("b") == [7.0, 8.0]


def test_without_dates_the_order_counts() -> None:
    found = take("unique_id,y\na,1\nb,9\na,2\n")
    assert (found.values("a"), found.dates("a")) == ([1.0, 2.0], None)
    labels = take("unique_id,ds,y\na,first,1\na,second,2\n")
    assert (labels.values("a"), labels.dates("a"), labels.flaws) == ([1.0, 2.0], None, [])
    assert labels.notes == ["nothing in ds is a date: the order counts"]
    some = take("unique_id,ds,y\na,2024-01-01,1\nb,,2\nb,,3\n")
    assert (some.dates("a"), some.dates("b"), some.values("b")) == (["2024-01-01"], None, [2.0, 3.0])


def test_integers_count_steps() -> None:
    found = take("unique_id,ds,y\na,1,5\na,2,6\na,3,7\n")
    assert found.dates("a") == ["1", "2", "3"]
    assert found.notes == ["the dates are whole numbers: they give the order alone"]


def test_some_series_have_dates_and_others_numbers() -> None:
    found = take("unique_id,ds,y\na,2024-01-01,5\nb,1,6\na,7,9\nb,2,7\nc,x,8\nc,,9\n")
    assert (found.dates("a"), found.values("a")) == (["2024-01-01"], [5.0])
    assert (found.dates("b"), found.values("b")) == (["1", "2"], [6.0, 7.0])
    assert (found.dates("c"), found.values("c")) == (None, [8.0, 9.0])
    assert [flaw[:2] for flaw in found.flaws] == [(4, "ds"), (6, "ds")]


def test_a_bad_line_is_named_and_takes_nothing_with_it() -> None:
    text = (
        "series_name,date,value\na,2024-01-01,1\na,31/31/2024,2\na,2024-01-03,much\n ,2024-01-04,4\na,2024-01-05,5,6\n"
    )
    found = take(text + "a,2024-01-06,6\nb,soon,1\n")
    assert sorted(found.flaws, key=lambda flaw: flaw[0] or 0) == [
        (3, "date", "'31/31/2024' is no date"),
        (4, "value", "'much' is no number"),
        (5, "series_name", "the series has no name"),
        (6, None, "4 fields where the header has 3; a comma inside a field needs quotes around it"),
        (8, "date", "'soon' is no date, nor are the others of the series: their order counts"),
    ]
    assert found.values("a") == [1.0, None, 6.0]
    assert (found.values("b"), found.dates("b")) == ([1.0], None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ("series_name,date,value\n", "a header and nothing below it"),
        ("series_name,date\na,2024-01-01\n", "no column for value"),
        ("a,2024-01-01,5\nb,2024-01-01,6\n", "no column names but data: a, 2024-01-01, 5"),
        ("2024-01-01,5\n2024-01-02,6\n", "no column names but data"),
        ("place,colour\nx,red\ny,blue\n", "no column for name, date and value"),
        ("name,date,value,value\na,2024-01-01,1,2\n", "two columns are called 'value'"),
        ("date," + ",".join(f"c{i}" for i in range(10**5 + 1)) + "\n1\n", "more than 100,000"),
    ],
)
def test_what_is_no_portfolio_says_why(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        take(text)
    assert refused.value.flaws


def test_a_million_columns_are_refused_before_they_are_held() -> None:
    with pytest.raises(Invalid, match="line 1 is longer than"):
        take(Pipe(b"date," + b"column," * 2_000_000 + b"\n1,2\n"))


def test_a_column_or_row_that_comes_twice_is_left_out_and_said() -> None:
    columns = take("date,A,B,A\n2024-01-01,1,2,3\n")
    assert columns.values("A") == [1.0]
    assert columns.flaws == [(1, "A", "a second column of that name is left out")]
    rows = take("name,2024-01-01,2024-02-01\nA,1,2\nB,5,6\nA,3,4\n")
    assert rows.values("A") == [1.0, 2.0]
    assert rows.flaws == [(4, "A", "the series was in line 2 before: this row is left out")]


def test_pandas_index_is_no_series() -> None:
    assert list(take("Unnamed: 0,date,A\n0,2024-01-01,5\n1,2024-01-02,6\n").series) == ["A"]


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=12)
NUMBERS = st.lists(st.none() | st.floats(-1e12, 1e12, allow_nan=False), min_size=1, max_size=8)


@settings(max_examples=examples(60), deadline=None)
@given(
    portfolio=st.dictionaries(TEXTS, NUMBERS, min_size=1, max_size=5),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    data=st.data(),
)
def test_what_is_written_long_is_read_again(
    portfolio: dict[str, list[float | None]], delimiter: str, encoding: str, data: st.DataObject
) -> None:
    start = np.datetime64("2020-01-01")
    rows = [(name, str(start + at), value) for name, values in portfolio.items() for at, value in enumerate(values)]
    kept = data.draw(st.permutations(rows))
    text = StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["series_name", "date", "value"])
    writer.writerows((name, day, "" if value is None else repr(value)) for name, day, value in kept)
    found = take(text.getvalue().encode(encoding), end=str(start + max(map(len, portfolio.values())) - 1))
    assert found.flaws == []
    assert found.series.keys() == portfolio.keys()
    for name, values in portfolio.items():
        one = found.series[name]
        order = np.argsort(one.dates)  # type: ignore[arg-type]
        read = [None if isnan(value) else value for value in np.asarray(one.values)[order]]
        end = max((at for at, value in enumerate(values) if value is not None), default=len(values) - 1) + 1
        assert read[:end] == values[:end]  # behind it a series is carried on to the portfolio's end
        assert [str(day)[:10] for day in np.asarray(one.dates)[order]][:end] == [str(start + at) for at in range(end)]
