"""What is taken of a POST, and what is said of the rest."""

import gzip
import json
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.errors import Conflict, Contended, Invalid, KeyReused, TooLarge
from fanfold.journal import ids
from fanfold.journal.entry import MOST_ENTRY_BYTES
from fanfold.journal.parse import MOST_ENTRIES, unzipped
from fanfold.journal.post import Post, post
from tests.fakes.crash import Crash, Fuse
from tests.fakes.journal import FakeJournal, Reluctant


@pytest.fixture
def journal() -> FakeJournal:
    return FakeJournal()


def sent(journal: FakeJournal, body: bytes, **more: Any) -> Any:
    return post(Post(tenant="acme", body=body, **more), journal.backend)


class TestTaking:
    def test_entries_are_taken_in_one_write_and_can_be_read_at_once(self, journal: FakeJournal) -> None:
        journal.post("warm up")
        journal.wait(1)
        before = journal.table.writes
        receipt = journal.post("a", "b", "c")
        assert (receipt.accepted, receipt.duplicates, receipt.errors) == (3, 0, [])
        assert journal.messages() == ["c", "b", "a", "warm up"]
        assert journal.table.writes - before == 1

    def test_a_process_notes_an_hour_and_a_stream_once(self, journal: FakeJournal) -> None:
        backend = journal.backend
        command = Post(tenant="acme", body=b'{"message": "a"}')
        post(command, backend)
        before = journal.table.writes
        post(command, backend)
        assert journal.table.writes - before == 1

    def test_one_entry_needs_no_list(self, journal: FakeJournal) -> None:
        receipt = sent(journal, b'{"message": "alone", "level": "WARN", "context": {"a": {"b": [1]}}}')
        (entry,) = journal.read()
        assert entry.model_dump() == {
            "id": receipt.ids[0],
            "timestamp": "2026-11-26T12:30:00.000Z",
            "stream": "default",
            "level": "warning",
            "message": "alone",
            "context": {"a": {"b": [1]}},
            "client_id": None,
        }

    def test_ids_sort_by_acceptance_and_place(self, journal: FakeJournal) -> None:
        first = journal.post(*"abc").ids
        journal.wait(0.001)
        second = journal.post(*"def").ids
        assert [*first, *second] == sorted(str(id) for id in [*first, *second])
        assert ids.accepted(str(first[0])) == journal.now - timedelta(milliseconds=1)

    def test_a_thousand_large_entries_take_several_items_and_stay_in_order(self, journal: FakeJournal) -> None:
        noise = [ids.origin(journal.now)[10:] * 200 + str(number) for number in range(1000)]
        body = json.dumps({"entries": [{"message": text} for text in noise]}).encode()
        assert sent(journal, body).accepted == 1000
        assert journal.messages(limit=1000) == noise[::-1]
        assert all(len(block.body) < 400_000 for block in journal.blocks)

    def test_tenants_do_not_see_each_other(self, journal: FakeJournal) -> None:
        journal.post("ours")
        journal.post("theirs", tenant="other")
        assert journal.messages() == ["ours"]

    def test_no_block_has_a_time_to_live(self, journal: FakeJournal) -> None:
        journal.post({"message": "a", "client_id": "1"}, "b", key="k")
        assert all("expires" not in item for item in journal.table.items.values() if item.get("kind") == "block")

    @given(
        st.lists(
            st.fixed_dictionaries(
                {"message": st.text(st.characters(exclude_categories=["Cs"]), max_size=20)},
                optional={
                    "level": st.sampled_from(["debug", "Info", "warning", "ERROR", "critical"]),
                    "stream": st.sampled_from(["a", "b.c", "d-e_f"]),
                    "context": st.dictionaries(
                        st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
                        st.recursive(
                            st.none()
                            | st.booleans()
                            | st.integers()
                            | st.floats(allow_nan=False, allow_infinity=False),
                            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("k"), inner),
                            max_leaves=4,
                        ),
                        max_size=3,
                    ),
                },
            ),
            min_size=1,
            max_size=30,
        ),
        st.booleans(),
    )
    def test_what_is_read_is_what_was_posted(self, entries: list[dict[str, Any]], flushed: bool) -> None:
        journal = FakeJournal()
        journal.post(*entries)
        if flushed:
            journal.flush()
        found = list(journal.read())[::-1]
        assert [entry.message for entry in found] == [entry["message"] for entry in entries]
        assert [entry.context for entry in found] == [entry.get("context", {}) for entry in entries]
        assert [entry.level for entry in found] == [entry.get("level", "info").lower() for entry in entries]


