"""`make bench SMOKE=1`: every bench once on tiny input, so that none rots unseen. Its figures mean nothing."""

import subprocess
import sys

import pytest

from benchmarks.__main__ import NAMES
from benchmarks.lab import ROOT


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", NAMES)
def test_bench(name: str) -> None:
    command = [sys.executable, "-m", "benchmarks", name, "--size", "smoke"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
