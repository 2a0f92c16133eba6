"""Schedules in the table: an item each, `T#<tenant>#SCHEDULES` / its id."""

from collections.abc import Iterator
from typing import Any

from fanfold.errors import NotFound, Superseded
from fanfold.ports import Change, Item, Query, Table, every_item
from fanfold.schedules.model import Schedule, ScheduleRef, partition

KEPT = ("tenant", "id")
"""What an item's key says already."""


class ScheduleStore:
    """The schedules of all tenants."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def add(self, schedule: Schedule) -> bool:
        """Write a new schedule, once; whether it is new."""
        item = schedule.model_dump(mode="json", exclude=set(KEPT), exclude_none=True)
        return self._table.change(Change(key=schedule.ref.key, set=item, expect={"state": None})) is not None

    def find(self, ref: ScheduleRef) -> Schedule | None:
        item = self._table.get(ref.key)
        return _schedule(item) if item else None

    def get(self, ref: ScheduleRef) -> Schedule:
        """The schedule. Raises NotFound, also for another tenant's."""
        if (found := self.find(ref)) is None:
            raise NotFound(f"there is no schedule {ref.id!r}", field="id")
        return found

    def move(self, schedule: Schedule, **news: Any) -> Schedule:
        """Change a schedule that is still as it was read. Raises Superseded."""
        change = Change(key=schedule.ref.key, set=news, add={"version": 1}, expect={"version": schedule.version})
        if (item := self._table.change(change)) is None:
            raise Superseded(f"schedule {schedule.id} has moved on")
        return _schedule(item)

    def all(self, tenant: str) -> Iterator[Schedule]:
        """The tenant's schedules, by id."""
        return map(_schedule, every_item(self._table, Query(partition=partition(tenant))))

    def remove(self, ref: ScheduleRef) -> None:
        self._table.remove(ref.key)


def _schedule(item: Item) -> Schedule:
    known = {name: value for name, value in item.items() if name in Schedule.model_fields}
    return Schedule.model_validate(known | {"tenant": item["pk"].split("#")[1], "id": item["sk"]})
