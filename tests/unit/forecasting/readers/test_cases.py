"""Files that planners have, each with the forecast that shows how it has to be read: `tests/cases/forecast-files`."""

import csv
import shlex
from pathlib import Path

import pytest

from fanfold_command import main

FOLDER = Path(__file__).parents[3] / "cases" / "forecast-files"
CASES = [line.split("\t") for line in (FOLDER / "expect.tsv").read_text().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(
    ("file", "options", "series", "date", "expected"), [case[:5] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_file_is_read_as_its_owner_means_it(
    file: str,
    options: str,
    series: str,
    date: str,
    expected: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out.csv"
    told = [] if options == "-" else shlex.split(options)
    given = ["forecast", "fit", str(FOLDER / file), "--horizon", "6", "--format", "csv", "-o", str(out), *told]
    assert main(given) == 0
    if expected.startswith("says:"):
        assert expected.removeprefix("says:") in capsys.readouterr().err
        return
    rows = [row for row in csv.DictReader(out.read_text().splitlines()) if row["series_name"] == series]
    assert rows[0]["date"].startswith(date)
    values = [float(row["forecast"]) for row in rows]
    if ".." in expected:
        low, high = map(float, expected.split(".."))
        assert low <= values[0] <= high
    elif expected != "-":
        wanted = [float(value) for value in expected.split(",")]
        assert values[: len(wanted)] == pytest.approx(wanted, rel=0.03)


def test_nothing_under_a_table_is_a_series(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert main(["forecast", "fit", str(FOLDER / "l_footer.csv"), "--horizon", "2", "-o", str(out)]) == 0
    assert {row["series_name"] for row in csv.DictReader(out.read_text().splitlines())} == {"A"}