class TestRefusing:
    GOOD = ({"message": "good"}, {"message": "also good"})

    @pytest.mark.parametrize(
        ("entry", "status", "field", "said"),
        [
            ({"message": "x" * MOST_ENTRY_BYTES}, 413, None, "262,158 bytes, and an entry may have 262,144"),
            ({"message": "\ud800"}, 400, None, "surrogate"),
            ({"message": "m", "context": {"a": "\udc00"}}, 400, None, "surrogate"),
            ({"message": "m", "timestamp": "2026-11-26T12:41:00Z"}, 400, "timestamp", "10 minutes ahead"),
            ({"message": "m", "timestamp": "2026-11-19T12:29:00Z"}, 400, "timestamp", "7 days ago"),
            ({"message": "m", "timestamp": "2026-11-26T12:00:00"}, 400, "timestamp", "timezone"),
            ({"message": "m", "level": "loud"}, 400, "level", "'debug', 'info'"),
            ({"message": "m", "stream": "No Spaces"}, 400, "stream", "pattern"),
            ({"message": "m", "stream": "jobs"}, 400, "stream", "Fanfold alone"),
            ({"message": "m", "colour": 1}, 400, "colour", "no such field"),
            ({"level": "info"}, 400, "message", "missing"),
            ("text", 400, None, "dictionary"),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_the_bad_entry_is_named_and_the_good_are_taken(
        self, journal: FakeJournal, entry: Any, status: int, field: str | None, said: str
    ) -> None:
        body = json.dumps({"entries": [self.GOOD[0], entry, self.GOOD[1]]}).encode()
        receipt = sent(journal, body)
        (trouble,) = receipt.errors
        assert (trouble.entry, trouble.status, trouble.field) == (1, status, field)
        assert said in trouble.detail
        assert receipt.ids[1] is None
        assert journal.messages() == ["also good", "good"]

    def test_bytes_that_are_not_utf8_are_named_by_their_entry(self, journal: FakeJournal) -> None:
        receipt = sent(journal, b'{"entries": [{"message": "caf\xe9"}, {"message": "caf\xc3\xa9"}]}')
        assert [trouble.entry for trouble in receipt.errors] == [0]
        assert "UTF-8" in receipt.errors[0].detail
        assert journal.messages() == ["café"]

    def test_a_number_that_json_does_not_have(self, journal: FakeJournal) -> None:
        receipt = sent(journal, b'{"entries": [{"message": "a", "context": {"x": 1e999}}, {"message": "b"}]}')
        assert "number" in receipt.errors[0].detail
        assert journal.messages() == ["b"]

    def test_of_a_thousand_and_one_the_last_is_refused(self, journal: FakeJournal) -> None:
        receipt = journal.post(*map(str, range(MOST_ENTRIES + 1)))
        assert receipt.accepted == MOST_ENTRIES
        (trouble,) = receipt.errors
        assert (trouble.entry, trouble.status) == (1000, 413)
        assert receipt.ids[1000] is None

    def test_the_twenty_first_stream_is_refused(self, journal: FakeJournal) -> None:
        receipt = journal.post(*({"message": "m", "stream": f"s{number % 21}"} for number in range(42)))
        assert [trouble.entry for trouble in receipt.errors] == [20, 41]
        assert receipt.accepted == 40

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"", "not valid JSON"),
            (b"[]", "send"),
            (b'{"entries": []}', "no entries"),
            (b'{"entries": {}}', "list"),
            (b'{"entries": [{"message": "a"}], "stream": "b"}', "beside a list"),
            (b'{"message": NaN}', "not JSON"),
            (b"[" * 100_000, "nested too deeply"),
            (b'{"entries": [1]}', "none of the entries"),
        ],
    )
    def test_a_body_of_which_nothing_can_be_taken(self, journal: FakeJournal, body: bytes, said: str) -> None:
        with pytest.raises(Invalid, match=said):
            sent(journal, body)
        assert not journal.blocks

    def test_if_all_are_too_large_so_is_the_answer(self, journal: FakeJournal) -> None:
        with pytest.raises(TooLarge) as caught:
            journal.post("x" * MOST_ENTRY_BYTES)
        assert [flaw.field for flaw in caught.value.flaws] == ["entries.0"]

    def test_every_member_of_gzip_is_read(self) -> None:
        body = gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(b"two")
        assert unzipped(body, 1000) == b"one two"
        with pytest.raises(TooLarge):
            unzipped(body, 6)
        with pytest.raises(Invalid, match="over 1,000 members"):
            unzipped(gzip.compress(b"") * 1001, 1000)

    @pytest.mark.parametrize("more", [b"x", b"\x00" * 8, b"\x1f\x8b", gzip.compress(b"two", mtime=0)[:-1]])
    def test_what_is_behind_gzip_is_gzip(self, more: bytes) -> None:
        with pytest.raises(Invalid, match=r"no gzip|cut off"):
            unzipped(gzip.compress(b"one") + more, 1000)

    def test_gzip_that_is_none_cut_off_or_too_much(self) -> None:
        packed = gzip.compress(b"x" * 1000)
        assert unzipped(packed, 1000) == b"x" * 1000
        with pytest.raises(Invalid, match="no gzip"):
            unzipped(b"plain", 1000)
        with pytest.raises(Invalid, match="cut off"):
            unzipped(packed[:-9], 1000)
        with pytest.raises(TooLarge):
            unzipped(packed, 999)


