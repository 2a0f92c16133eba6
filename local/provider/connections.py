"""Open TCP connections by their far end, so that a fault can break one as a network would."""

import asyncio
import socket
import struct
from typing import ClassVar

from starlette.requests import Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ABORT_ON_CLOSE = struct.pack("ii", 1, 0)


class TrackedConnection(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol, which also remembers its transport."""

    open: ClassVar[dict[tuple[str, int], asyncio.Transport]] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer = transport.get_extra_info("peername")[:2]
        self.open[self._peer] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.open.pop(self._peer, None)
        super().connection_lost(exc)


async def reset(request: Request) -> None:
    """Ends the request's connection with a TCP reset, and returns when the server has noticed."""
    transport = TrackedConnection.open.get((request.scope["client"][0], request.scope["client"][1]))
    if transport is not None:
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT_ON_CLOSE)
        transport.abort()
    await gone(request)


async def gone(request: Request) -> None:
    """Returns when the client has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
