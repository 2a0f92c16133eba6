"""One journal of what is flushed and what is not: filters, order, pages."""

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fanfold.errors import Invalid, NotFound
from fanfold.jobs.events import JobEnded
from fanfold.journal import export as exporting
from fanfold.journal import ids, read
from fanfold.journal.entry import view
from fanfold.journal.export import (
    EntryExport,
    ExportState,
    ExportView,
    MakeExport,
    ask_export,
    make_export,
    show_export,
)
from fanfold.journal.filters import LogFilters
from fanfold.journal.read import show_entry
from fanfold.journal.record_job_event import record_job_event
from fanfold.journal.self_test import SelfTest, run_self_test
from fanfold.journal.statistics import StatsPeriod, statistics
from tests.fakes.journal import FakeJournal


@pytest.fixture
def journal() -> FakeJournal:
    """Twenty POSTs over five hours; every other one is flushed."""
    journal = FakeJournal()
    for post in range(20):
        entries = [
            {
                "message": f"post {post} entry {n} {'Größe' if n == 3 else ''}",
                "level": ["debug", "info", "error"][n % 3],
                "stream": f"s{n % 2}",
                "context": {"post": post, "user": {"id": n, "name": f"u{n}"}, "ok": n == 1},
            }
            for n in range(6)
        ]
        journal.post(*entries)
        if post % 2:
            journal.flush()
        journal.wait(900)
    return journal


def test_newest_first_each_once(journal: FakeJournal) -> None:
    found = [entry.id for entry in journal.read()]
    assert len(found) == len(set(found)) == 120
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("limit", [1, 7, 120, 1000])
def test_pages_of_any_size_hold_everything_once(journal: FakeJournal, limit: int) -> None:
    assert [entry.id for entry in journal.read(limit=limit)] == [entry.id for entry in journal.read()]


def test_a_flush_between_two_pages_changes_nothing(journal: FakeJournal) -> None:
    journal.post("hot")
    whole = [entry.id for entry in journal.read()]
    page = journal.page(limit=50)
    journal.flush()
    rest = journal.read(cursor=page.cursor)
    assert [entry.id for entry in page.entries] + [entry.id for entry in rest] == whole


def test_a_flush_between_reading_blocks_and_segments_is_seen_once() -> None:
    journal = FakeJournal()
    journal.post("a", "b")

    class Late:
        """Somebody flushes right after the blocks were read."""

        def page(self, query: Any) -> Any:
            page = journal.table.page(query)
            if "#P#" in query.partition:
                journal.through = lambda port: port
                journal.flush()
            return page

        def __getattr__(self, name: str) -> Any:
            return getattr(journal.table, name)

    journal.through = lambda port: Late() if port is journal.table else port
    assert journal.messages() == ["b", "a"]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"stream": "s1"}, 60),
        ({"stream": "none"}, 0),
        ({"level": "error"}, 40),
        ({"level": "error,debug"}, 80),
        ({"level": "critical"}, 0),
        ({"text": "POST 7 entry"}, 6),
        ({"text": "größe"}, 20),
        ({"text": 'a "quote"'}, 0),
        ({"context": "post=19"}, 6),
        ({"context": "user.id=4"}, 20),
        ({"context": "user.name=u4"}, 20),
        ({"context": "ok=true"}, 20),
        ({"context": 'user={"id":2,"name":"u2"}'}, 20),
        ({"context": "user.none=1"}, 0),
        ({"context": "post.none=1"}, 0),
        ({"since": "2026-11-26T16:30:00Z"}, 24),
        ({"until": "2026-11-26T13:00:00Z"}, 18),
        ({"since": "2026-11-26T13:00:00Z", "until": "2026-11-26T14:00:00+00:00", "level": "info"}, 10),
        ({"stream": "s0", "level": "error", "text": "entry 2", "context": "user.id=2"}, 20),
    ],
    ids=str,
)
def test_filters(journal: FakeJournal, asked: dict[str, Any], count: int) -> None:
    assert len(list(journal.read(limit=9, **asked))) == count


