"""What `pip install fanfold` brings: the client and the command line, light; forecasts and AWS by extras."""

import subprocess
from pathlib import Path

import pytest

from tests.template.commands import UV, passed
from tests.template.stack import ROOT

MOST_MEGABYTES = 40


@pytest.mark.wide
def test_the_wheel_alone_is_light_and_works(tmp_path: Path) -> None:
    passed(UV, "build", "--wheel", "--quiet", "--out-dir", tmp_path, ROOT)
    passed(UV, "venv", "--quiet", tmp_path / "venv")
    python = tmp_path / "venv/bin/python"
    passed(UV, "pip", "install", "--quiet", "--python", python, *tmp_path.glob("*.whl"))
    size = sum(path.stat().st_size for path in (tmp_path / "venv/lib").rglob("*") if path.is_file())
    assert size <= MOST_MEGABYTES * 1e6
    assert "batch" in passed(tmp_path / "venv/bin/fanfold", "--help")
    passed(python, "-c", "from fanfold import Fanfold; Fanfold('http://127.0.0.1:1', 'ff_x')")
    for command in (("forecast", "fit", __file__, "--horizon", "3", "-o", "x.csv"), ("admin", "tenants")):
        done = subprocess.run([tmp_path / "venv/bin/fanfold", *command], capture_output=True, text=True, cwd=tmp_path)
        assert (done.returncode, "pip install 'fanfold[" in done.stderr) == (2, True)
