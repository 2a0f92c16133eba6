"""`fanfold forecast actuals` and its kin: any file that `fit` reads, sent as observations, and told row by row."""

import json
from pathlib import Path

import pytest
from openpyxl import Workbook

from fanfold.forecasting.readers import read
from fanfold_command import comparing
from tests.unit.client.conftest import Run
from tests.unit.client.service import Service


@pytest.fixture
def job(service: Service) -> str:
    return str(service.batch("f1")["id"])


def wide(path: Path, **series: tuple[float, ...]) -> str:
    dates = [f"2024-0{month}-01" for month in range(1, 1 + max(map(len, series.values())))]
    lines = [["date", *series], *(map(str, row) for row in zip(dates, *series.values(), strict=True))]
    path.write_text("\n".join(map(",".join, lines)))
    return str(path)


def sent(service: Service) -> list[tuple[str, str | None, float]]:
    every = (each for _, body in service.asked for each in body["observations"])
    return [(each["series"], each.get("date"), each["value"]) for each in every]


def test_each_actual_is_a_row_with_the_verdict(service: Service, run: Run, job: str, tmp_path: Path) -> None:
    ran = run("forecast", "actuals", job, wide(tmp_path / "march.csv", a=(101, 99, 100), b=(150, 105, 30)), "--header")
    assert ran.code == 0, ran.err
    header, *rows = [line.split("\t") for line in ran.out.splitlines()]
    assert header[:8] == ["series", "date", "forecast", "actual", "error", "outside", "refit", "why"]
    assert rows[3][:8] == ["b", "2024-01-01", "100.0", "150.0", "50.0", "True", "True", "2 of 3 outside"]
    assert [row[5] for row in rows] == ["False"] * 3 + ["True", "False", "True"]
    said = "6 values of 2 series compared, 2 outside of the 95 % interval; 1 series to refit; kept for the next edition"
    assert said in ran.err
    assert sent(service)[0] == ("a", "2024-01-01", 101)
    (step, *_) = json.loads(run("forecast", "actuals", job, f"{tmp_path}/march.csv", "--json", "series,why").out)
    assert step == {"series": "a", "why": "0 of 3 outside"}
    assert len(service.noted) == 1


def test_a_workbook_of_orders_is_read_as_the_forecasts_file_was(
    service: Service, run: Run, job: str, tmp_path: Path
) -> None:
    service.batches[job]["config"] = {"frequency": "M", "columns": {"name": "Artikel"}, "preset": "retail"}
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(("Buchungsdatum", "Artikel", "Menge"))
    for month, day in ((1, 3), (1, 28), (2, 3), (2, 28)):
        sheet.append((f"2024-0{month}-{day:02d}", "a", day))
    book.save(tmp_path / "orders.xlsx")
    ran = run("forecast", "observe", job, f"{tmp_path}/orders.xlsx")
    assert ran.code == 0, ran.err
    assert sent(service) == [("a", "2024-01-01", 31), ("a", "2024-02-01", 31)]
    said = dict(line.split("\t", 1) for line in ran.out.splitlines())
    assert (said["series"], said["observations"], said["kept"]) == ("1", "2", "2")


def test_names_that_it_does_not_have_are_refused_unless_they_are_new(
    service: Service, run: Run, job: str, tmp_path: Path
) -> None:
    file = wide(tmp_path / "typo.csv", a=(1, 2, 3), xa=(1, 2, 3))
    refused = run("forecast", "actuals", job, file)
    assert (refused.code, service.noted) == (3, {})
    assert "no series 'xa'" in refused.err
    ran = run("forecast", "actuals", job, file, "--new-series")
    assert "nothing to compare with, new or without a step for the dates: xa" in ran.err


