"""The line that moves while a job is waited for."""

import io
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from fanfold_client import Progress
from fanfold_client.models import Batch, Forecast


def looks() -> list[Batch | Forecast]:
    half = {"total": 2000, "done": 1400, "succeeded": 1400, "percent": 70}
    whole = {"total": 2000, "done": 2000, "succeeded": 1988, "failed": 12, "percent": 100}
    return [
        Batch.model_validate({"id": "b", "state": "running", "progress": half}),
        Batch.model_validate({"id": "b", "state": "completed", "progress": whole}),
    ]


LINES = ["running ███████░░░ 70 % (1,400 of 2,000)", "completed ██████████ 100 % (2,000 of 2,000), 12 failed"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(progress: Progress) -> None:
    for look in looks():
        progress(look)


def test_in_a_terminal_the_line_is_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    shown(Progress())
    assert terminal.getvalue() == f"\r\x1b[2K{LINES[0]}\r\x1b[2K{LINES[1]}\n"


def test_in_a_log_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    shown(Progress())
    assert log.getvalue() == ""


def test_in_a_notebook_one_output_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, Any]] = []

    def display(told: Any, **how: Any) -> Any:
        said.append(("new", told["text/plain"]))
        return SimpleNamespace(update=lambda told, **how: said.append(("update", told["text/plain"])))

    notebook, displays = ModuleType("IPython"), ModuleType("IPython.display")
    notebook.get_ipython = lambda: SimpleNamespace(config={"IPKernelApp": {}})  # type: ignore[attr-defined]
    displays.display = display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    monkeypatch.setitem(sys.modules, "IPython.display", displays)
    shown(Progress())
    assert said == [("new", LINES[0]), ("update", LINES[1])]


def test_in_a_shell_of_ipython_it_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = ModuleType("IPython")
    shell.get_ipython = lambda: SimpleNamespace(config={})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", shell)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    shown(Progress())
    assert LINES[1] in terminal.getvalue()
