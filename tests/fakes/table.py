"""The table in memory: the same conditions, pages and indexes as DynamoDB's, and its refusals."""

import copy
from threading import RLock

from fanfold.aws.table import PARTITION, SORT
from fanfold.errors import Invalid
from fanfold.ports import Change, Item, Key, Page, Query

PAGE = 100


class MemoryTable:
    def __init__(self) -> None:
        self.items: dict[Key, Item] = {}
        self.writes = 0
        self._lock = RLock()

    def get(self, key: Key) -> Item | None:
        return copy.deepcopy(self.items.get(key))

    def change(self, change: Change) -> Item | None:
        with self._lock:
            return self.get(change.key) if self.together(change) else None

    def together(self, *changes: Change) -> bool:
        with self._lock:
            if not all(self._as_expected(change) for change in changes):
                return False
            for change in changes:
                self._write(change)
            return True

    def page(self, query: Query) -> Page:
        partition, sort = PARTITION[query.index], SORT[query.index]
        found = sorted(
            (item[sort], key)
            for key, item in self.items.items()
            if item.get(partition) == query.partition and item.get(sort, "").startswith(query.prefix)
        )
        keys = [key for _, key in (reversed(found) if query.newest_first else found)]
        start = self._after(query, keys)
        end = start + (query.limit or PAGE)
        cursor = "|".join([query.partition, *keys[end - 1]]) if end < len(keys) else None
        return Page([copy.deepcopy(self.items[key]) for key in keys[start:end]], cursor)

    def remove(self, key: Key) -> None:
        self.items.pop(key, None)

    def _after(self, query: Query, keys: list[Key]) -> int:
        if query.after is None:
            return 0
        partition, *key = query.after.split("|")
        if partition != query.partition or len(key) != 2:
            raise Invalid("this is no cursor of ours", field="cursor")
        return keys.index(Key(*key)) + 1

    def _as_expected(self, change: Change) -> bool:
        item = self.items.get(change.key, {})
        return all(item.get(name) == value for name, value in change.expect.items())

    def _write(self, change: Change) -> None:
        self.writes += 1
        item = self.items.setdefault(change.key, {"pk": change.key.pk, "sk": change.key.sk})
        for name, value in change.set.items():
            if value is None:
                item.pop(name, None)
            else:
                item[name] = copy.deepcopy(value)
        for name, step in change.add.items():
            item[name] = item.get(name, 0) + step
