"""Every form of the results, read back by somebody else's reader."""

import csv
import io
import json
import re
import tracemalloc
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import cycle, islice
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from pyarrow import parquet

from fanfold.cells import harmless, is_formula
from fanfold.errors import Invalid
from fanfold.forecasting import SeriesForecast
from fanfold.forecasting.exports import Details, export, form, names, opened
from fanfold.forecasting.exports.xlsx import ForecastXlsxExport
from fanfold.forecasting.notes import Note
from fanfold.forecasting.records import from_record, to_record
from fanfold.forecasting.texts import explain, recommend
from tests.examples import examples
from tests.fakes.forecasting import NASTY, failed, fitted, made, many


def written(format: str, results: Iterable[SeriesForecast], details: Details | None = None) -> bytes:
    out = io.BytesIO()
    export(format, results, out, details or Details())
    assert not out.closed
    return out.getvalue()


def rows(format: str, results: Iterable[SeriesForecast], details: Details | None = None) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(format, results, details).decode(), newline="")))


def utf8(name: str) -> str:
    return name.encode(errors="replace").decode()


@pytest.mark.parametrize("format", names())
def test_the_same_results_give_the_same_bytes_also_from_records(format: str) -> None:
    results = [*fitted(), failed(), made()]
    stored = [from_record(json.loads(json.dumps(to_record(one)))) for one in results]
    details = Details(title="March", horizon=6, levels=(80, 95), created_at="2026-03-01")
    once = written(format, iter(results), details)
    assert once == written(format, results, details)
    assert once == written(format, iter(stored), details)


def test_all_forms_in_one_pass_are_as_each_by_itself() -> None:
    results, notes = [failed(), replace(made("undated"), dates=()), *many(130), made()], [Note("a", "b")]
    outs: dict[str, io.BytesIO] = {name: io.BytesIO() for name in names()}
    told: list[Note] = []
    with opened([(form(name), out) for name, out in outs.items()], Details(notes=told)) as add:
        for one in results:
            add([to_record(one)])
        told += notes
    alone = {name: written(name, results, Details(notes=notes)) for name in names()}
    assert {name: out.getvalue() for name, out in outs.items()} == alone


def test_a_record_of_an_older_release_is_made_whole() -> None:
    record = to_record(made())
    del record["stock"]["position"], record["stock"]["order_quantity"], record["lead_model"], record["attention"]
    out = io.BytesIO()
    with opened([(form("json"), out)], Details()) as add:
        add([record])
    assert out.getvalue() == written("json", [made()])


@pytest.mark.parametrize("format", names())
def test_an_empty_portfolio_has_a_file(format: str) -> None:
    assert written(format, [])
    assert form(format).content_type
    assert form(format).extension


@pytest.mark.parametrize("format", names())
def test_steps_may_be_numbered_instead_of_dated(format: str) -> None:
    found = written(format, [replace(made(), dates=("101", "102", "103"), frequency=None)])
    if format in ("erp", "csv", "json", "html"):
        assert b"103" in found
    elif format == "parquet":
        assert parquet.read_table(io.BytesIO(found))["date"].null_count == 3


@pytest.mark.parametrize("format", names())
def test_results_are_taken_once(format: str) -> None:
    taken: list[str] = []

    def results() -> Iterator[SeriesForecast]:
        for one in many(20):
            taken.append(one.name)
            yield one

    written(format, results())
    assert taken == [one.name for one in many(20)]


def test_an_unknown_format_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="'pdf'; there are csv, erp") as refused:
        export("pdf", [], io.BytesIO(), Details())
    assert refused.value.flaws[0].field == "format"


@pytest.mark.parametrize(("format", "count"), [("erp", 3000), ("csv", 3000), ("json", 500)])
def test_memory_does_not_grow_with_the_portfolio(format: str, count: int) -> None:
    export(format, many(10), Buffered())  # type: ignore[arg-type]
    results = islice(cycle(list(many(10, horizon=1))), count)
    tracemalloc.start()
    out = Buffered()
    export(format, results, out, Details(levels=(80,)))  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert out.size > 30 * count
    assert peak < 1_000_000


class Buffered(io.RawIOBase):
    """A file that keeps nothing."""

    def __init__(self) -> None:
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self.size += len(part)
        return len(part)


# erp


