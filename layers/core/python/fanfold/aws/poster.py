"""Calls to addresses that tenants name. Nothing inside is connected to, and no redirect is followed."""

import socket
import ssl
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from threading import Timer
from typing import Any

from fanfold.addresses import Destination, Lookup, NotCallable, addresses, destination
from fanfold.ports import PostResult

CONNECT_SECONDS, SECONDS = 3.0, 10.0
"""For a connection, and for the whole call."""
MOST_ADDRESSES = 3
"""Of a name, that are tried; IPv4 first, which every function of ours reaches."""
MOST_SAID = 200
"""Bytes of the answer that are kept for the log."""


class OutsidePoster:
    """`allowed` are hosts inside that may be called; `lookup` is how names are resolved."""

    def __init__(self, allowed: Collection[str], lookup: Lookup = socket.getaddrinfo) -> None:
        self._allowed, self._lookup = allowed, lookup

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> PostResult:
        try:
            to = destination(url, self._allowed)
            found = sorted(addresses(to, self._allowed, self._lookup), key=lambda address: ":" in address)
            return _post(_PinnedConnection(to, found[:MOST_ADDRESSES]), to.path, headers, body)
        except NotCallable as error:
            return PostResult(None, f"not called: {error}")
        except (OSError, HTTPException) as error:
            return PostResult(None, f"{type(error).__name__}: {error}"[:MOST_SAID])


class _PinnedConnection(HTTPConnection):
    """A connection to the first address that answers, of those that were checked.

    The header `Host` and the certificate are those of the name.

    https://docs.python.org/3/library/http.client.html
    """

    def __init__(self, to: Destination, checked: Sequence[str]) -> None:
        super().__init__(to.host, to.port, timeout=CONNECT_SECONDS)
        self.default_port = to.default_port
        self._checked, self._is_secure = checked, to.scheme == "https"

    def connect(self) -> None:
        self.sock = self._connected()
        if self._is_secure:
            context = ssl.create_default_context()
            self.sock = secure = context.wrap_socket(
                self.sock, do_handshake_on_connect=False, server_hostname=self.host
            )
            secure.do_handshake()
        self.sock.settimeout(SECONDS)

    def _connected(self) -> socket.socket:
        """Raises the OSError of the last address if none answers."""
        *others, last = self._checked
        for address in others:
            with suppress(OSError):
                return socket.create_connection((address, self.port), CONNECT_SECONDS)
        return socket.create_connection((last, self.port), CONNECT_SECONDS)


def _post(connection: HTTPConnection, path: str, headers: Mapping[str, str], body: bytes) -> PostResult:
    """The call, which is cut off when its time is over, however slowly the other side goes on."""
    timer = Timer(SECONDS, _cut, (connection,))
    timer.daemon = True
    timer.start()
    try:
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        return PostResult(answer.status, answer.read(MOST_SAID).decode(errors="replace"))
    finally:
        timer.cancel()
        connection.close()


def _cut(connection: Any) -> None:
    if connection.sock is not None:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself
