"""One worker's Lambda Runtime API: the HTTP server that its awslambdaric asks for work.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import contextlib
import queue
import select
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from local.callers import from_browser

PREFIX = "/2018-06-01/runtime/"


@dataclass
class Invocation:
    """One event on its way to a worker."""

    request_id: str
    payload: bytes
    function_arn: str
    trace_id: str
    deadline_ms: int = 0
    delivered: bool = False


@dataclass(frozen=True)
class Ready:
    """The handler's module is imported; the worker asks for its first event."""


@dataclass(frozen=True)
class Answered:
    """The handler returned (`failed` is false) or raised."""

    request_id: str
    body: bytes
    failed: bool


@dataclass(frozen=True)
class InitFailed:
    """The handler's module could not be imported."""

    body: bytes


@dataclass(frozen=True)
class Exited:
    """The worker's process is gone; `code` as in `Popen.returncode`."""

    code: int


Happening = Ready | Answered | InitFailed | Exited


@dataclass
class RuntimeApi:
    """Listens on a free port of 127.0.0.1 until closed; puts what the worker says on `happenings`."""

    happenings: "queue.SimpleQueue[Happening]" = field(default_factory=queue.SimpleQueue)
    _work: "queue.SimpleQueue[Invocation | None]" = field(default_factory=queue.SimpleQueue)
    _asked: bool = False

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True, name="runtime-api").start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def hand(self, invocation: Invocation) -> None:
        """Give the worker its next event."""
        self._work.put(invocation)

    def next(self) -> Invocation | None:
        """Wait for the next event; None when there will be none."""
        if not self._asked:
            self._asked = True
            self.happenings.put(Ready())
        return self._work.get()

    def close(self) -> None:
        self._work.put(None)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, address), daemon=True).start()

    def _serve(self, connection: socket.socket, address: Any) -> None:
        with connection, contextlib.suppress(OSError):
            _Exchange(connection, address, self)  # type: ignore[arg-type]


class _Exchange(BaseHTTPRequestHandler):
    """The requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: RuntimeApi  # type: ignore[assignment]

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        if self.headers.get("Host") == self.server.address and not from_browser(self.headers):
            return True
        self.send_error(403)
        return False

    def do_GET(self) -> None:
        invocation = self.server.next() if self.path == f"{PREFIX}invocation/next" else None
        if invocation is None or self._hung_up():
            self.close_connection = True
            return
        invocation.delivered = True
        self._reply(200, invocation.payload, _headers(invocation))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._reply(202, b"{}", {})
        self.wfile.flush()
        self.server.happenings.put(_happening(self.path, body))

    def _hung_up(self) -> bool:
        """Whether the worker is gone: one that waits sends nothing, so all there can be to read is its end."""
        return bool(select.select([self.connection], [], [], 0)[0])

    def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _headers(invocation: Invocation) -> dict[str, str]:
    return {
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        "Lambda-Runtime-Trace-Id": invocation.trace_id,
    }


def _happening(path: str, body: bytes) -> Happening:
    if path == f"{PREFIX}init/error":
        return InitFailed(body)
    request_id, outcome = path.removeprefix(f"{PREFIX}invocation/").split("/")
    return Answered(request_id, body, failed=outcome == "error")
