"""A queue in memory."""

from pydantic import BaseModel


class MemoryQueue:
    def __init__(self) -> None:
        self.messages: list[str] = []

    def send(self, message: BaseModel) -> None:
        self.messages.append(message.model_dump_json())