def test_a_time_range_is_that_of_the_entries_not_of_their_acceptance() -> None:
    journal = FakeJournal()
    journal.post({"message": "late", "timestamp": "2026-11-20T12:00:00Z"}, "on time")
    journal.flush()
    assert journal.messages(until="2026-11-21T00:00:00Z") == ["late"]
    assert journal.messages(since="2026-11-21T00:00:00Z") == ["on time"]


@pytest.mark.parametrize(
    "asked",
    [
        {"cursor": "nonsense"},
        {"cursor": "e" + "!" * 21},
        {"level": "loud"},
        {"limit": 0},
        {"limit": 1001},
        {"since": "yesterday"},
        {"since": "2026-11-26T16:30:00"},
        {"context": "a"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_what_cannot_be_asked(journal: FakeJournal, asked: dict[str, Any]) -> None:
    with pytest.raises((Invalid, ValueError)):
        journal.page(**asked)


def test_a_call_does_a_bounded_amount_of_work(journal: FakeJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MOST_EXAMINED", 10)
    page = journal.page(text="post 0 entry 0")
    assert (page.entries, page.cursor is None) == ([], False)
    assert journal.messages(text="post 0 entry 0") == ["post 0 entry 0 "]
    monkeypatch.setattr(read, "MOST_EXAMINED", 10_000)
    monkeypatch.setattr(read, "MOST_OBJECTS", 1)
    assert len(journal.messages()) == 120
    monkeypatch.setattr(read, "MOST_HOURS", 1)
    assert len(journal.messages(text="post 0")) == 6


def test_hours_without_anything_that_passes_are_got_over(journal: FakeJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a page that looked at nothing stands still."""
    journal.flush()
    monkeypatch.setattr(read, "MOST_HOURS", 1)
    assert list(journal.read(level="critical")) == []


@given(
    st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.integers(0, 4000)), min_size=1, max_size=12),
    st.integers(1, 9),
)
def test_any_history_reads_in_order_and_whole(history: list[tuple[int, bool, int]], limit: int) -> None:
    journal = FakeJournal()
    wanted: list[str] = []
    for count, flushed, pause in history:
        wanted += map(str, journal.post(*({"message": "m", "stream": f"s{n}"} for n in range(count))).ids)
        if flushed:
            journal.flush()
        journal.wait(pause)
    assert [entry.id for entry in journal.read(limit=limit)] == sorted(wanted, reverse=True)


def test_one_entry_hot_and_cold(journal: FakeJournal) -> None:
    for entry in journal.read():
        assert show_entry("acme", entry.id, journal.backend) == entry


@pytest.mark.parametrize("id", ["", "x", "e" + "0" * 21, ids.floor(FakeJournal.now)])
def test_no_such_entry(journal: FakeJournal, id: str) -> None:
    with pytest.raises(NotFound):
        show_entry("acme", id, journal.backend)
    with pytest.raises(NotFound):
        show_entry("other", next(iter(journal.read())).id, journal.backend)


class TestStatistics:
    def test_they_add_up_by_level_and_hour(self, journal: FakeJournal) -> None:
        journal.post({"message": "m", "level": "critical"})
        found = statistics("acme", StatsPeriod(), journal.backend)
        assert (found.accepted, found.flushed, found.pending, found.failed) == (121, 120, 1, 0)
        assert found.levels == {"debug": 40, "info": 40, "error": 40, "critical": 1}
        assert sum(hour.accepted for hour in found.hours) == 121
        assert found.exact
        assert [hour.hour for hour in found.hours] == sorted((hour.hour for hour in found.hours), reverse=True)

    def test_of_one_stream_and_a_period(self, journal: FakeJournal) -> None:
        hour = FakeJournal.now + timedelta(hours=1)
        found = statistics("acme", StatsPeriod(since=hour, until=hour, stream="s1"), journal.backend)
        assert (found.accepted, len(found.hours)) == (12, 1)

    def test_lag_and_batches_are_spread(self) -> None:
        journal = FakeJournal()
        journal.post(*"abc")
        journal.wait(3)
        journal.flush()
        found = statistics("acme", StatsPeriod(), journal.backend)
        assert found.flush_lag_ms.p50 == found.flush_lag_ms.p99 == 4095
        assert found.batch_entries.p50 == 3

    def test_a_flush_meanwhile_counts_nothing_twice(self) -> None:
        journal = FakeJournal()
        journal.post(*"abc")

        class Late:
            def page(self, query: Any) -> Any:
                page = journal.table.page(query)
                if "#P#" in query.partition and journal.blocks:
                    journal.through = lambda port: port
                    journal.flush()
                return page

            def __getattr__(self, name: str) -> Any:
                return getattr(journal.table, name)

        journal.through = lambda port: Late() if port is journal.table else port
        found = statistics("acme", StatsPeriod(), journal.backend)
        assert (found.accepted, found.flushed, found.pending, found.exact) == (3, 3, 0, True)

    def test_a_period_is_bounded(self, journal: FakeJournal) -> None:
        for since in (journal.now - timedelta(days=32), journal.now + timedelta(days=1)):
            with pytest.raises(Invalid, match="31 days"):
                statistics("acme", StatsPeriod(since=since), journal.backend)


class TestExport:
    def made(self, journal: FakeJournal, wanted: EntryExport) -> ExportView:
        """An export, from asking to its end."""
        asked = ask_export("acme", wanted, journal.backend)
        assert (asked.state, asked.url) == (ExportState.PREPARING, None)
        assert show_export("acme", asked.id, journal.backend) == asked
        self.make(journal)
        return show_export("acme", asked.id, journal.backend)

    def make(self, journal: FakeJournal) -> list[bool]:
        commands = map(MakeExport.model_validate_json, journal.exports.messages)
        return [make_export(command, journal.backend) for command in commands]

    def test_a_range_as_one_file(self, journal: FakeJournal) -> None:
        wanted = EntryExport(level=("error",), text="post 1", since=journal.now - timedelta(days=9))
        found = self.made(journal, wanted)
        rows = [json.loads(line) for line in gzip.decompress(journal.blobs.follow(found.url or "")).splitlines()]
        listed = list(journal.read(level="error", text="post 1"))
        assert [row["id"] for row in rows] == [entry.id for entry in listed]
        assert (found.state, found.entries, found.filters) == (ExportState.COMPLETED, len(listed), wanted)
        assert "entries.ndjson.gz" in (found.url or "")

    def test_nothing_is_an_empty_file(self, journal: FakeJournal) -> None:
        found = self.made(journal, EntryExport(stream="none"))
        assert (found.entries, gzip.decompress(journal.blobs.follow(found.url or ""))) == (0, b"")

    def test_it_reads_on_however_many_objects_there_are(
        self, journal: FakeJournal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(read, "MOST_OBJECTS", 1)
        monkeypatch.setattr(read, "MOST_EXAMINED", 7)
        assert self.made(journal, EntryExport()).entries == len(list(journal.read()))

    def test_one_that_takes_too_long_says_so(self, journal: FakeJournal, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exporting, "MAKING", timedelta(seconds=-60))
        found = self.made(journal, EntryExport())
        assert found.state is ExportState.FAILED
        assert "export it in parts" in (found.error or "")

    def test_a_message_that_comes_again_makes_nothing(self, journal: FakeJournal) -> None:
        found = self.made(journal, EntryExport())
        assert self.make(journal) == [False]
        assert show_export("acme", found.id, journal.backend).entries == found.entries

    def test_one_that_died_on_its_way_is_made_by_the_next(self, journal: FakeJournal) -> None:
        asked = ask_export("acme", EntryExport(), journal.backend)
        kept = dict(journal.blobs.objects)
        self.make(journal)
        journal.blobs.objects.update(kept)  # its last write was lost
        assert self.make(journal) == [True]
        assert show_export("acme", asked.id, journal.backend).state is ExportState.COMPLETED

    def test_one_that_nobody_made_is_not_waited_for(self, journal: FakeJournal) -> None:
        asked = ask_export("acme", EntryExport(), journal.backend)
        journal.wait(3601)
        found = show_export("acme", asked.id, journal.backend)
        assert (found.state, found.error) == (ExportState.FAILED, "it was not made within an hour: ask for another one")

    @pytest.mark.parametrize("id", ["", "x", "../acme", "e" * 20])
    def test_one_of_nobody_or_of_another(self, journal: FakeJournal, id: str) -> None:
        with pytest.raises(NotFound):
            show_export("acme", id, journal.backend)
        asked = ask_export("acme", EntryExport(), journal.backend)
        with pytest.raises(NotFound):
            show_export("other", asked.id, journal.backend)
        assert make_export(MakeExport(tenant="other", export=asked.id), journal.backend) is False


class TestTrial:
    def test_sample_entries_are_written_and_timed(self) -> None:
        journal = FakeJournal()
        tried = run_self_test("acme", SelfTest(posts=2, entries=5), journal.backend)
        assert len(tried.accept_ms) == 2
        assert (tried.flush_lag_ms, tried.pending_posts) == (None, 2)
        assert [entry.id for entry in journal.read(stream="test")] == tried.ids[::-1] or len(tried.ids) == 10

    def test_the_flush_is_waited_for(self) -> None:
        journal = FakeJournal()
        backend = journal.backend

        def flushing(seconds: float) -> None:
            journal.flush()

        from dataclasses import replace

        tried = run_self_test("acme", SelfTest(wait_seconds=5), replace(backend, pause=flushing))
        assert tried.pending_posts == 0
        assert tried.flush_lag_ms is not None


class TestHear:
    EVENT = JobEnded(
        tenant="acme",
        job="b1",
        kind="batch",
        state="failed",
        round=1,
        run=2,
        at="2026-11-26T12:00:00.000Z",
        error="why",
    )

    def test_an_event_is_an_entry_once(self) -> None:
        journal = FakeJournal()
        for _ in range(2):
            record_job_event(self.EVENT, journal.backend)
        (entry,) = journal.read(stream="jobs")
        assert (entry.level, entry.message, entry.timestamp) == ("error", "batch b1 failed: why", self.EVENT.at)
        assert entry.context["run"] == 2

    def test_another_round_is_another(self) -> None:
        journal = FakeJournal()
        for round in (1, 2):
            record_job_event(self.EVENT.model_copy(update={"round": round, "state": "completed"}), journal.backend)
        assert [entry.level for entry in journal.read()] == ["info", "info"]

    def test_one_that_comes_again_in_other_words_changes_nothing(self) -> None:
        journal = FakeJournal()
        record_job_event(self.EVENT, journal.backend)
        record_job_event(self.EVENT.model_copy(update={"error": "else"}), journal.backend)
        assert journal.messages() == ["batch b1 failed: why"]

    def test_one_that_comes_very_late_is_taken(self) -> None:
        journal = FakeJournal()
        journal.wait(timedelta(days=30).total_seconds())
        record_job_event(self.EVENT, journal.backend)
        (entry,) = journal.read()
        assert entry.context["at"] == self.EVENT.at


@pytest.mark.parametrize("levels", [100, 260, 900, 100_000])
def test_an_entry_from_before_that_can_not_be_shown_takes_no_other_with_it(levels: int) -> None:
    line = (
        b'{"id":"e","timestamp":"2026-11-26T12:30:00.000Z","stream":"default","level":"info","message":"deep","context":'
        + b'{"a":' * levels + b"1" + b"}" * levels + b"}"
    )  # fmt: skip
    shown = view(line)
    assert (shown.id, shown.stream, shown.level) == ("e", "default", "info")
    assert "omitted" in shown.context
    assert shown.model_dump_json()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1899-12-31T00:00:00Z"])
@pytest.mark.parametrize("name", ["since", "until"])
def test_no_moment_is_at_the_edge_of_the_calendar(name: str, moment: str) -> None:
    with pytest.raises(ValidationError, match="is not between 1900 and 9000"):
        EntryExport.model_validate({name: moment})
    with pytest.raises(ValidationError, match="is not between 1900 and 9000"):
        StatsPeriod.model_validate({name: moment})


@pytest.mark.parametrize("level", [None, 5, {"a": 1}, [{}], [["error"]], [None], "nothing,at all"])
def test_levels_that_are_none_are_told_and_break_nothing(level: object) -> None:
    with pytest.raises(ValidationError, match="level"):
        LogFilters.model_validate({"level": level})
