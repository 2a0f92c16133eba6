"""Files that planners have, each with the forecast that shows how it has to be read: `tests/cases/forecast-files`."""

import csv
import json
import shlex
from pathlib import Path
from statistics import fmean

import pytest

from fanfold_command import main

FOLDER = Path(__file__).parents[3] / "cases" / "forecast-files"
LINES = [line.split("\t") for line in (FOLDER / "expect.tsv").read_text().splitlines() if not line.startswith("#")]
BESIDE = [case for case in LINES if case[4].startswith("like:")]
STOCK = [case for case in LINES if case[4].startswith("reorder:")]
CASES = [case for case in LINES if case not in BESIDE + STOCK]


def fit(file: str, out: Path, horizon: int, *options: str) -> None:
    """`fanfold forecast fit`; the ending of `out` says in which form."""
    assert main(["forecast", "fit", str(FOLDER / file), "--horizon", str(horizon), "-o", str(out), *options]) == 0


def spread(file: str, folder: Path, names: set[str]) -> tuple[float, float]:
    """Mean width of the 95 % interval six steps ahead, and mean safety stock, of these series."""
    fit(file, folder / "out.csv", 6)
    rows = csv.DictReader((folder / "out.csv").read_text().splitlines())
    widths = [
        float(row["hi_95"]) - float(row["lo_95"]) for row in rows if row["step"] == "6" and row["series_name"] in names
    ]
    fit(file, folder / "out.json", 6, "--lead-time", "3", "--service-level", "0.98")
    found = json.loads((folder / "out.json").read_text())
    return fmean(widths), fmean(found[name]["stock"]["safety_stock"] for name in names)


@pytest.mark.parametrize(
    ("file", "expected"), [(case[0], case[4]) for case in BESIDE], ids=[case[0] for case in BESIDE]
)
def test_broken_series_move_their_neighbours_little(file: str, expected: str, tmp_path: Path) -> None:
    _, clean, most = expected.split(":")
    fit(clean, tmp_path / "names.json", 1)
    names = set(json.loads((tmp_path / "names.json").read_text()))
    assert len(names) == 10
    before, beside = spread(clean, tmp_path, names), spread(file, tmp_path, names)
    assert beside[0] / before[0] <= float(most)
    assert beside[1] / before[1] <= float(most)


@pytest.mark.parametrize("horizon", [1, 3, 6, 12])
@pytest.mark.parametrize(
    ("file", "options", "expected"), [(case[0], case[1], case[4]) for case in STOCK], ids=[case[0] for case in STOCK]
)
def test_a_reorder_point_is_the_same_at_every_horizon(
    file: str, options: str, expected: str, horizon: int, tmp_path: Path
) -> None:
    low, high = map(float, expected.removeprefix("reorder:").split(".."))
    fit(file, tmp_path / "out.json", horizon, *shlex.split(options))
    found = json.loads((tmp_path / "out.json").read_text()).values()
    assert low <= fmean(each["stock"]["reorder_point"] for each in found) <= high


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
    fit(file, out, 6, *told)
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
