"""A state machine that only keeps its books: what was started, what ended, which tokens wait."""

import re

from pydantic import BaseModel

from fanfold.ports import GONE, Ended

EXECUTIONS = "arn:aws:states:eu-central-1:123456789012:execution:fanfold-batch:"
NAME = re.compile(r"[\w-]{1,80}", re.ASCII)
MOST_BYTES = 256 * 1024


class MemoryWorkflow:
    def __init__(self) -> None:
        self.started: dict[str, str] = {}
        """Inputs by name."""
        self.ends: dict[str, Ended | None] = {}
        """How executions ended, by ARN; None is success."""
        self.waiting: set[str] = set()
        self.woken: list[str] = []

    def start(self, name: str, command: BaseModel) -> None:
        text = command.model_dump_json()
        if not NAME.fullmatch(name) or len(text.encode()) > MOST_BYTES:
            raise ValueError("no name or no input that Step Functions takes")
        self.started.setdefault(name, text)

    def ended(self, execution: str) -> Ended | None:
        name = execution.removeprefix(EXECUTIONS)
        if name not in self.started:
            return Ended(GONE, "States.ExecutionDoesNotExist", "the execution is gone")
        return self.ends.get(self.arn(name))

    def stop(self, execution: str) -> None:
        name = execution.removeprefix(EXECUTIONS)
        if name in self.started:
            self.ends.setdefault(self.arn(name), Ended("ABORTED", "", ""))

    def wake(self, token: str) -> bool:
        if token not in self.waiting:
            return False
        self.waiting.remove(token)
        self.woken.append(token)
        return True

    def arn(self, name: str) -> str:
        """The execution of that name."""
        return EXECUTIONS + name
