"""`fanfold forecast fit`: a file in, a file out, with no service and no configuration."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fanfold.forecasting import PRESETS, exports, texts
from fanfold.forecasting.notes import Note
from fanfold.forecasts.job import ForecastConfig
from fanfold_command import forecast as command
from fanfold_command import forecast_options
from fanfold_command.fitting import COLUMNS
from tests.unit.client.conftest import Run, Terminal

HEADER = "series_name,step,date,forecast,lo_80,hi_80,lo_95,hi_95,model,confidence,status"


@pytest.fixture(autouse=True)
def nowhere(environ: dict[str, str]) -> None:
    environ.clear()


def history(name: str, length: int = 60) -> list[tuple[str, str, float]]:
    draw = np.random.default_rng(len(name) + ord(name[0]))
    steps = np.arange(length)
    values = 100 + steps + 20 * np.sin(np.pi * steps / 6) + draw.normal(0, 3, length)
    return [(name, f"{2019 + at // 12}-{at % 12 + 1:02d}-01", round(float(v), 2)) for at, v in enumerate(values)]


def written(path: Path, *names: str, extra: str = "", header: str = "series_name,date,value") -> Path:
    rows = [row for name in names for row in history(name)]
    path.write_text(header + "\n" + "".join(f"{n},{d},{v}\n" for n, d, v in rows) + extra)
    return path


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    return written(tmp_path / "sales.csv", "north", "south")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_the_file_has_each_step_of_each_series_in_order(sales: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out.csv"
    ran = run("forecast", "fit", str(sales), "--horizon", "3", "--frequency", "M", "--format", "csv", "--out", str(out))
    assert ran.code == 0, ran.err
    assert out.read_text(encoding="utf-8-sig").splitlines()[0] == HEADER
    found = rows(out)
    assert [(row["series_name"], row["step"], row["date"]) for row in found] == [
        (name, str(step), f"2024-0{step}-01") for name in ("north", "south") for step in (1, 2, 3)
    ]
    for row in found:
        low, narrow, mean, wide, high = (float(row[key]) for key in ("lo_95", "lo_80", "forecast", "hi_80", "hi_95"))
        assert low <= narrow <= mean <= wide <= high
        assert row["status"] == "ok"
    said = dict(line.split("\t", 1) for line in ran.out.splitlines())
    assert (said["series"], said["succeeded"], said["failed"], said["flaws"]) == ("2", "2", "0", "0")
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize(("first", "date"), [("{}", "61"), ("", ""), ("period {}", "")])
def test_dates_may_be_numbers_or_absent_or_labels(first: str, date: str, tmp_path: Path, run: Run) -> None:
    lines = [f"a,{first.format(at)},{v}" for at, (_, _, v) in enumerate(history("a"), 1)]
    (tmp_path / "in.csv").write_text("unique_id,ds,y\n" + "\n".join(lines))
    ran = run(
        "forecast",
        "fit",
        f"{tmp_path}/in.csv",
        "--horizon",
        "1",
        "--frequency",
        "monthly",
        "--out",
        f"{tmp_path}/o.csv",
    )
    assert ran.code == 0, ran.err
    [row] = rows(tmp_path / "o.csv")
    assert row["date"] == date
    dated = written(tmp_path / "dated.csv", "a")
    run("forecast", "fit", str(dated), "--horizon", "1", "--frequency", "M", "--out", f"{tmp_path}/d.csv")
    assert rows(tmp_path / "d.csv")[0]["forecast"] == row["forecast"]


def test_every_format_is_written(sales: Path, tmp_path: Path, run: Run) -> None:
    for form in exports.names():
        ending = "csv" if form == "erp" else form
        out = tmp_path / f"out.{ending}"
        told = ["--format", form] if form == "erp" else []
        ran = run("forecast", "fit", str(sales), "--horizon", "2", "--out", str(out), *told, "--language", "it")
        assert ran.code == 0, ran.err
        assert f"format\t{form}\n" in ran.out
        assert out.stat().st_size > 0
    erp = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert erp == "serie_name,model_selected,confidence_score,forecast_day,forecast_value"


def run_json(run: Run, sales: Path, tmp_path: Path, *more: str) -> dict[str, Any]:
    ran = run("forecast", "fit", str(sales), "--horizon", "2", "--out", f"{tmp_path}/j.csv", "--json", *more)
    return json.loads(ran.out)


def test_the_summary_is_json_when_asked(sales: Path, tmp_path: Path, run: Run) -> None:
    with sales.open("a") as file:
        file.write("bad,2024-01-01,much\n,2024-01-01,5\n")
    found = run_json(run, sales, tmp_path)
    assert {column.name for column in COLUMNS} < set(found)
    assert (found["series"], found["succeeded"], found["failed"], found["flaws"]) == (3, 2, 1, 2)
    assert sum(found["models"].values()) == 3
    assert "Combination" not in found["models"]
    assert found["problems"] == [
        "line 123: field series_name: the series has no name",
        "line 122: field value: 'much' is no number",
        "series bad: no observation",
    ]
    picked = run(
        "forecast", "fit", str(sales), "--horizon", "2", "--out", f"{tmp_path}/j.csv", "--json", "series,failed"
    )
    assert json.loads(picked.out) == {"series": 3, "failed": 1}
    strict = run("forecast", "fit", str(sales), "--horizon", "2", "--out", f"{tmp_path}/j.csv", "--exit-status")
    assert (strict.code, "line 122" in strict.err) == (1, True)


def test_what_was_judged_about_the_series_is_told_with_the_option_against_it(tmp_path: Path, run: Run) -> None:
    months = [f"{2020 + at // 12}-{at % 12 + 1:02d}-01" for at in range(36)]
    shapes = {
        "ended": [50 + at % 3 for at in range(24)] + [0] * 12,
        "new": [0] * 29 + [50 + at % 3 for at in range(7)],
        "spike": [50 + at % 3 for at in range(35)] + [9000],
        "shift": [50 + at % 3 for at in range(30)] + [500 + at for at in range(6)],
        "below": [-50 - at % 3 for at in range(36)],
        "plain": [50 + at % 3 for at in range(36)],
    }
    source = tmp_path / "in.csv"
    lines = [
        f"{name},{day},{value}" for name, values in shapes.items() for day, value in zip(months, values, strict=True)
    ]
    source.write_text("series_name,date,value\n" + "\n".join(lines) + "\n")
    found = run_json(run, source, tmp_path, "--lead-time", "2")
    for told in (
        "as zero, without stock advice (1 series: ended); this is uncertain, --no-life-detection settles it",
        "before the first sale are left out (1 series: new); this is uncertain, --no-life-detection settles it",
        "are replaced before the fit (1 series: spike); this is uncertain, --keep-outliers settles it",
        "to the last level (1 series: shift); this is uncertain, --keep-outliers settles it",
        "a thin history (1 series: new)",
        "no stock advice (1 series: below); this is uncertain, --non-negative settles it",
    ):
        assert any(str(Note(**note)).endswith(told) for note in found["notes"]), told
    kept = run_json(run, source, tmp_path, "--keep-outliers", "--no-life-detection")
    assert not any("zero" in note or "replaced" in note for note in kept["notes"])


def test_settings_reach_the_engine(sales: Path, tmp_path: Path, run: Run) -> None:
    options = ["--models-to-try", "2", "--lead-time", "2", "--service-level", "0.9", "--validation-split", "0.25"]
    options += ["--preset", "retail", "--hooks", "whole_units", "--levels", "50", "--season", "12", "--any-sign"]
    out = tmp_path / "out.json"
    ran = run("forecast", "fit", str(sales), "--horizon", "2", "--out", str(out), *options)
    assert ran.code == 0, ran.err
    found = json.loads(out.read_text())["north"]
    assert all(value == round(value) for value in found["forecast"])
    assert set(found["intervals"]) == {"50"}
    assert found["stock"]["lead_time"] == 2
    assert found["stock"]["service_level"] == 0.9
    assert len(found["weights"]) == 2
    assert found["backtest"]["held_back"] == 15


def test_other_inputs(sales: Path, tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    written(folder / "east.csv", "x", header="series_name,date,value")
    (folder / "west.csv").write_text("date,sales\n" + "".join(f"{d},{v}\n" for _, d, v in history("w")))
    out = str(tmp_path / "o.csv")
    assert run("forecast", "fit", str(folder), "--horizon", "1", "--out", out).code == 0
    assert [row["series_name"] for row in rows(Path(out))] == ["x", "west"]
    piped = run("forecast", "fit", "-", "--horizon", "1", "--out", out, stdin=sales.read_bytes())
    assert (piped.code, len(rows(Path(out)))) == (0, 2)
    odd = tmp_path / "odd.csv"
    odd.write_text("shop;when;sold\n" + "".join(f"{n};{d};{str(v).replace('.', ',')}\n" for n, d, v in history("a")))
    told = ["--column", "name=shop", "--column", "date=when", "--column", "value=sold", "--delimiter", ";"]
    assert run("forecast", "fit", str(odd), "--horizon", "1", "--out", out, *told, "--decimal", ",").code == 0
    assert [row["series_name"] for row in rows(Path(out))] == ["a"]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", [], "the file is empty"),
        ("a,2024-01-01,5\nb,2024-01-01,6\n", [], "no column names but data"),
        ("name,date\na,2024-01-01\n", [], "there is no column for value"),
        ("name,value\na,1\n", ["--frequency", "moon"], "no frequency 'moon'"),
        ("name,value\na,1\n", ["--levels", "80,x"], "whole numbers with commas"),
        ("name,value\na,1\n", ["--levels", "100"], "between 0 and 100"),
        ("name,value\na,1\n", ["--service-level", "2"], "service_level can't be 2.0"),
        ("name,value\na,1\n", ["--models", "oracle"], "models can't be"),
        ("name,value\na,1\n", ["--format", "pdf"], "'pdf' is not one of"),
        ("name,value\na,1\n", ["--column", "price=x"], "write it as name="),
        ("name,value\na,1\n", ["--input-format", "sas"], "no format 'sas'"),
        ("name,value\na,1\n", ["--horizon", "0"], "0 is not in the range"),
    ],
)
def test_what_can_not_be_done_says_why_and_leaves_no_file(
    text: str, options: list[str], said: str, tmp_path: Path, run: Run
) -> None:
    (tmp_path / "in.csv").write_text(text)
    ran = run("forecast", "fit", f"{tmp_path}/in.csv", "--horizon", "2", "--out", f"{tmp_path}/out.csv", *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["in.csv"]


def test_no_forecast_at_all_is_exit_code_1_and_a_missing_folder_2(tmp_path: Path, run: Run) -> None:
    (tmp_path / "in.csv").write_text("name,value\na,x\nb,y\n")
    ran = run("forecast", "fit", f"{tmp_path}/in.csv", "--horizon", "2", "--out", f"{tmp_path}/out.csv")
    assert ran.code == 1
    assert [row["status"] for row in rows(tmp_path / "out.csv")] == ["failed", "failed"]
    ran = run("forecast", "fit", f"{tmp_path}/in.csv", "--horizon", "2", "--out", f"{tmp_path}/no/out.csv")
    assert (ran.code, "No such file" in ran.err) == (2, True)


@pytest.mark.parametrize("name", ["M", "MS", "ME", "monthly", "Month", "mensile"])
def test_frequencies_by_any_name(name: str, sales: Path, tmp_path: Path, run: Run) -> None:
    ran = run("forecast", "fit", str(sales), "--horizon", "1", "--frequency", name, "--out", f"{tmp_path}/o.csv")
    assert (ran.code, rows(tmp_path / "o.csv")[0]["date"]) == (0, "2024-01-01")


def test_on_a_terminal_there_is_a_bar_with_the_success_rate(
    sales: Path, tmp_path: Path, run: Run, terminal: Terminal
) -> None:
    with terminal.shown():
        assert run("forecast", "fit", str(sales), "--horizon", "1", "--out", f"{tmp_path}/o.csv").code == 0
    assert "2 of 2 series, 100 % succeeded" in terminal.text
    assert "succeeded    2" in terminal.text


def test_the_same_bytes_on_several_processes(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanfold.forecasting.parallel.WORTH", 1)
    source = written(tmp_path / "in.csv", *"abcdefgh", extra="i,2024-01-01,1\nj,2024-01-01,x\n")
    for workers in ("1", "2"):
        out = f"{tmp_path}/{workers}.csv"
        options = ["--workers", workers, "--chunk", "3", "--out", out]
        assert run("forecast", "fit", str(source), "--horizon", "4", *options).code == 0
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    assert [row["series_name"] for row in rows(tmp_path / "1.csv") if row["step"] in ("1", "")] == list("abcdefghij")


def test_what_help_lists_is_what_there_is() -> None:
    assert tuple(sorted(PRESETS)) == forecast_options.PRESETS
    assert set(exports.names()) <= set(command.FORMATS)
    assert texts.names() == command.LANGUAGES  # type: ignore[attr-defined]
    assert ForecastConfig().horizon == forecast_options.HORIZON


def test_what_was_decided_is_said_and_stands_in_the_record_the_report_and_the_workbook(
    tmp_path: Path, run: Run
) -> None:
    from openpyxl import load_workbook

    source = tmp_path / "verkauf.csv"
    months = [f"01.{at % 12 + 1:02}.{2021 + at // 12}" for at in range(36)]
    source.write_text("Artikel;Datum;Menge\n" + "".join(f"A;{day};1.{at:03}\n" for at, day in enumerate(months)))
    given = ["forecast", "fit", str(source), "--horizon", "3", "-o"]
    ran = run(*given, str(tmp_path / "out.html"), "--json", "notes")
    [mark] = [note for note in json.loads(ran.out)["notes"] if note["code"] == "decimal_mark"]
    assert (mark["column"], mark["option"], mark["certain"]) == ("Menge", "--decimal", False)
    assert "Menge: numbers have a decimal comma" in ran.err
    report = (tmp_path / "out.html").read_text()
    assert "What was decided about the file" in report
    assert mark["evidence"] in report
    run(*given, str(tmp_path / "out.xlsx"))
    rows = list(load_workbook(tmp_path / "out.xlsx")["Notes"].iter_rows(values_only=True))
    assert rows[0] == ("code", "column", "decision", "evidence", "option", "certain")
    assert ("decimal_mark", "Menge", "no") in [(row[0], row[1], row[5]) for row in rows[1:]]