def test_erp_has_exactly_its_columns_and_a_row_a_step() -> None:
    text = written("erp", [made(), failed()]).decode()
    assert text.splitlines() == [
        "serie_name,model_selected,confidence_score,forecast_day,forecast_value",
        "made,Combination,0.8333,2026-01-01,100",
        "made,Combination,0.8333,2026-02-01,101",
        "made,Combination,0.8333,2026-03-01,102",
    ]


def test_erp_counts_steps_where_there_are_no_dates() -> None:
    found = rows("erp", [replace(made(), dates=())])
    assert [row["forecast_day"] for row in found] == ["1", "2", "3"]


# csv


def test_csv_has_one_pair_of_columns_a_level() -> None:
    found = rows("csv", [made(levels=(50, 99))])
    head = ["series_name", "step", "date", "forecast", "lo_50", "hi_50", "lo_99", "hi_99"]
    assert list(found[0]) == [*head, "model", "confidence", "status"]
    assert found[1] == {
        **{"series_name": "made", "step": "2", "date": "2026-02-01", "forecast": "101"},
        **{"lo_50": "96", "hi_50": "106", "lo_99": "91.1", "hi_99": "110.9"},
        **{"model": "Combination", "confidence": "0.8333", "status": "ok"},
    }


def test_csv_takes_its_levels_from_the_first_result_that_has_any() -> None:
    found = rows("csv", [failed(), made(levels=(80,)), made("other", levels=())])
    assert [name for name in found[0] if "_8" in name or "_9" in name] == ["lo_80", "hi_80"]
    assert (found[0]["status"], found[0]["forecast"], found[0]["lo_80"]) == ("failed", "", "")
    assert (found[-1]["forecast"], found[-1]["hi_80"]) == ("102", "")


def test_csv_without_intervals_has_no_columns_for_them() -> None:
    assert list(rows("csv", [made(levels=())])[0])[3:5] == ["forecast", "model"]


def test_a_failed_series_has_one_row() -> None:
    [row] = rows("csv", [failed("bad")])
    assert row["series_name"] == "bad"
    assert (row["step"], row["date"], row["forecast"], row["status"]) == ("", "", "", "failed")


def test_numbers_are_plain_and_negative_ones_stay_numbers() -> None:
    mean = np.array([-1234567.5, 1e-7, 123456789012345.0])
    found = rows("csv", [replace(made(levels=()), mean=mean)])
    assert [row["forecast"] for row in found] == ["-1234567.5", "0.0000001", "123456789000000"]


@pytest.mark.parametrize("format", ["csv", "erp"])
def test_names_can_not_become_formulas_and_come_back(format: str) -> None:
    found = rows(format, [made(name, horizon=1) for name in NASTY])
    key = "series_name" if format == "csv" else "serie_name"
    cells = [row[key] for row in found]
    assert [cell for cell in cells if is_formula(cell)] == []
    assert [cell.removeprefix("'") for cell in cells] == [utf8(name) for name in NASTY]


ANY_NAME = st.text(st.characters(codec=None), max_size=20)


@settings(max_examples=examples(60), deadline=None)
@given(ANY_NAME, ANY_NAME)
def test_any_name_comes_back_from_every_text_form(name: str, model: str) -> None:
    one = replace(made(name, horizon=1), model_selected=model)
    [row] = rows("csv", [one])
    assert not is_formula(row["series_name"])
    assert not is_formula(row["model"])
    assert row["series_name"] == harmless(utf8(name))
    assert list(json.loads(written("json", [one]))) == [utf8(name)]


@settings(max_examples=examples(15), deadline=None)
@given(ANY_NAME)
def test_any_name_can_be_in_a_workbook(name: str) -> None:
    cells = book([made(name, horizon=1)])["Forecasts"]["A"]
    assert cells[-1].data_type in ("s", "n")
    assert cells[-1].value is None if name == "" else cells[-1].value


@pytest.mark.parametrize("format", ["csv", "erp"])
def test_models_named_by_hooks_can_not_become_formulas(format: str) -> None:
    [row] = rows(format, [replace(made(horizon=1), model_selected="=HYPERLINK(1)")])
    assert "'=HYPERLINK(1)" in row.values()


# xlsx


def book(results: Iterable[SeriesForecast], details: Details | None = None) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(written("xlsx", results, details)))


def table(sheet: Any) -> list[dict[str, Any]]:
    head, *body = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in body]


