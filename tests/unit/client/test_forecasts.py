"""`fanfold forecast submit` and its kin: what they send, what they print into a pipe, how they exit."""

import json
from pathlib import Path

import click
import pytest

from fanfold_client import Forecast
from fanfold_command.columns.forecasts import FORECAST, FORECASTS
from fanfold_command.forecast import forecast
from tests.unit.client.conftest import Run
from tests.unit.client.service import Service


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "sales.csv"
    path.write_text("series_name,date,value\na,2024-01-01,1\n")
    return str(path)


def lines(out: str) -> dict[str, str]:
    return dict(line.split("\t", 1) for line in out.splitlines())


def test_submit_sends_the_file_with_its_configuration(service: Service, run: Run, file: str) -> None:
    options = ["--horizon", "6", "--preset", "retail", "--lead-time", "2", "--tag", "x", "--set", "alert_below=0.5"]
    ran = run("forecast", "submit", file, *options)
    (body,) = service.bodies.values()
    assert body == {
        "upload": "0/sales.csv",
        "horizon": 6,
        "preset": "retail",
        "lead_time": 2.0,
        "tags": ["x"],
        "alert_below": 0.5,
    }
    assert (ran.code, lines(ran.out)["state"]) == (0, "accepted")


def test_submit_takes_all_that_fit_takes() -> None:
    def named(command: click.Command) -> set[str]:
        return {one.name for one in command.params if isinstance(one, click.Option) and one.name}

    fit, submit = named(forecast.commands["fit"]), named(forecast.commands["submit"])
    assert fit - submit == {"out", "format", "workers"}


def test_submit_sends_what_is_known_about_the_file(service: Service, run: Run, file: str) -> None:
    options = [
        "--column",
        "name=region,sku",
        "--column",
        "value=qty",
        "--decimal",
        ",",
        "--day-first",
        "--end",
        "2024-05",
    ]
    options += [
        "--duplicates",
        "mean",
        "--partial",
        "scale",
        "--missing",
        "zero",
        "--header-row",
        "3",
        "--sheet",
        "Data",
    ]
    run("forecast", "submit", file, *options, "--season", "12,6", "--levels", "50,90", "--models", "theta,ets")
    (body,) = service.bodies.values()
    assert body == {
        "upload": "0/sales.csv",
        "columns": {"name": "region,sku", "value": "qty"},
        **{"decimal": ",", "day_first": True, "end": "2024-05", "duplicates": "mean", "partial": "scale"},
        **{"missing": "zero", "header_row": 3, "sheet": "Data", "season": [12, 6], "levels": [50, 90]},
        "models": ["theta", "ets"],
    }


def test_what_was_decided_about_the_file_is_said(service: Service, run: Run, file: str) -> None:
    service.notes = [{"code": "unit", "detail": "numbers stand without their unit", "column": "Menge", "certain": True}]
    service.states = ["completed"]
    ran = run("forecast", "submit", file, "--wait")
    assert "fanfold: Menge: numbers stand without their unit" in ran.err
    assert "Menge: numbers" in run("forecast", "status", "f1").err


def test_submit_repeated_is_the_same_forecast_unless_it_is_to_be_new(service: Service, run: Run, file: str) -> None:
    ids = [json.loads(run("forecast", "submit", file, "--json", "id", *new).out)["id"] for new in ([], [], ["--new"])]
    assert ids == ["f1", "f1", "f2"]
    assert len(service.objects) == 2


def test_waiting_tells_new_states_and_saves_what_the_files_name_says(
    service: Service, run: Run, file: str, tmp_path: Path
) -> None:
    service.states = ["accepted", "running", "running", "completed"]
    service.objects["html"] = b"<p>report</p>"
    ran = run("forecast", "submit", file, "-o", str(tmp_path / "out.html"))
    assert (tmp_path / "out.html").read_bytes() == b"<p>report</p>"
    shown = lines(ran.out)
    assert (ran.code, shown["state"], shown["series"], shown["succeeded"]) == (0, "completed", "3", "2")
    assert "running 66 % (2 of 3)" in ran.err


@pytest.mark.parametrize(
    ("state", "strict", "code"), [("completed", [], 0), ("completed", ["--exit-status"], 1), ("failed", [], 1)]
)
def test_the_exit_code_tells_the_truth(
    service: Service, run: Run, file: str, state: str, strict: list[str], code: int
) -> None:
    service.states = [state]
    assert run("forecast", "submit", file, "--wait", *strict).code == code


def test_the_state_says_how_many_failed(service: Service, run: Run, file: str) -> None:
    service.states = ["running", "completed"]
    ran = run("forecast", "submit", file, "--wait")
    assert "f1\tcompleted, 1 of 3 failed" in ran.err
    assert lines(ran.out)["state"] == "completed"
    assert lines(ran.out)["outcome"] == "completed, 1 of 3 failed"
    (row,) = run("forecast", "list").out.splitlines()
    assert (row.split("\t")[1], row.split("\t")[-1]) == ("completed", "completed, 1 of 3 failed")
    found = Forecast.model_validate(service._forecast(service.batches["f1"]))
    for columns in (FORECAST, FORECASTS):
        state = next(column for column in columns if column.name == "state")
        assert state.shown is not None
        assert state.shown(found) == "completed, 1 of 3 failed"


def test_status_list_series_and_show(service: Service, run: Run, file: str) -> None:
    run("forecast", "submit", file)
    assert lines(run("forecast", "status", "f1").out)["series"] == "3"
    assert run("forecast", "status", "f1", "--exit-status").code == 1
    assert [line.split("\t")[0] for line in run("forecast", "list").out.splitlines()] == ["f1"]
    row = {"status": "ok", "pattern": "smooth", "model": "theta", "confidence": 0.5}
    service.rows = [{"name": name, **row} for name in "abc"]
    ran = run("forecast", "series", "f1", "--sort", "-confidence", "--status", "ok")
    assert [line.split("\t")[0] for line in ran.out.splitlines()] == ["a", "b", "c"]
    assert service.calls[-1].url.params["sort"] == "-confidence"
    shown = json.loads(run("forecast", "show", "f1", "a/b").out)
    assert (shown["name"], shown["language"]) == ("a/b", None)


def test_export_goes_to_stdout_or_a_file(service: Service, run: Run, file: str, tmp_path: Path) -> None:
    run("forecast", "submit", file)
    service.objects |= {"csv": b"a,1\n", "erp": b"b,2\n"}
    assert run("forecast", "export", "f1").out == "a,1\n"
    run("forecast", "export", "f1", "--format", "erp", "-o", str(tmp_path / "erp.csv"))
    assert (tmp_path / "erp.csv").read_bytes() == b"b,2\n"


def test_steering(service: Service, run: Run, file: str) -> None:
    run("forecast", "submit", file)
    for verb in ("cancel", "retry", "retrain"):
        assert run("forecast", verb, "f1").code == 0
    assert run("forecast", "delete", "f1").code == 2
    assert run("forecast", "delete", "f1", "--yes").code == 0
    assert service.said[-4:] == [f"POST /v1/forecasts/f1/{verb}" for verb in ("cancel", "retry", "retrain")] + [
        "DELETE /v1/forecasts/f1"
    ]
    assert run("forecast", "status", "f9").code == 3


def test_lines_that_were_not_taken_are_listed(service: Service, run: Run, file: str) -> None:
    run("forecast", "submit", file)
    service.objects["rejected"] = b'{"line": 3, "field": "date", "detail": "no date"}\n'
    assert run("forecast", "rejected", "f1").out == "3\tdate\tno date\n"
