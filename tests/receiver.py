"""A receiver of webhooks on this machine, which keeps what came and answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Arrived:
    """One call."""

    path: str
    headers: dict[str, str]
    body: str
    status: int = 204
    """What it was answered."""

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    def verify(self, secret: str) -> None:
        """Raises WebhookVerificationError."""
        Webhook(secret).verify(self.body, self.headers)


@dataclass
class WebhookReceiver:
    """`statuses` are answered in turn, then 204."""

    url: str
    calls: list[Arrived] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    def answer(self) -> int:
        """What the next call is answered; several may ask at once."""
        try:
            return self.statuses.pop(0)
        except IndexError:
            return 204

    def of(self, path: str, kind: str | None = None) -> list[Arrived]:
        """What came there, of that kind of event."""
        return [call for call in list(self.calls) if call.path == path and kind in (None, call.event["type"])]


@contextmanager
def receiving() -> Iterator[WebhookReceiver]:
    """A receiver, for a while."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    receiver = WebhookReceiver(f"http://127.0.0.1:{server.server_address[1]}")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.answer()
            receiver.calls.append(Arrived(self.path, headers, body, status))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
