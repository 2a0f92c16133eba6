"""Functions that are called without waiting: in memory, and as boto3's client is stopped before it calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from pydantic import BaseModel

MOST_BYTES = 256 * 1024


class MemoryErrands:
    def __init__(self) -> None:
        self.messages: list[str] = []

    def send(self, message: BaseModel) -> None:
        text = message.model_dump_json()
        if len(text.encode()) > MOST_BYTES:
            raise ValueError("an event of Lambda holds 256 KiB")
        self.messages.append(text)


@contextmanager
def handed_over(client: Any) -> Iterator[list[tuple[str, str]]]:
    """What a client of Lambda hands over meanwhile: function and event. Moto would need Docker for it."""
    handed: list[tuple[str, str]] = []

    def note(params: dict[str, Any], **_: Any) -> Any:
        if params["headers"].get("X-Amz-Invocation-Type") != "Event" or len(params["body"]) > MOST_BYTES:
            return SimpleNamespace(status_code=413), {"Error": {"Code": "RequestTooLargeException", "Message": "Event"}}
        handed.append((params["url_path"].split("/")[-2], params["body"].decode()))
        return SimpleNamespace(status_code=202), {"StatusCode": 202}

    client.meta.events.register("before-call.lambda.Invoke", note)
    try:
        yield handed
    finally:
        client.meta.events.unregister("before-call.lambda.Invoke", note)
