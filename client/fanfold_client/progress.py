"""Progress of a job while it is waited for: one line that moves, in a terminal or in a notebook.

    fanfold.batches.wait(made.id, Progress())

Where there is neither, as in a log, nothing is printed.
"""

import sys
from importlib import import_module
from typing import Any

from fanfold_client.answers import OVER
from fanfold_client.models import Batch, Forecast


class Progress:
    """What `wait` and `map` call with each look at the job."""

    def __init__(self) -> None:
        self._display = _notebook()
        self._shown: Any = None

    def __call__(self, job: Batch | Forecast) -> None:
        line = line_of(job)
        if self._display is not None:
            self._in_notebook(line)
        elif sys.stderr.isatty():
            print(f"\r\x1b[2K{line}", end="\n" if job.state in OVER else "", file=sys.stderr, flush=True)

    def _in_notebook(self, line: str) -> None:
        said = {"text/plain": line}
        if self._shown is None:
            self._shown = self._display(said, raw=True, display_id=True)
        else:
            self._shown.update(said, raw=True)


def line_of(job: Batch | Forecast) -> str:
    """The job in a line: `running ███████░░░ 70 % (700 of 1,000), 12 failed`."""
    done = job.progress
    filled = done.percent // 10
    failed = f", {done.failed:,} failed" if done.failed else ""
    return f"{job.state} {'█' * filled}{'░' * (10 - filled)} {done.percent} % ({done.done:,} of {done.total:,}){failed}"


def _notebook() -> Any:
    """What shows something in the notebook that this runs in; None if it runs in none."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None or "IPKernelApp" not in shell.config:
        return None
    return import_module("IPython.display").display
