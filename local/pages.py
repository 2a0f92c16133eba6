"""The dashboard's built files on an origin of their own, as its deployment would serve them."""

import socket
import threading
from contextlib import ExitStack, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, unquote, urlsplit

from local.callers import own_hosts
from local.cloud.template import read
from local.stack import TEMPLATE
from tools.page import CONFIG, DIST, INDEX, Served, SignIn, config, security_headers, served


class Pages:
    """A server of the files in `dist`; leaving the context stops it.

    It listens before it knows the API, whose deployment has to know the origin first: `belong_to` tells it.
    """

    def __init__(self, dist: Path = DIST, port: int = 0) -> None:
        self._open = ExitStack()
        self._server = _Server(dist, port)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="pages").start()
        self._open.callback(self._server.server_close)
        self._open.callback(self._server.shutdown)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def belong_to(self, api: str, sign_in: SignIn | None = None) -> None:
        """The API that the page calls; files go to the storage at the same origin. And where people sign in, if not
        by key alone."""
        self._server.api, self._server.sign_in = api, sign_in

    def link(self, key: str) -> str:
        """A link that signs in: browsers send no fragment to any server."""
        return f"{self.origin}/#key={quote(key, safe='')}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, dist: Path, port: int) -> None:
        self.dist, self.api = dist.resolve(), ""
        self.sign_in: SignIn | None = None
        policy = read(TEMPLATE).resources["DashboardHeaders"]["Properties"]
        self._policy = policy["ResponseHeadersPolicyConfig"]
        super().__init__(("127.0.0.1", port), _Files)

    def file(self, path: str) -> Path | None:
        """The built file at the path; None for one that is not there, or not among them."""
        found = (self.dist / (unquote(path).lstrip("/") or INDEX)).resolve()
        return found if found.is_relative_to(self.dist) and found.is_file() else None

    def headers(self) -> dict[str, str]:
        """Those of the deployment: a page runs only its own scripts and styles, and talks to its API alone."""
        called = [self.api, self.sign_in.issuer] if self.sign_in else [self.api]
        origins = (f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, called) if parts.netloc)
        return dict(security_headers(self._policy, " ".join(origins)))


class _Files(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        if self.headers.get("Host") not in own_hosts(int(self.server.server_address[1])):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        path = urlsplit(self.path).path
        file = self.server.file(path)
        if path == f"/{CONFIG}":
            self._send(config(self.server.api, self.server.sign_in))
        elif file is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            self._send(served(file))

    def _send(self, file: Served) -> None:
        self.send_response(HTTPStatus.OK)
        own = {"Content-Type": file.content_type, "Content-Length": str(len(file.body))}
        for name, value in (own | {"Cache-Control": file.cache_control} | self.server.headers()).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(file.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: who calls is the browser on this machine."""


def last_port(kept: Path) -> int:
    """The port of last time if it is free, so that bookmarks hold; else another, which is kept for the next time."""
    with suppress(OSError, ValueError):
        port = int(kept.read_text())
        socket.create_server(("127.0.0.1", port)).close()
        return port
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(str(port))
    return port