def test_excel_has_its_sheets_and_charts_drawn_from_cells() -> None:
    found = book([made(), failed(), *many(20)], Details(title="March", preset="retail", created_at="2026-03-01"))
    assert found.sheetnames == ["Summary", "Forecasts", "Models", "Confidence", "Advice", "Total"]
    assert [len(found[name]._charts) for name in found.sheetnames] == [3, 1, 1, 2, 0, 0]
    values = [
        series.val.numRef.f
        for name in found.sheetnames
        for c in found[name]._charts
        for series in c.series
        if series.val
    ]
    assert "Forecasts!$D$2:$D$4" in values
    assert all(re.fullmatch(r"(Summary|Forecasts)!\$[A-K]\$\d+(:\$[A-K]\$\d+)?", value) for value in values)


def test_excels_sheets_hold_the_results() -> None:
    found = book([made(), failed()])
    rows = table(found["Forecasts"])
    assert len(rows) == 4
    assert (rows[1]["series_name"], rows[1]["step"], rows[1]["date"], rows[1]["forecast"]) == (
        "made",
        2,
        datetime(2026, 2, 1),
        101,
    )
    assert (rows[1]["lo_80"], rows[1]["hi_95"], rows[3]["forecast"], rows[3]["status"]) == (93, 110.5, None, "failed")
    assert [(row["model"], row["weight"], row["backtest_error"]) for row in table(found["Models"])] == [
        ("Theta (12)", 0.625, 4.2),
        ("SARIMA (12)", 0.375, 4.4),
    ]
    [one, other] = table(found["Confidence"])
    assert (one["confidence"], one["expected_error"], one["error_against_naive"]) == (0.83333, 0.05, 0.8)
    assert (other["status"], other["reason"], other["expected_error"]) == ("failed", "no observation", None)
    [advice, _] = table(found["Advice"])
    assert (advice["reorder_point"], advice["business_recommendation"]) == (324.5, recommend(made()))


def test_excels_summary_counts() -> None:
    lines = {row[0]: row[1:] for row in book(many(70))["Summary"].iter_rows(values_only=True)}
    assert [lines[key][0] for key in ("Series", "Forecast", "Fallbacks", "Failed")] == [70, 48, 12, 10]
    bins = [lines[f"{10 * i}% \N{EN DASH} {10 * i + 10}%"][0] for i in range(10)]
    assert sum(bins) == 60
    assert lines["Error against naive"][0] == pytest.approx(0.8)
    assert lines["Theta (12)"] == (60, 0.625)


def test_full_sheets_go_on_in_another_and_summary_says_so() -> None:
    out = io.BytesIO()
    with opened([(ForecastXlsxExport(rows=50), out)], Details()) as add:
        add([to_record(one) for one in many(70)])
    found = openpyxl.load_workbook(out)
    assert found.sheetnames[:7] == [
        "Summary",
        "Forecasts",
        "Models",
        "Confidence",
        "Advice",
        "Forecasts 2",
        "Forecasts 3",
    ]
    sheets = [found[name] for name in found.sheetnames if name.startswith("Forecasts")]
    assert {sheet.max_row for sheet in sheets[:-1]} == {50}
    assert {sheet["A1"].value for sheet in sheets} == {"series_name"}
    assert sum(sheet.max_row - 1 for sheet in sheets) == 60 * 12 + 10
    assert f"Forecasts \N{HORIZONTAL ELLIPSIS} Forecasts {len(sheets)}" in [
        cell.value for cell in found["Summary"]["B"]
    ]