def test_a_long_file_goes_in_portions_none_before_all_names_are_known(
    service: Service, run: Run, job: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "MOST_SERIES", 2)
    series = dict.fromkeys(("a", "b", "c", "d", "e"), (100.0, 100.0, 100.0))
    refused = run("forecast", "actuals", job, wide(tmp_path / "long.csv", **series, x=(1, 1, 1)))
    assert (refused.code, service.noted) == (3, {})
    ran = run("forecast", "actuals", job, wide(tmp_path / "long.csv", **series))
    assert "15 values of 5 series compared" in ran.err
    assert [len(body["observations"]) for what, body in service.asked if what == "actuals"] == [6, 6, 3]


def test_what_is_before_a_date_can_be_left_out_and_nothing_kept(
    service: Service, run: Run, job: str, tmp_path: Path
) -> None:
    file = wide(tmp_path / "all.csv", a=(1, 2, 3))
    ran = run("forecast", "actuals", job, file, "--since", "2024-03-01", "--dry-run")
    assert (sent(service), service.noted) == ([("a", "2024-03-01", 3)], {})
    assert "nothing is kept (--dry-run)" in ran.err
    none = run("forecast", "observe", job, file, "--since", "2025-01-01")
    assert (none.code, "has no value since 2025-01-01" in none.err) == (2, True)
    wrong = run("forecast", "observe", job, file, "--since", "soon")
    assert (wrong.code, "'soon' is no date" in wrong.err) == (2, True)


def test_what_a_month_alone_does_not_show_is_as_the_forecasts_file_had_it(
    service: Service, run: Run, job: str, tmp_path: Path
) -> None:
    rows = "".join(f"a;{day}/02/2024;1.{day}0,5\n" for day in range(10, 29))
    (tmp_path / "sales.csv").write_text("item;date;qty\n" + rows)
    reading = read(tmp_path / "sales.csv")
    list(reading)
    service.notes = [note.record() for note in reading.notes]
    (tmp_path / "march.csv").write_text("item|date|qty\na|01/03/2024|1.040\n")
    assert run("forecast", "observe", job, f"{tmp_path}/march.csv").code == 0
    assert run("forecast", "observe", job, f"{tmp_path}/march.csv", "--month-first", "--decimal", ".").code == 0
    assert sent(service) == [("a", "2024-03-01", 1040), ("a", "2024-01-03", 1.04)]


def test_posts_are_listed_and_taken_back(service: Service, run: Run, job: str, tmp_path: Path) -> None:
    run("forecast", "observe", job, wide(tmp_path / "one.csv", a=(1, 2, 3)))
    (post,) = service.noted
    listed = run("forecast", "observations", job)
    assert listed.out.split("\t")[::2] == [post, "3\n"]
    ran = run("forecast", "observations", job, "--delete", post)
    assert (ran.out, service.noted) == ("", {})
    assert f"3 observations of {post} are taken back" in ran.err


def test_a_schedule_and_its_end(service: Service, run: Run, job: str) -> None:
    ran = run("forecast", "schedule", job, "--every", "3", "months")
    assert service.batches[job]["schedule"] == {"every": 3, "unit": "months"}
    assert "schedule\tevery 3 months" in ran.out
    assert "schedule\t\n" in run("forecast", "schedule", job, "--off").out
    for wrong in ([], ["--every", "1", "days", "--off"], ["--every", "1", "fortnights"]):
        assert run("forecast", "schedule", job, *wrong).code == 2


def test_editions_and_which_is_shown(service: Service, run: Run, job: str) -> None:
    service.batch("f2", edition_of=job)
    service.batches[job] |= {"editions": ["f2"], "current": "f2"}
    shown = [line.split("\t") for line in run("forecast", "editions", "f2").out.splitlines()]
    assert [(each[0], each[3]) for each in shown] == [("f1", "False"), ("f2", "True")]
    back = run("forecast", "editions", job, "--show", "f1", "--json", "id,shown")
    assert json.loads(back.out) == [{"id": "f1", "shown": True}, {"id": "f2", "shown": False}]
