"""The table in memory: the same conditions, pages, indexes and refusals as DynamoDB's."""

from collections.abc import Iterator, Sequence
from threading import RLock
from typing import Any

from fanfold import cursors
from fanfold.aws.table import PARTITION, SORT
from fanfold.errors import Invalid
from fanfold.ports import Change, Item, Key, Page, Query, Removal
from fanfold.values import first_unkept

PAGE = 100
MOST_CHANGES = 100
MOST_BYTES = 400 * 1024
INDEX_KEYS = {*PARTITION.values(), *SORT.values()} - {"pk", "sk"}


class Refusal(Exception):
    """DynamoDB would answer this with a ValidationException."""


class MemoryTable:
    def __init__(self) -> None:
        self.items: dict[Key, Item] = {}
        self.writes = 0
        self._lock = RLock()

    def get(self, key: Key) -> Item | None:
        return _copied(self.items[key]) if key in self.items else None

    def several(self, keys: Sequence[Key]) -> list[Item | None]:
        if len(keys) > MOST_CHANGES or len(set(keys)) < len(keys):
            raise Refusal("up to 100 keys at once, none of them twice")
        return [self.get(key) for key in keys]

    def change(self, change: Change) -> Item | None:
        with self._lock:
            return self.get(change.key) if self.together(change) else None

    def together(self, *changes: Change | Removal) -> bool:
        with self._lock:
            _check(changes)
            if not all(self._as_expected(change) for change in changes):
                return False
            self.items |= {change.key: self._changed(change) for change in changes if isinstance(change, Change)}
            for change in changes:
                if isinstance(change, Removal):
                    self.remove(change.key)
            self.writes += len(changes)
            return True

    def page(self, query: Query) -> Page:
        places = sorted(self._places(query), reverse=query.newest_first)
        if query.after:
            last = _place(query)
            places = [each for each in places if (each < last if query.newest_first else each > last)]
        taken = places[: query.limit or PAGE]
        cursor = _cursor(query, *taken[-1]) if len(taken) < len(places) else None
        return Page([_copied(self.items[key]) for _, key in taken], cursor)

    def scan(self, prefix: str, after: str | None = None) -> Page:
        keys = sorted(self.items)
        rest = [key for key in keys if after is None or key > Key(*cursors.place(after))]
        cursor = cursors.cursor(rest[PAGE - 1]) if len(rest) > PAGE else None
        return Page([_copied(self.items[key]) for key in rest[:PAGE] if key.pk.startswith(prefix)], cursor)

    def remove(self, key: Key) -> None:
        self.items.pop(key, None)

    def _places(self, query: Query) -> Iterator[tuple[str, Key]]:
        partition, sort = PARTITION[query.index], SORT[query.index]
        for key, item in self.items.items():
            if item.get(partition) == query.partition and sort in item and _wanted(query, item[sort]):
                yield item[sort], key

    def _as_expected(self, change: Change | Removal) -> bool:
        item = self.items.get(change.key, {})
        expected = all(item.get(name) == value for name, value in change.expect.items())
        limits = change.at_most if isinstance(change, Change) else {}
        return expected and all(item.get(name, 0) <= most for name, most in limits.items())

    def _changed(self, change: Change) -> Item:
        item = self.get(change.key) or change.key._asdict()
        for name, value in change.set.items():
            if value is None:
                item.pop(name, None)
            else:
                item[name] = _kept(value)
        for name, step in change.add.items():
            if not isinstance(item.get(name, 0), int):
                raise Refusal(f"{name} is no number")
            item[name] = item.get(name, 0) + step
        if _size(item) > MOST_BYTES:
            raise Refusal("an item of over 400 KB")
        return item


def _wanted(query: Query, sort: str) -> bool:
    return sort.startswith(query.prefix) and (query.since or "") <= sort and (not query.until or sort <= query.until)


def _check(changes: tuple[Change | Removal, ...]) -> None:
    if len(changes) > MOST_CHANGES or len({change.key for change in changes}) < len(changes):
        raise Refusal("a transaction has up to 100 changes, of one item each")
    for change in changes:
        if isinstance(change, Removal):
            if not change.expect:
                raise Refusal("a removal without a condition")
            continue
        if change.set.keys() & (change.add.keys() | {"pk", "sk"}):
            raise Refusal("an attribute is changed twice, or is part of the key")
        if found := first_unkept(change.set):
            field, why = found
            raise Invalid(f"{field} can't be kept: {why}", field=field)
        if any(value == "" or not isinstance(value, str | None) for name, value in _indexed(change)):
            raise Refusal("an index's key is a text that is not empty")


def _indexed(change: Change) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in change.set.items() if name in INDEX_KEYS)


def _kept(value: Any) -> Any:
    """The value as it comes back: plain, and whole numbers as int."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {name: _kept(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_kept(each) for each in value]
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, bool | int | bytes):
        return value
    raise TypeError(f"DynamoDB has no {type(value).__name__}")


def _copied(value: Any) -> Any:
    """What is kept, as a caller may change it; `copy.deepcopy` takes ten times as long."""
    if type(value) is dict:
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if type(value) is list else value


def _size(value: Any) -> int:
    if type(value) is str:
        return len(value) if value.isascii() else len(value.encode())
    if isinstance(value, dict):
        return 3 + sum(len(name.encode()) + _size(each) + 1 for name, each in value.items())
    if isinstance(value, list):
        return 3 + sum(_size(each) + 1 for each in value)
    return len(value) if isinstance(value, bytes) else len(str(value).encode())


def _cursor(query: Query, sort: str, key: Key) -> str:
    return cursors.cursor([query.index, query.partition, sort, *key])


def _place(query: Query) -> tuple[str, Key]:
    try:
        index, partition, sort, *key = cursors.place(query.after or "")
        place = sort, Key(*key)
    except (ValueError, TypeError):
        index = partition = None
    if (index, partition) != (query.index, query.partition):
        raise Invalid("this is no cursor of ours", field="cursor")
    return place
