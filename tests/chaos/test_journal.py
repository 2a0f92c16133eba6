"""`make chaos-journal`, small: the flusher is killed and refused, and every entry is there once."""

from pathlib import Path
from random import Random

from benchmarks.chaos_journal import Scale, bars, run
from local.stack import LocalStack

SCALE = Scale(entries=600, kills=2, reads=8)


def test_entries_survive_kills_and_refusals_each_once(tmp_path: Path) -> None:
    parameters = {"JournalWindowSeconds": "1", "JournalBatchSize": "4", "JournalGraceSeconds": "10"}
    with LocalStack(None, tmp_path, environ={}, minute_seconds=5, parameters=parameters) as stack:
        found = run(stack, SCALE, Random(7))
    missed = [bar for bar in bars(found, SCALE) if bar.ok is False and bar.what != "transactions refused"]
    assert missed == []
