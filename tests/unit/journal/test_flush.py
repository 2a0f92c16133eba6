"""From the table to cold storage: each entry once, whoever flushes, dies, or is kept waiting."""

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fanfold.errors import Contended
from fanfold.journal.block import JournalBlock
from fanfold.journal.flush import Flushed, flush
from fanfold.journal.flush_now import flush_now
from fanfold.journal.statistics import StatsPeriod, statistics
from fanfold.journal.streams import KeepStream, keep_stream, list_streams
from fanfold.journal.sweep import sweep
from fanfold.ports import Change
from tests.examples import examples
from tests.fakes.crash import Crash, Fuse
from tests.fakes.journal import FakeJournal, Reluctant

DOCS = Path(__file__).resolve().parents[3] / "docs" / "journal.md"


@pytest.fixture
def journal() -> FakeJournal:
    return FakeJournal()


def ids(journal: FakeJournal) -> list[str]:
    return [str(row["id"]) for row in journal.raw()]


class TestFlush:
    def test_what_is_flushed_reads_as_before(self, journal: FakeJournal) -> None:
        journal.post(*({"message": str(n), "stream": f"s{n % 3}", "context": {"n": n}} for n in range(30)))
        before = list(journal.read())
        done = journal.flush()
        assert done == Flushed(blocks=1, entries=30, segments=3)
        assert list(journal.read()) == before
        assert journal.blocks == []

    def test_objects_lie_by_tenant_stream_and_hour_and_nothing_is_left_staged(self, journal: FakeJournal) -> None:
        journal.post({"message": "a", "stream": "web"})
        journal.flush()
        (key,) = journal.blobs.objects
        assert key.startswith("journal/tenant=acme/stream=web/hour=2026-11-26T12/")
        assert key.endswith(".ndjson.gz")

    def test_blocks_that_are_delivered_twice_are_flushed_once(self, journal: FakeJournal) -> None:
        for n in range(6):
            journal.post(str(n))
        blocks = journal.blocks
        flush([*blocks, *blocks], journal.backend)
        again = flush(blocks[2:], journal.backend)
        assert (again.elsewhere, again.entries) == (4, 0)
        assert len(ids(journal)) == len(set(ids(journal))) == 6

    def test_a_batch_of_which_half_was_flushed_elsewhere(self, journal: FakeJournal) -> None:
        for n in range(6):
            journal.post(str(n))
        blocks = journal.blocks
        flush(blocks[:3], journal.backend)
        assert flush(blocks, journal.backend).entries == 3
        assert sorted(journal.messages()) == list("012345")
        assert len(ids(journal)) == 6

    def test_tenants_and_hours_are_never_in_one_object(self, journal: FakeJournal) -> None:
        for tenant in ("acme", "other"):
            journal.post("a", tenant=tenant)
        journal.wait(3600)
        journal.post("b")
        assert journal.flush().segments == 3

    def test_many_blocks_and_streams_take_several_transactions(self, journal: FakeJournal) -> None:
        for n in range(120):
            journal.post({"message": "m", "stream": f"s{n % 45}"}, {"message": "m", "stream": f"t{n % 3}"})
        assert journal.flush().entries == 240
        assert len(ids(journal)) == 240

    def test_a_busy_table_is_asked_again(self, journal: FakeJournal) -> None:
        for n in range(10):
            journal.post(str(n))
        journal.through = lambda port: Reluctant(port, 0.6, seed=3) if port is journal.table else port
        done = journal.flush()
        assert done.retries > 0
        assert statistics("acme", StatsPeriod(), journal.backend).retries == done.retries

    def test_but_not_for_ever(self, journal: FakeJournal) -> None:
        journal.post("a")
        journal.through = lambda port: Reluctant(port, 1.0) if port is journal.table else port
        with pytest.raises(Contended):
            journal.flush()
        assert journal.messages() == ["a"]

    @pytest.mark.parametrize("length", range(1, 11))
    def test_a_flusher_that_dies_anywhere_loses_and_doubles_nothing(self, length: int) -> None:
        fuse = Fuse(10_000)
        journal = FakeJournal(through=fuse.on)
        journal.post({"message": "a", "stream": "x"}, {"message": "b", "stream": "y"})
        fuse._lengths[:] = [length]
        try:
            journal.flush()
        except Crash:
            fuse._lengths.clear()
            assert sorted(journal.messages()) == ["a", "b"]
        fuse._lengths.clear()
        journal.flush()
        journal.sweep()
        assert sorted(journal.messages()) == ["a", "b"]
        assert sorted(row["message"] for row in journal.raw()) == ["a", "b"]
        assert statistics("acme", StatsPeriod(), journal.backend).flushed == 2


