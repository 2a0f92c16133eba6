"""Schedules that only keep their books."""

from collections.abc import Mapping

from fanfold.ports import Timetable


class MemoryScheduler:
    def __init__(self) -> None:
        self.put_under: dict[str, tuple[Timetable, dict[str, str]]] = {}

    def put(self, name: str, timetable: Timetable, command: Mapping[str, str]) -> None:
        self.put_under[name] = (timetable, dict(command))

    def remove(self, name: str) -> None:
        self.put_under.pop(name, None)

    def due(self, name: str, at: str) -> dict[str, str]:
        """The input of what the schedule starts at that moment."""
        return {**self.put_under[name][1], "at": at}
