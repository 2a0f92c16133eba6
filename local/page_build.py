"""Builds the dashboard with make, where npm can."""

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / ".fanfold/page.lock"
LINES = 3


def build_page() -> str | None:
    """Build it unless it is built; None, or why it could not be."""
    try:
        with _alone():
            done = subprocess.run(["make", "--no-print-directory", "web"], cwd=ROOT, capture_output=True, text=True)
    except OSError as error:
        return f"make can't be run: {error}"
    if done.returncode == 0:
        return None
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    errors = [line for line in said if "error" in line.lower()]
    return "; ".join(errors[:LINES] or said[-LINES:]) or f"make web ended with {done.returncode}"


@contextmanager
def _alone() -> Iterator[None]:
    """Two builds at a time would install packages over each other."""
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
