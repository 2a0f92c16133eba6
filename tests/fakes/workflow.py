"""A state machine that only keeps its books: what was started, what ended, which tokens wait."""

from pydantic import BaseModel

from fanfold.ports import Ended


class MemoryWorkflow:
    def __init__(self) -> None:
        self.started: dict[str, str] = {}
        self.ends: dict[str, Ended] = {}
        self.waiting: set[str] = set()
        self.woken: list[str] = []

    def start(self, name: str, command: BaseModel) -> None:
        self.started.setdefault(name, command.model_dump_json())

    def ended(self, execution: str) -> Ended | None:
        if execution.rsplit(":", 1)[-1] not in self.started:
            return self.ends.get(execution, Ended("GONE", "States.ExecutionDoesNotExist", "the execution is gone"))
        return self.ends.get(execution)

    def wake(self, token: str) -> bool:
        if token not in self.waiting:
            return False
        self.waiting.remove(token)
        self.woken.append(token)
        return True
