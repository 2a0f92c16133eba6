"""What a terminal is shown."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import BaseModel

from fanfold_client import Batch
from fanfold_command.printing import Column, ago, clean, show_record, show_rows, span
from fanfold_command.watching import state_line, time_left
from tests.unit.client.conftest import Run, Terminal
from tests.unit.client.service import CREATED, Service


class Row(BaseModel):
    id: str
    text: str | None = None


COLUMNS = [Column("id", lambda row: row.id), Column("text", lambda row: row.text, yields=True)]


def test_a_table_keeps_ids_whole_and_cuts_texts(terminal: Terminal) -> None:
    with terminal.shown():
        show_rows([Row(id="b" * 26, text="long " * 40)], COLUMNS, None, "none")
    header, line = terminal.text.splitlines()
    assert header.split() == ["id", "text"]
    assert line.startswith("b" * 26 + "  long")
    assert len(line) <= 80


def test_empty_columns_and_empty_tables_are_not_shown(terminal: Terminal) -> None:
    with terminal.shown():
        show_rows([Row(id="a")], COLUMNS, None, "none")
        show_rows([], COLUMNS, None, "there is nothing")
    assert [line.strip() for line in terminal.text.splitlines()] == ["id", "a", "there is nothing"]


def test_a_record_leaves_out_what_is_not_known(terminal: Terminal) -> None:
    with terminal.shown():
        show_record(Row(id="a"), COLUMNS, None)
    assert terminal.text == "id           a\n"


def test_a_terminal_sees_findings_with_marks_and_advice(terminal: Terminal, run: Run, environ: dict[str, str]) -> None:
    environ["NO_COLOR"] = "1"
    with terminal.shown():
        run("doctor")
    assert "✓ access: the key is good\n" in terminal.getvalue()
    assert "✗ bucket: gone\n  → " in terminal.text


def test_a_terminal_sees_a_bar_while_it_waits(terminal: Terminal, run: Run, service: Service) -> None:
    service.batch("b1")
    service.states = ["running", "running", "completed"]
    with terminal.shown():
        run("batch", "watch", "b1")
    assert "running 50 % (1 of 2)" in terminal.text
    assert "state        completed\n" in terminal.text


def test_parquet_is_not_for_terminals(terminal: Terminal, run: Run, service: Service) -> None:
    service.batch("b1")
    with terminal.shown():
        assert run("batch", "results", "b1", "--format", "parquet").code == 2


def test_nothing_steers_a_terminal() -> None:
    assert clean("a\x1b[31mb\nc\u202ed") == "a [31mb c d"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59.6, "1 min"), (3725, "1 h 2 min"), (90000, "1 d 1 h"), (3601, "1 h 1 s")]
)
def test_lengths_of_time(seconds: float, said: str) -> None:
    assert span(seconds) == said


def test_times_are_told_from_now() -> None:
    assert ago((datetime.now(UTC) - timedelta(hours=2, minutes=3)).isoformat()) == "2 h ago"
    assert ago(None) == ""


def test_progress_is_rounded_down_and_has_an_end() -> None:
    progress = {"total": 1000, "done": 10, "done_at_provider": 999, "percent": 1, "eta_seconds": 75}
    batch = Batch.model_validate({"id": "b", "state": "running", "created_at": CREATED, "progress": progress})
    assert state_line(batch) == "running 99 % (999 of 1,000)"
    assert time_left(batch) == "about 1 min 15 s left"
    paused = Batch(id="b", state="paused", created_at=CREATED)
    assert "resume" in state_line(paused)
    assert time_left(paused) == ""