def test_excel_holds_names_as_texts_and_never_as_formulas() -> None:
    names = [name for name in NASTY if name.strip()]
    found = book([made(name, horizon=1) for name in names])
    cells = [cell for sheet in found for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n", "d"}
    column = list(found["Forecasts"]["A"][1:])
    assert [unescape(cell.value).replace("\r", "\n") for cell in column] == [
        utf8(name).replace("\r", "\n") for name in names
    ]
    assert [bool(cell.quotePrefix) for cell in column] == [is_formula(name) for name in names]
    assert all(isinstance(cell.value, int | float) for cell in found["Forecasts"]["D"][1:])


# parquet


def test_parquet_is_typed_and_keeps_names() -> None:
    found = parquet.read_table(io.BytesIO(written("parquet", [failed(), *(made(name) for name in NASTY)])))
    assert [str(field.type) for field in found.schema] == [
        *("string", "int32", "timestamp[ms]", "double", "double", "double", "double", "double"),
        *("string", "double", "string"),
    ]
    rows = found.to_pylist()
    assert (rows[0]["step"], rows[0]["date"], rows[0]["forecast"], rows[0]["status"]) == (None, None, None, "failed")
    assert [row["series_name"] for row in rows[1::3]] == [utf8(name) for name in NASTY]
    assert (rows[2]["forecast"], rows[2]["lo_80"], rows[2]["date"]) == (101.0, 93.0, datetime(2026, 2, 1))


def test_parquet_is_written_in_row_groups() -> None:
    found = parquet.ParquetFile(io.BytesIO(written("parquet", many(6000))))
    assert found.metadata.num_rows == 6000 * 12 - 857 * 11
    assert found.metadata.num_row_groups == 2


def test_parquet_without_intervals_or_dates() -> None:
    found = parquet.read_table(io.BytesIO(written("parquet", [replace(made(levels=()), dates=())])))
    assert found.column_names == ["series_name", "step", "date", "forecast", "model", "confidence", "status"]
    assert found["date"].null_count == 3


# json


def test_json_is_keyed_by_series_and_starts_with_what_importers_read() -> None:
    found = json.loads(written("json", [made(), failed()]))
    assert list(found) == ["made", "broken"]
    one = found["made"]
    assert (one["model"], one["confidence"], one["pattern"], one["forecast"]) == (
        "Combination",
        0.8333,
        "seasonal",
        [100.0, 101.0, 102.0],
    )
    assert one["business_recommendation"] == recommend(made())
    assert one["explanation"] == explain(made())
    assert one["intervals"]["80"] == {"low": [92.0, 93.0, 94.0], "high": [108.0, 109.0, 110.0]}
    assert one["stock"]["reorder_point"] == 324.5
    assert one["dates"] == ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert (found["broken"]["status"], found["broken"]["forecast"]) == ("failed", [])
    assert found["broken"]["reason"] == "no observation"


def test_json_speaks_the_language_asked_for() -> None:
    found = json.loads(written("json", [made()], Details(language="zh")))
    assert found["made"]["business_recommendation"] == recommend(made(), "zh")
    with pytest.raises(Invalid, match="no language 'xx'"):
        written("json", [made()], Details(language="xx"))


def test_json_has_no_nan() -> None:
    odd = replace(made(), mean=np.array([1.0, np.nan, np.inf]), expected_error=float("nan"))

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    found = json.loads(written("json", [odd]), parse_constant=refuse)
    assert found["made"]["forecast"] == [1.0, None, None]


def test_json_keeps_any_name() -> None:
    found = json.loads(written("json", [made(name) for name in NASTY]))
    assert list(found) == [utf8(name) for name in NASTY]


def test_excel_totals_the_portfolio_and_is_printed_one_page_wide() -> None:
    found = book([made(), made("other"), failed()])
    rows = table(found["Total"])
    assert [(row["date"], row["forecast"], row["series"]) for row in rows[:2]] == [
        (datetime(2026, 1, 1), 200, 2),
        (datetime(2026, 2, 1), 202, 2),
    ]
    for sheet in found.worksheets[1:]:
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    advice = found["Advice"]
    wrapped = {cell.value: advice.cell(2, cell.column).alignment.wrap_text for cell in advice[1]}
    assert wrapped["explanation"]
    assert wrapped["business_recommendation"]
    assert "flags" in table(found["Confidence"])[0]


def test_an_erp_file_has_one_kind_of_date() -> None:
    undated = replace(made("undated"), dates=())
    for order in ([undated, made()], [made(), undated]):
        rows = list(csv.DictReader(io.StringIO(written("erp", order).decode("utf-8-sig"))))
        days = {
            name: {row["forecast_day"] for row in rows if row["serie_name"] == name} for name in ("made", "undated")
        }
        assert days["undated"] == {""}
        assert "2026-01-01" in days["made"]
    rows = list(csv.DictReader(io.StringIO(written("erp", [undated]).decode("utf-8-sig"))))
    assert [row["forecast_day"] for row in rows][:2] == ["1", "2"]
    night = replace(made("night"), dates=tuple(f"2026-01-0{day}T06:00:00" for day in range(1, 1 + len(made().mean))))
    rows = list(csv.DictReader(io.StringIO(written("erp", [night, made()]).decode("utf-8-sig"))))
    assert {len(row["forecast_day"]) for row in rows} == {len("2026-01-01T06:00:00")}