class TestClientIds:
    ENTRY: ClassVar = {"message": "paid", "client_id": "order-1", "context": {"a": 1, "b": 2}}

    def test_the_same_again_is_the_same_entry(self, journal: FakeJournal) -> None:
        first = journal.post(self.ENTRY, "other")
        journal.wait(90)
        again = journal.post("another", {**self.ENTRY, "context": {"b": 2, "a": 1}})
        assert (again.accepted, again.duplicates) == (1, 1)
        assert again.ids[1] == first.ids[0]
        assert sorted(journal.messages()) == ["another", "other", "paid"]

    def test_another_body_is_a_conflict_and_the_rest_is_taken(self, journal: FakeJournal) -> None:
        journal.post(self.ENTRY)
        journal.wait(1)
        receipt = journal.post("good", {**self.ENTRY, "message": "paid twice"})
        assert [(each.entry, each.status, each.field) for each in receipt.errors] == [(1, 409, "client_id")]
        assert journal.messages() == ["good", "paid"]

    def test_conflicts_alone_are_answered_409(self, journal: FakeJournal) -> None:
        journal.post(self.ENTRY)
        with pytest.raises(Conflict) as caught:
            journal.post({**self.ENTRY, "level": "error"})
        assert [flaw.field for flaw in caught.value.flaws] == ["entries.0.client_id"]

    def test_twice_in_one_post(self, journal: FakeJournal) -> None:
        receipt = journal.post(self.ENTRY, self.ENTRY, {**self.ENTRY, "message": "else"})
        assert receipt.ids == [receipt.ids[0], receipt.ids[0], None]
        assert (receipt.accepted, receipt.duplicates, len(receipt.errors)) == (1, 1, 1)

    def test_each_is_judged_by_what_came_first_of_all(self, journal: FakeJournal) -> None:
        before = journal.post(self.ENTRY)
        receipt = journal.post({**self.ENTRY, "message": "else"}, self.ENTRY)
        assert receipt.ids == [None, before.ids[0]]

    def test_a_thousand_with_client_ids(self, journal: FakeJournal) -> None:
        entries = [{"message": str(number), "client_id": str(number)} for number in range(1000)]
        first = journal.post(*entries)
        journal.flush()
        again = journal.post(*entries)
        assert (first.accepted, again.duplicates, again.accepted) == (1000, 1000, 0)
        assert again.ids == first.ids
        assert len(journal.messages(limit=1000)) == 1000

    def test_they_are_a_tenants_own(self, journal: FakeJournal) -> None:
        journal.post(self.ENTRY)
        assert journal.post(self.ENTRY, tenant="other").accepted == 1

    @pytest.mark.parametrize("length", range(1, 12))
    def test_a_caller_that_crashed_and_asks_again_finds_each_entry_once(self, length: int) -> None:
        fuse = Fuse(length)
        journal = FakeJournal(through=fuse.on)
        entries = [{"message": str(number), "client_id": str(number)} for number in range(150)]
        try:
            journal.post(*entries)
        except Crash:
            journal.post(*entries)
        journal.through = lambda port: port
        assert sorted(map(int, journal.messages(limit=1000))) == list(range(150))


