"""A stream with far more errors than usual is told of, once an hour."""

import json
from typing import Any

import pytest

from fanfold.events import ErrorSpike
from tests.fakes.journal import FakeJournal


@pytest.fixture
def journal() -> FakeJournal:
    return FakeJournal()


def errors(journal: FakeJournal, count: int, stream: str = "shop", level: str = "error") -> None:
    journal.post(*({"message": f"m{n}", "level": level, "stream": stream} for n in range(count)))
    journal.flush()


def told(journal: FakeJournal) -> list[dict[str, Any]]:
    return [json.loads(detail) for name, detail in journal.events.published if name == ErrorSpike.NAME]


def test_a_quiet_stream_that_fails_is_told_once(journal: FakeJournal) -> None:
    errors(journal, 12)
    assert journal.sweep().spikes == 0
    errors(journal, 12, level="critical")
    assert [journal.sweep().spikes for _ in range(3)] == [1, 0, 0]
    [spike] = told(journal)
    assert (spike["stream"], spike["hour"], spike["errors"], spike["usual"]) == ("shop", "2026-11-26T12", 24, 0)


def test_what_is_no_error_or_usual_is_not_told(journal: FakeJournal) -> None:
    for _ in range(24):
        errors(journal, 10)
        journal.wait(3600)
    errors(journal, 45)
    errors(journal, 500, level="warning")
    assert journal.sweep().spikes == 0
    errors(journal, 6)
    assert journal.sweep().spikes == 1
    assert told(journal)[0]["usual"] == 10


def test_streams_and_hours_are_each_told_of(journal: FakeJournal) -> None:
    for stream in ("shop", "mail"):
        errors(journal, 30, stream)
    assert journal.sweep().spikes == 2
    journal.wait(3600)
    errors(journal, 30)
    assert journal.sweep().spikes == 1
    assert len({(each["stream"], each["hour"]) for each in told(journal)}) == 3
    assert journal.sweep(after=3 * 3600).spikes == 0
