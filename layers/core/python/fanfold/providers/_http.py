"""The HTTP client of the real-time calls: it reads no reply to the end that is too long. It comes with the SDKs."""

from collections.abc import AsyncIterator
from typing import cast

import httpx2

from fanfold.errors import BadReply

MOST_REPLY_BYTES = 8 * 1024 * 1024
"""What a reply may have: many are held at a time."""
CONNECT_SECONDS = 10.0
LIMITS = httpx2.Limits(max_connections=256, max_keepalive_connections=256)


def http_client(timeout: float) -> httpx2.AsyncClient:
    """A client for one event loop, the one that it is first used in; `timeout` is in seconds.

    Replies are asked for uncompressed, so that what is counted is what is held.
    """
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
        limits=LIMITS,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"response": [_bound]},
    )


async def _bound(response: httpx2.Response) -> None:
    response.stream = Bounded(cast(httpx2.AsyncByteStream, response.stream))


class Bounded(httpx2.AsyncByteStream):
    """A stream that raises BadReply behind MOST_REPLY_BYTES."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for part in self._stream:
            if (seen := seen + len(part)) > MOST_REPLY_BYTES:
                raise BadReply(f"the reply has over {MOST_REPLY_BYTES:,} bytes", "oversize_reply")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