class TestIdempotencyKey:
    def test_the_same_post_again_is_answered_alike(self, journal: FakeJournal) -> None:
        first = journal.post("a", {"message": "b", "client_id": "b"}, key="k")
        journal.wait(7 * 3600)
        again = journal.post("a", {"message": "b", "client_id": "b"}, key="k")
        assert again.ids == first.ids
        assert (again.accepted, again.duplicates) == (0, 2)
        assert sorted(journal.messages()) == ["a", "b"]

    def test_another_body_is_refused(self, journal: FakeJournal) -> None:
        journal.post("a", key="k")
        with pytest.raises(KeyReused):
            journal.post("b", key="k")
        assert journal.messages() == ["a"]

    @pytest.mark.parametrize("length", range(1, 8))
    def test_a_caller_that_crashed_and_asks_again_finds_each_entry_once(self, length: int) -> None:
        fuse = Fuse(length)
        journal = FakeJournal(through=fuse.on)
        try:
            journal.post("a", {"message": "b", "client_id": "b"}, key="k")
        except Crash:
            journal.post("a", {"message": "b", "client_id": "b"}, key="k")
        journal.through = lambda port: port
        assert sorted(journal.messages()) == ["a", "b"]


class TestATableThatIsBusy:
    def test_transactions_are_tried_again(self, journal: FakeJournal) -> None:
        journal.through = lambda port: Reluctant(port, 0.5) if port is journal.table else port
        receipt = journal.post(*({"message": str(n), "client_id": str(n)} for n in range(500)))
        assert receipt.accepted == 500

    def test_not_for_ever(self, journal: FakeJournal) -> None:
        journal.through = lambda port: Reluctant(port, 1.0) if port is journal.table else port
        with pytest.raises(Contended):
            journal.post({"message": "a", "client_id": "a"})
        assert not journal.blocks

    def test_a_write_whose_answer_was_lost_is_found(self, journal: FakeJournal) -> None:
        """The SDK repeats the write by itself, and is then told that the item is there."""

        class Repeating:
            def change(self, change: Any) -> Any:
                journal.table.change(change)
                return journal.table.change(change)

            def __getattr__(self, name: str) -> Any:
                return getattr(journal.table, name)

        journal.through = lambda port: Repeating() if port is journal.table else port
        assert journal.post("a", "b").accepted == 2
        assert journal.messages() == ["b", "a"]


class TestHostile:
    @pytest.mark.parametrize("levels", [65, 260, 900])
    def test_what_is_nested_too_deeply_to_be_read_back_is_refused(self, journal: FakeJournal, levels: int) -> None:
        deep = '{"message": "deep", "context": ' + '{"a":' * levels + "1" + "}" * levels + "}"
        receipt = sent(journal, f'{{"entries": [{{"message": "good"}}, {deep}]}}'.encode())
        assert [(trouble.entry, trouble.field) for trouble in receipt.errors] == [(1, "context")]
        assert journal.messages() == ["good"]

    def test_what_is_nested_as_deeply_as_it_may_be_is_read_back(self, journal: FakeJournal) -> None:
        receipt = sent(journal, b'{"message": "deep", "context": ' + b'{"a":' * 64 + b"1" + b"}" * 64 + b"}")
        assert receipt.accepted == 1
        assert journal.page().model_dump_json().count("{") > 64

    @pytest.mark.parametrize("number", ["9" * 5000, "-" + "9" * 5000, "1e400"])
    def test_a_number_that_is_too_long_takes_no_other_entry_with_it(self, journal: FakeJournal, number: str) -> None:
        bad = f'{{"message": "bad", "context": {{"n": {number}}}}}'
        receipt = sent(journal, f'{{"entries": [{{"message": "good"}}, {bad}]}}'.encode())
        assert [trouble.entry for trouble in receipt.errors] == [1]
        assert journal.messages() == ["good"]

    def test_client_ids_have_no_marks_that_turn_text(self, journal: FakeJournal) -> None:
        receipt = sent(
            journal, json.dumps({"entries": [{"message": "a"}, {"message": "b", "client_id": "a\u202eb"}]}).encode()
        )
        assert [(trouble.entry, trouble.field) for trouble in receipt.errors] == [(1, "client_id")]