class TestSweep:
    def test_it_flushes_what_the_stream_missed_when_its_time_has_come(self, journal: FakeJournal) -> None:
        journal.post("a", "b")
        young = journal.sweep(after=30)
        assert (young.flushed, young.pending) == (0, 1)
        assert journal.sweep(after=31).flushed == 2
        assert len(ids(journal)) == 2

    def test_a_spoilt_block_keeps_no_other_and_is_counted(self, journal: FakeJournal) -> None:
        journal.post("good")
        journal.post("spoilt")
        spoilt = journal.blocks[1]
        journal.table.items[spoilt.key]["body"] = b"not ours"
        swept = journal.sweep()
        assert (swept.flushed, swept.failed, swept.oldest_seconds) == (1, 1, 61)
        found = statistics("acme", StatsPeriod(), journal.backend)
        assert (found.flushed, found.pending, found.failed) == (1, 1, 1)

    def test_an_hour_is_shut_when_nothing_can_come_any_more(self, journal: FakeJournal) -> None:
        journal.post("a")
        journal.sweep()
        assert list(journal.backend.places.open_hours())
        journal.sweep(after=2 * 3600)
        assert not list(journal.backend.places.open_hours())
        assert journal.messages() == ["a"]

    def test_an_hour_with_a_spoilt_block_stays_open(self, journal: FakeJournal) -> None:
        journal.post("a")
        journal.table.items[journal.blocks[0].key]["body"] = b"?"
        journal.sweep(after=3 * 3600)
        assert list(journal.backend.places.open_hours())

    def test_each_stream_is_kept_as_long_as_it_says(self, journal: FakeJournal) -> None:
        keep_stream("acme", "short", KeepStream(retention_days=1), journal.backend)
        journal.post({"message": "s", "stream": "short"}, {"message": "l", "stream": "long"})
        journal.flush()
        journal.wait(timedelta(days=1, hours=2).total_seconds())
        assert journal.sweep().removed == 1
        assert journal.messages() == ["l"]
        journal.wait(timedelta(days=30).total_seconds())
        assert journal.sweep().removed == 1
        assert (journal.messages(), journal.blobs.objects) == ([], {})
        assert not [key for key in journal.table.items if key.pk.startswith(("T#acme#H", "T#acme#G", "T#acme#N"))]

    def test_streams_are_listed_with_their_retention(self, journal: FakeJournal) -> None:
        journal.post({"message": "s", "stream": "a"})
        keep_stream("acme", "b", KeepStream(retention_days=7), journal.backend)
        found = [(each.stream, each.retention_days) for each in list_streams("acme", journal.backend).streams]
        assert found == [("a", 30), ("b", 7)]


