"""Every form of the results, read back by somebody else's reader."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fanfold.errors import Invalid
from fanfold.forecasts import SeriesForecast
from fanfold.forecasts.exports import Details, export, form, names
from fanfold.forecasts.records import from_record, to_record
from fanfold.forecasts.texts import explain, recommend
from tests.fakes.forecasts import NASTY, failed, fitted, made, many

STREAMED = ("csv", "erp", "json")
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


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


@pytest.mark.parametrize("format", names())
def test_an_empty_portfolio_has_a_file(format: str) -> None:
    assert written(format, [])
    assert form(format).content_type
    assert form(format).extension


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


@pytest.mark.parametrize("format", STREAMED)
def test_memory_does_not_grow_with_the_portfolio(format: str) -> None:
    export(format, many(10), Buffered())
    tracemalloc.start()
    out = Buffered()
    export(format, many(10_000, horizon=2), out, Details(levels=(80,)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert out.size > 500_000
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
    assert [cell for cell in cells if cell.startswith(FORMULAS)] == []
    assert [cell.removeprefix("'") for cell in cells] == [utf8(name) for name in NASTY]


@pytest.mark.parametrize("format", ["csv", "erp"])
def test_models_named_by_hooks_can_not_become_formulas(format: str) -> None:
    [row] = rows(format, [replace(made(horizon=1), model_selected="=HYPERLINK(1)")])
    assert "'=HYPERLINK(1)" in row.values()


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
