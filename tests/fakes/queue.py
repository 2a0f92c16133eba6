"""A queue in memory."""

from collections.abc import Iterable

from pydantic import BaseModel

MOST_BYTES = 1024 * 1024
MOST_DELAY = 900


class MemoryQueue:
    def __init__(self) -> None:
        self.messages: list[str] = []
        self.delays: list[int] = []
        """Of every message that was ever sent, in seconds."""

    def send(self, message: BaseModel, delay: int = 0) -> None:
        if not 0 <= delay <= MOST_DELAY:
            raise ValueError("SQS delays by up to 15 minutes")
        text = message.model_dump_json()
        if len(text.encode()) > MOST_BYTES:
            raise ValueError("SQS takes up to 1 MiB")
        self.messages.append(text)
        self.delays.append(delay)

    def send_all(self, messages: Iterable[BaseModel]) -> None:
        for message in messages:
            self.send(message)

    def waiting(self) -> int:
        return len(self.messages)
