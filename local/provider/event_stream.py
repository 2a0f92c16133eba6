"""Answers as server-sent events."""

import asyncio
import json
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

MOST_SENDS = 20
LEAST_PIECE, MOST_PIECES = 24, 200


class EventStream(Response):
    """Events of one answer, spread over `seconds`; `body` has all of them, as a fault may want them."""

    media_type = "text/event-stream"

    def __init__(self, frames: list[bytes], seconds: float) -> None:
        super().__init__(b"".join(frames))
        del self.headers["content-length"]
        self._frames = frames
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends some events at a time: a client must not count on one event a packet."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        step = -(-len(self._frames) // MOST_SENDS)
        for start in range(0, len(self._frames), step):
            part = b"".join(self._frames[start : start + step])
            await send({"type": "http.response.body", "body": part, "more_body": True})
            if self._seconds:
                await asyncio.sleep(self._seconds * step / len(self._frames))
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def frame(data: Any, event: str | None = None) -> bytes:
    """One event; `data` is put as JSON."""
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def pieces(text: str) -> list[str]:
    """The text in the pieces in which it comes."""
    size = max(LEAST_PIECE, -(-len(text) // MOST_PIECES))
    return [text[start : start + size] for start in range(0, len(text), size)]
