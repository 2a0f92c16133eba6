"""A queue in memory."""

from pydantic import BaseModel

MOST_BYTES = 1024 * 1024


class MemoryQueue:
    def __init__(self) -> None:
        self.messages: list[str] = []

    def send(self, message: BaseModel) -> None:
        text = message.model_dump_json()
        if len(text.encode()) > MOST_BYTES:
            raise ValueError("SQS takes up to 1 MiB")
        self.messages.append(text)