@settings(max_examples=examples(25), stateful_step_count=25)
class Life(RuleBasedStateMachine):
    """Posts, flushes of anything at any time, sweeps, deaths and a reluctant table, in any order."""

    @initialize(seed=st.integers(0, 1000))
    def begin(self, seed: int) -> None:
        self.journal = FakeJournal()
        self.random = Random(seed)
        self.wanted: Counter[str] = Counter()
        self.delivered: list[JournalBlock] = []

    @rule(count=st.integers(1, 5), named=st.booleans(), key=st.sampled_from([None, "k1", "k2"]))
    def post(self, count: int, named: bool, key: str | None) -> None:
        number = sum(self.wanted.values())
        entries: list[Any] = [{"message": f"m{number}-{n}", "stream": f"s{n % 2}"} for n in range(count)]
        if named:
            entries = [entry | {"client_id": entry["message"]} for entry in entries]
        body = entries if key is None else [{"message": key}]
        receipt = self.journal.post(*body, key=key)
        self.delivered += self.journal.blocks
        for id in receipt.ids:
            self.wanted[str(id)] = 1

    @rule(seconds=st.integers(1, 5000))
    def wait(self, seconds: int) -> None:
        self.journal.wait(seconds)

    @rule(length=st.integers(1, 12))
    def flush_and_perhaps_die(self, length: int) -> None:
        fuse = Fuse(length)
        some = self.random.sample(self.delivered, min(len(self.delivered), 6))
        self._with(fuse.on, lambda: flush(some, self.journal.backend))

    @rule(length=st.integers(1, 30))
    def sweep_and_perhaps_die(self, length: int) -> None:
        self._with(Fuse(length).on, lambda: sweep(self.journal.backend))

    @rule(share=st.sampled_from([0.05, 0.5]))
    def flush_reluctantly(self, share: float) -> None:
        table = self.journal.table
        self._with(lambda port: Reluctant(port, share) if port is table else port, self.journal.flush)

    def _with(self, through: Any, call: Any) -> None:
        self.journal.through = through
        try:
            call()
        except (Crash, Contended):
            pass
        finally:
            self.journal.through = lambda port: port

    @invariant()
    def every_entry_is_visible_once_and_counted_once(self) -> None:
        if not hasattr(self, "journal"):
            return
        assert Counter(entry.id for entry in self.journal.read(limit=7)) == self.wanted
        found = statistics("acme", StatsPeriod(since=self.journal.now - timedelta(days=20)), self.journal.backend)
        assert found.accepted == found.flushed + found.pending == len(self.wanted)
        raw = [row["id"] for row in self.journal.raw()]
        assert len(raw) == len(set(raw)) <= found.flushed


TestLife = Life.TestCase


def test_duckdb_reads_the_raw_objects_as_the_docs_say(journal: FakeJournal, tmp_path: Path) -> None:
    entries = [
        {"message": f"m{n}", "stream": "web", "level": ["info", "error"][n % 2], "context": {"n": n, "a": {"b": "c"}}}
        for n in range(10)
    ]
    journal.post(*entries, {"message": "other", "client_id": "x"})
    flush(journal.blocks[:1], journal.backend)
    journal.flush()
    for key, body in journal.blobs.objects.items():
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(body)
    (query,) = re.findall(r"```sql\n(SELECT level.*?)```", DOCS.read_text(), re.DOTALL)
    rows = duckdb.sql(query.replace("s3://…", str(tmp_path))).fetchall()
    assert sorted(rows) == [("error", 5), ("info", 6)]
    source = query.partition("FROM ")[2].replace("s3://…", str(tmp_path)).partition(" GROUP BY")[0]
    found = duckdb.sql(
        f"SELECT context->>'$.a.b', hour FROM {source} WHERE stream = 'web' AND message = 'm3'"
    ).fetchall()
    assert found == [("c", "2026-11-26T12")]


class TestFlushNow:
    def test_all_that_a_tenant_has_posted_is_flushed_once(self, journal: FakeJournal) -> None:
        journal.post("a", "b")
        journal.wait(3600)
        journal.post("c")
        journal.post("theirs", tenant="globex")
        done = flush_now("acme", journal.backend)
        assert (done.entries, done.more, done.spoilt) == (3, False, 0)
        assert [block.tenant for block in journal.blocks] == ["globex"]
        assert flush_now("acme", journal.backend).blocks == 0
        assert journal.messages() == ["c", "b", "a"]

    def test_a_call_has_an_end(self, journal: FakeJournal, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("fanfold.journal.flush_now.MOST_FLUSHED", 50)
        for number in range(60):
            journal.post(str(number))
        assert flush_now("acme", journal.backend).more
        assert not flush_now("acme", journal.backend).more
        assert not journal.blocks

    def test_a_spoilt_block_keeps_no_other(self, journal: FakeJournal) -> None:
        for text in "abc":
            journal.post(text)
        first = min(journal.blocks, key=lambda block: block.first)
        journal.table.change(Change(key=first.key, set={"body": b"spoilt"}))
        done = flush_now("acme", journal.backend)
        assert (done.entries, done.spoilt) == (2, 1)
        assert [block.first for block in journal.blocks] == [first.first]
