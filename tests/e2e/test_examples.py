"""Every example runs as it stands in its folder, and what comes out is what is kept beside it."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.stack import LocalStack

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples"
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/run.sh"))
VOLATILE = ("id", "timestamp")
"""Fields of a log entry that differ each time."""


def test_readme_lists_every_example() -> None:
    listed = (FOLDER / "README.md").read_text()
    assert [name for name in NAMES if f"({name}/run.sh)" not in listed] == []
    assert len(NAMES) == listed.count("/run.sh)")
    assert "(examples/README.md)" in (ROOT / "README.md").read_text()


@pytest.mark.wide
@pytest.mark.parametrize("name", NAMES)
def test_example_gives_what_is_kept_beside_it(name: str, stack: LocalStack, tmp_path: Path) -> None:
    shutil.copytree(FOLDER / name, tmp_path / name)
    [kept] = (FOLDER / name).glob("output.*")
    made = tmp_path / name / kept.name
    made.unlink()
    home = {"XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FANFOLD")}
    reached = {"FANFOLD_URL": stack.url, "FANFOLD_KEY": stack.issue_key(f"example-{name}")}
    ran = subprocess.run(
        ["sh", "-eu", "run.sh"],
        cwd=tmp_path / name,
        env=environ | home | path | reached,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert read(made) == [pytest.approx(row) if numbers(row) else row for row in read(kept)]


def read(file: Path) -> list[Any]:
    """What a file says, its numbers as numbers."""
    if file.suffix == ".csv":
        with file.open(newline="") as text:
            return [[number(cell) for cell in row] for row in csv.reader(text)]
    lines = file.read_text().splitlines()
    if file.suffix == ".jsonl":
        rows = map(json.loads, lines)
        return [{name: value for name, value in row.items() if name not in VOLATILE} for row in rows]
    return list(lines)


def number(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


def numbers(row: Any) -> bool:
    """Whether it is a row of which a part is a number that a processor may round its own way."""
    return isinstance(row, list) and any(isinstance(cell, float) for cell in row)


@pytest.mark.wide
def test_the_notebook_shows_what_it_shows(stack: LocalStack, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "examples")
    file = tmp_path / "examples/notebook.ipynb"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("FANFOLD")}
    environ |= {"FANFOLD_URL": stack.url, "FANFOLD_KEY": stack.issue_key("notebook"), "XDG_STATE_HOME": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-m", "tools.notebook", str(file)],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    kept, found = (json.loads(each.read_text("utf-8")) for each in (FOLDER / "notebook.ipynb", file))
    assert found == kept
    assert len([cell for cell in kept["cells"] if cell["cell_type"] == "code"]) == 10
