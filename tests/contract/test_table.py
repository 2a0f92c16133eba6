"""What every `Table` does: the one in memory and DynamoDB's adapter alike."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from itertools import chain, count
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from fanfold.aws.table import DynamoTable
from fanfold.errors import Contended, Invalid
from fanfold.jobs.job import State
from fanfold.ports import Change, Item, Key, Query, Removal, Table
from tests.fakes.moto_stack import client
from tests.fakes.moto_stack import table as create_table
from tests.fakes.table import MemoryTable, Refusal

NUMBERS = count()
KEY = Key("T#acme", "one")
REFUSED = (ClientError, TypeError, Refusal, Invalid)


@pytest.fixture(params=["memory", "dynamodb"])
def table(request: pytest.FixtureRequest) -> Table:
    if request.param == "memory":
        return MemoryTable()
    request.getfixturevalue("aws")
    create_table(name := f"table-{next(NUMBERS)}")
    return DynamoTable(client("dynamodb"), name)


def nested(levels: int) -> Any:
    """A list in a list in a list …"""
    return [nested(levels - 1)] if levels else 1


def put(table: Table, sk: str, **values: Any) -> None:
    table.change(Change(key=Key("T#acme", sk), set={"there": True} | values))


def pages(table: Table, query: Query) -> Iterator[list[str]]:
    """The sort keys of each page."""
    while True:
        page = table.page(query)
        yield [item["sk"] for item in page.items]
        if page.cursor is None:
            return
        query = query.model_copy(update={"after": page.cursor})


def walk(table: Table, query: Query) -> list[str]:
    return [sk for page in pages(table, query) for sk in page]


class TestChange:
    def test_an_item_that_is_not_there_is_none(self, table: Table) -> None:
        assert table.get(KEY) is None

    def test_a_change_makes_the_item_and_returns_it(self, table: Table) -> None:
        item = table.change(Change(key=KEY, set={"name": "a"}))
        assert item == {"pk": "T#acme", "sk": "one", "name": "a"} == table.get(KEY)

    def test_a_change_leaves_other_attributes_alone(self, table: Table) -> None:
        put(table, "one", a=1)
        assert table.change(Change(key=KEY, set={"b": 2})) == table.get(KEY)
        assert table.get(KEY) == {"pk": "T#acme", "sk": "one", "there": True, "a": 1, "b": 2}

    def test_none_takes_an_attribute_away_whether_or_not_it_is_there(self, table: Table) -> None:
        put(table, "one", a=1)
        assert table.change(Change(key=KEY, set={"a": None, "never": None})) == {
            "pk": "T#acme",
            "sk": "one",
            "there": True,
        }

    def test_expecting_an_absent_attribute_makes_an_item_once(self, table: Table) -> None:
        once = Change(key=KEY, set={"name": "first"}, expect={"name": None})
        assert table.change(once) is not None
        assert table.change(once.model_copy(update={"set": {"name": "second"}})) is None
        assert (table.get(KEY) or {})["name"] == "first"

    def test_expecting_a_value_holds_only_for_that_value(self, table: Table) -> None:
        put(table, "one", attempt=1, state="open")
        stale = Change(key=KEY, set={"state": "shut"}, expect={"attempt": 2})
        assert table.change(stale) is None
        assert table.change(stale.model_copy(update={"expect": {"attempt": 1, "state": "shut"}})) is None
        assert table.change(stale.model_copy(update={"expect": {"attempt": 1, "state": "open"}})) is not None

    def test_a_number_stays_under_its_limit(self, table: Table) -> None:
        step = Change(key=KEY, add={"n": 3}, at_most={"n": 4})
        assert [item and item["n"] for item in map(table.change, (step, step, step))] == [3, 6, None]
        assert table.get(KEY) == {"pk": "T#acme", "sk": "one", "n": 6}

    def test_a_number_that_is_not_there_is_0(self, table: Table) -> None:
        assert table.change(Change(key=KEY, add={"n": 1}, at_most={"n": -1})) is None
        assert table.change(Change(key=KEY, add={"n": 1}, at_most={"n": 0}, expect={"a": None})) is not None

    def test_all_limits_hold_together(self, table: Table) -> None:
        changes = Change(key=KEY, add={"n": 1}, at_most={"n": 0}), Change(key=Key("T#acme", "two"), add={"n": 1})
        assert [table.together(*changes) for _ in range(2)] == [True, False]
        assert table.get(Key("T#acme", "two")) == {"pk": "T#acme", "sk": "two", "n": 1}

    def test_expecting_anything_of_an_item_that_is_not_there_fails(self, table: Table) -> None:
        assert table.change(Change(key=KEY, set={"a": 1}, expect={"attempt": 1})) is None
        assert table.get(KEY) is None

    def test_add_starts_from_nothing(self, table: Table) -> None:
        table.change(Change(key=KEY, add={"n": 2, "m": 0}))
        item = table.change(Change(key=KEY, set={"a": "b"}, add={"n": -5}))
        assert item == {"pk": "T#acme", "sk": "one", "n": -3, "m": 0, "a": "b"}

    def test_an_enum_is_kept_as_its_text(self, table: Table) -> None:
        table.change(Change(key=KEY, set={"state": State.RUNNING}))
        assert table.change(Change(key=KEY, set={"a": 1}, expect={"state": "running"})) is not None
        assert table.change(Change(key=KEY, set={"a": 2}, expect={"state": State.FAILED})) is None

    def test_words_that_dynamodb_reserves_are_names_like_others(self, table: Table) -> None:
        item = table.change(Change(key=KEY, set={"open": "a", "open_since": "b", "size": 1, "name": "c"}))
        assert item is not None
        assert item["size"] == 1

    @pytest.mark.parametrize(
        "value",
        [
            "text",
            "",
            "è \U0001f642",
            0,
            -(10**30),
            1.5,
            True,
            b"\x00\xff",
            [],
            [1, "a", None, [2.25]],
            {},
            {"a": {"b": [{"c": b"x"}, None]}},
        ],
        ids=repr,
    )
    def test_a_value_comes_back_as_it_was(self, table: Table, value: Any) -> None:
        table.change(Change(key=KEY, set={"value": value}))
        found = (table.get(KEY) or {})["value"]
        assert found == value
        assert type(found) is type(value)

    def test_a_tuple_comes_back_as_a_list(self, table: Table) -> None:
        table.change(Change(key=KEY, set={"value": ({"a": (1, 2)},)}))
        assert (table.get(KEY) or {})["value"] == [{"a": [1, 2]}]

    def test_what_is_read_is_a_copy(self, table: Table) -> None:
        put(table, "one", value=[1])
        (table.get(KEY) or {})["value"].append(2)
        assert (table.get(KEY) or {})["value"] == [1]

    @pytest.mark.parametrize(
        "change",
        [
            Change(key=KEY, set={"value": float("nan")}),
            Change(key=KEY, set={"value": object()}),
            Change(key=KEY, set={"n": 1}, add={"n": 1}),
            Change(key=KEY, set={"sk": "two"}),
        ],
        ids=["nan", "object", "set and add", "key"],
    )
    def test_what_dynamodb_refuses_is_refused(self, table: Table, change: Change) -> None:
        with pytest.raises(REFUSED):
            table.change(change)
        assert table.get(KEY) is None

    @pytest.mark.parametrize(
        "values",
        [{"value": "x" * 410_000}, {"value": [b"x" * 300_000] * 2}, {"listing": "", "listed": "a"}, {"open": 1}],
        ids=["too large", "too large together", "empty index key", "number as index key"],
    )
    def test_the_table_in_memory_refuses_what_dynamodb_would_and_moto_does_not(self, values: Item) -> None:
        with pytest.raises(Refusal):
            MemoryTable().change(Change(key=KEY, set=values))

    def test_a_text_is_no_number_to_add_to(self, table: Table) -> None:
        put(table, "one", n="text")
        with pytest.raises(REFUSED):
            table.change(Change(key=KEY, add={"n": 1}))

    def test_a_removed_item_is_gone_and_removing_again_does_nothing(self, table: Table) -> None:
        put(table, "one")
        table.remove(KEY)
        table.remove(KEY)
        assert table.get(KEY) is None


class TestTogether:
    def test_all_changes_are_made(self, table: Table) -> None:
        assert table.together(
            Change(key=KEY, set={"a": 1}, expect={"a": None}), Change(key=Key("T#acme", "two"), add={"n": 3})
        )
        assert walk(table, Query(partition="T#acme")) == ["one", "two"]

    def test_or_none_if_one_is_not_as_expected(self, table: Table) -> None:
        put(table, "one", a=1)
        changes = [
            Change(key=Key("T#acme", "two"), add={"n": 3}),
            Change(key=KEY, set={"a": 2}, expect={"a": 5}),
            Change(key=Key("T#other", "three"), set={"a": 1}),
        ]
        assert not table.together(*changes)
        assert walk(table, Query(partition="T#acme")) == ["one"]
        assert walk(table, Query(partition="T#other")) == []
        assert (table.get(KEY) or {})["a"] == 1

    def test_a_hundred_changes_fit(self, table: Table) -> None:
        assert table.together(*(Change(key=Key("T#acme", f"{n:03d}"), set={"n": n}) for n in range(100)))
        assert len(walk(table, Query(partition="T#acme"))) == 100

    def test_but_no_more(self, table: Table) -> None:
        with pytest.raises(REFUSED):
            table.together(*(Change(key=Key("T#acme", f"{n:03d}"), set={"n": n}) for n in range(101)))

    def test_an_item_can_go_in_the_same_breath(self, table: Table) -> None:
        put(table, "one", a=1)
        moved = Change(key=Key("T#acme", "two"), set={"a": 1}, expect={"a": None})
        assert not table.together(Removal(key=KEY, expect={"a": 2}), moved)
        assert walk(table, Query(partition="T#acme")) == ["one"]
        assert table.together(Removal(key=KEY, expect={"a": 1, "b": None}), moved)
        assert walk(table, Query(partition="T#acme")) == ["two"]

    def test_what_is_not_there_does_not_go(self, table: Table) -> None:
        assert not table.together(Removal(key=KEY, expect={"a": 1}), Change(key=Key("T#acme", "two"), set={"a": 1}))
        assert walk(table, Query(partition="T#acme")) == []

    def test_a_removal_needs_a_condition(self, table: Table) -> None:
        put(table, "one")
        with pytest.raises(REFUSED):
            table.together(Removal(key=KEY, expect={}))
        assert walk(table, Query(partition="T#acme")) == ["one"]

    def test_one_item_is_not_changed_twice(self, table: Table) -> None:
        with pytest.raises(REFUSED):
            table.together(Change(key=KEY, set={"a": 1}), Change(key=KEY, set={"b": 1}))


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_busy_table_is_contended(aws: object, code: str) -> None:
    """moto never is, so the answer is made here as DynamoDB writes it."""
    dynamodb = client("dynamodb")

    class Busy:
        exceptions = dynamodb.exceptions

        def transact_write_items(self, **asked: Any) -> None:
            response: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": code}]}
            raise dynamodb.exceptions.TransactionCanceledException(response, "TransactWriteItems")

    with pytest.raises(Contended):
        DynamoTable(Busy(), "table").together(Change(key=KEY, set={"a": 1}))  # type: ignore[arg-type]


class TestSeveral:
    def test_items_come_in_the_order_of_the_keys_and_none_for_what_is_not_there(self, table: Table) -> None:
        for n in range(100):
            put(table, f"{n:03d}", n=n)
        keys = [Key("T#acme", f"{n:03d}") for n in range(109, 9, -1)]
        found = table.several(keys)
        assert [item and item["n"] for item in found] == [None] * 10 + list(range(99, 9, -1))

    def test_a_hundred_at_most_and_none_twice(self, table: Table) -> None:
        with pytest.raises(REFUSED):
            table.several([Key("T#acme", f"{n:03d}") for n in range(101)])
        with pytest.raises(REFUSED):
            table.several([KEY, KEY])


class TestPage:
    @pytest.fixture(autouse=True)
    def items(self, table: Table) -> None:
        for sk in ("S#0002", "C#000001", "META", "S#0001", "C#000010", "C#000002"):
            put(table, sk)
        table.change(Change(key=Key("T#other", "C#000003"), set={"there": True}))

    def test_a_partition_is_in_order_and_alone(self, table: Table) -> None:
        assert walk(table, Query(partition="T#acme")) == [
            "C#000001",
            "C#000002",
            "C#000010",
            "META",
            "S#0001",
            "S#0002",
        ]

    def test_a_prefix_takes_its_part(self, table: Table) -> None:
        assert walk(table, Query(partition="T#acme", prefix="C#")) == ["C#000001", "C#000002", "C#000010"]

    def test_newest_first_turns_the_order(self, table: Table) -> None:
        query = Query(partition="T#acme", prefix="S#", newest_first=True)
        assert walk(table, query) == ["S#0002", "S#0001"]

    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 7])
    @pytest.mark.parametrize("newest_first", [False, True])
    def test_pages_of_any_size_hold_everything_once(self, table: Table, limit: int, newest_first: bool) -> None:
        query = Query(partition="T#acme", limit=limit, newest_first=newest_first)
        found = list(pages(table, query))
        assert max(map(len, found)) == min(limit, 6)
        assert [*chain.from_iterable(found)] == walk(table, query.model_copy(update={"limit": None}))

    def test_a_page_goes_on_though_its_last_item_is_removed(self, table: Table) -> None:
        query = Query(partition="T#acme", limit=2)
        page = table.page(query)
        table.remove(Key("T#acme", "C#000002"))
        assert walk(table, query.model_copy(update={"after": page.cursor})) == ["C#000010", "META", "S#0001", "S#0002"]

    def test_nothing_is_an_empty_page(self, table: Table) -> None:
        assert table.page(Query(partition="T#nobody")) == ([], None)

    def test_an_empty_cursor_is_the_beginning(self, table: Table) -> None:
        query = Query(partition="T#acme")
        assert table.page(query.model_copy(update={"after": ""})) == table.page(query)


class TestIndexes:
    @pytest.fixture(autouse=True)
    def items(self, table: Table) -> None:
        for n, tenant in enumerate(["acme", "other", "acme", "acme"]):
            keys: Item = {"listing": f"T#{tenant}#batch", "listed": f"2026-01-0{n}#job"}
            keys |= {"open": "job#batch", "open_since": f"2026-01-0{9 - n}"} if n != 2 else {}
            table.change(Change(key=Key(f"T#{tenant}#J#{n}", "META"), set={"n": n} | keys))
        table.change(Change(key=Key("T#acme#J#0", "COUNT"), add={"n": 7}))

    def numbers(self, table: Table, query: Query) -> list[int]:
        return [item["n"] for item in table.page(query).items]

    def test_an_index_has_its_own_partitions_and_order(self, table: Table) -> None:
        listing = Query(partition="T#acme#batch", index="listing", newest_first=True)
        assert self.numbers(table, listing) == [3, 2, 0]
        assert self.numbers(table, Query(partition="job#batch", index="open")) == [3, 1, 0]

    def test_a_prefix_is_one_of_the_index(self, table: Table) -> None:
        assert self.numbers(table, Query(partition="T#acme#batch", index="listing", prefix="2026-01-02")) == [2]

    def test_an_item_leaves_the_index_with_its_attributes(self, table: Table) -> None:
        shut = Change(key=Key("T#acme#J#3", "META"), set={"open": None, "open_since": None})
        assert table.change(shut) is not None
        assert self.numbers(table, Query(partition="job#batch", index="open")) == [1, 0]
        assert self.numbers(table, Query(partition="T#acme#batch", index="listing")) == [0, 2, 3]

    @pytest.mark.parametrize("newest_first", [False, True])
    def test_items_with_the_same_place_are_all_paged(self, table: Table, newest_first: bool) -> None:
        for n in range(5):
            table.change(Change(key=Key(f"J#{n}", "META"), set={"open": "shard", "open_since": "now"}))
        query = Query(partition="shard", index="open", limit=2, newest_first=newest_first)
        found = []
        while True:
            page = table.page(query)
            found += [item["pk"] for item in page.items]
            if page.cursor is None:
                break
            query = query.model_copy(update={"after": page.cursor})
        assert sorted(found) == [f"J#{n}" for n in range(5)]

    def test_a_cursor_of_another_partition_is_refused(self, table: Table) -> None:
        theirs = table.page(Query(partition="T#acme#batch", index="listing", limit=1)).cursor
        with pytest.raises(Invalid, match="cursor"):
            table.page(Query(partition="T#other#batch", index="listing", after=theirs))

    @pytest.mark.parametrize(
        "value",
        [10**60, 1e60, 1e-300, 1e300, float("inf"), float("nan"), {"a": [10**38]}, nested(40)],
        ids=lambda value: str(value)[:20],
    )
    def test_what_can_not_be_kept_is_refused(self, table: Table, value: Any) -> None:
        with pytest.raises(Invalid, match=r"options(\.a)? can't be kept"):
            table.change(Change(key=Key("T#acme", "one"), set={"options": value}))
        assert table.get(Key("T#acme", "one")) is None

    @pytest.mark.parametrize(
        "value", [10**37, -(10**37), 1e-100, 1e20, 0, 0.0, nested(30)], ids=lambda value: str(value)[:20]
    )
    def test_what_can_be_kept_comes_back(self, table: Table, value: Any) -> None:
        table.change(Change(key=Key("T#acme", "one"), set={"options": value}))
        assert (table.get(Key("T#acme", "one")) or {})["options"] == value

    def test_a_cursor_of_another_index_is_refused(self, table: Table) -> None:
        listed = table.page(Query(partition="T#acme#batch", index="listing", limit=1)).cursor
        with pytest.raises(Invalid, match="cursor"):
            table.page(Query(partition="T#acme#batch", index="open", after=listed))

    @pytest.mark.parametrize(
        "text",
        [
            b"",
            b"null",
            b"[]",
            b"7",
            b"{}",
            b'"T#acme#batch"',
            b"[" * 1500,
            b"[" * 1500 + b"]" * 1500,
            b"9" * 5000,
            b"\xff\xfe",
            b'{"listing": "T#acme#batch"}',
            b'{"listing": "T#acme#batch", "listed": "", "pk": "a", "sk": "b"}',
            b'{"listing": "T#acme#batch", "listed": "x", "pk": "a", "sk": 7}',
            b'{"listing": "T#acme#batch", "listed": "x", "pk": "a", "sk": "b", "more": "c"}',
        ],
    )
    def test_a_cursor_of_nobody_is_refused(self, table: Table, text: bytes) -> None:
        made = urlsafe_b64encode(text).decode() or "garbage"
        with pytest.raises(Invalid, match="cursor"):
            table.page(Query(partition="T#acme#batch", index="listing", after=made))

    @pytest.mark.parametrize("text", ["ä", "a", "%%%", "T#acme#batch|a|b", " "])
    def test_what_is_no_base64_is_refused(self, table: Table, text: str) -> None:
        with pytest.raises(Invalid, match="cursor"):
            table.page(Query(partition="T#acme#batch", index="listing", after=text))


class Cancelled(ClientError):
    """As botocore makes it."""


class Busy:
    """A client whose transactions meet another's a few times."""

    exceptions = SimpleNamespace(TransactionCanceledException=Cancelled)

    def __init__(self, times: int, code: str = "TransactionConflict") -> None:
        self.left, self.code = times, code

    def transact_write_items(self, **_: Any) -> None:
        if self.left:
            self.left -= 1
            told: Any = {"Error": {"Code": "Cancelled"}, "CancellationReasons": [{"Code": self.code}]}
            raise Cancelled(told, "TransactWriteItems")


def test_a_transaction_that_met_another_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fanfold.aws.table.PAUSES", (0.001, 0.001, None))
    change = Change(key=Key("T#acme", "one"), set={"a": 1})
    assert DynamoTable(cast(Any, Busy(2)), "t").together(change)
    assert not DynamoTable(cast(Any, Busy(1, "ConditionalCheckFailed")), "t").together(change)
    with pytest.raises(Contended):
        DynamoTable(cast(Any, Busy(3)), "t").together(change)


class TestScan:
    def test_it_finds_every_item_whose_partition_begins_so(self, table: Table) -> None:
        there = [Key(pk, f"{number:03d}") for pk in ("T#acme", "T#acme#J#1", "T#b", "R#x") for number in range(60)]
        for key in there:
            table.change(Change(key=key, set={"there": True}))
        found: list[Key] = []
        cursor = None
        while True:
            page = table.scan("T#acme", cursor)
            found += [Key(item["pk"], item["sk"]) for item in page.items]
            cursor = page.cursor
            if cursor is None:
                break
        assert sorted(found) == [key for key in there if key.pk.startswith("T#acme")]

    def test_an_empty_table_has_nothing(self, table: Table) -> None:
        assert table.scan("T#acme") == ([], None)
