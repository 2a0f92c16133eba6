"""Events in memory."""

from pydantic import BaseModel

MOST_BYTES = 256 * 1024


class MemoryEvents:
    def __init__(self) -> None:
        self.published: list[tuple[str, str]] = []
        """Names and details, as JSON."""

    def publish(self, name: str, event: BaseModel) -> None:
        detail = event.model_dump_json()
        if len(detail.encode()) > MOST_BYTES:
            raise ValueError("EventBridge takes up to 256 KiB")
        self.published.append((name, detail))
