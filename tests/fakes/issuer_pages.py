"""An issuer that people sign in at: discovery, a page that lets everybody in, and tokens for a code with its proof."""

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.fakes.issuer import AUDIENCE, Issuer


class IssuerPages(ThreadingHTTPServer):
    """At `url`; who signs in is `role` of the tenant `acme`, or is `refused`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.issuer = Issuer(self.url)
        self.role, self.refused = "editor", False
        self.codes: dict[str, dict[str, str]] = {}

    def description(self) -> bytes:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        said = {name: f"{self.url}/{path}" for name, path in places.items()}
        return json.dumps({"issuer": self.url, **said}).encode()

    def returning(self, asked: dict[str, str]) -> str:
        """Where the page is sent back to, with a code or a refusal."""
        if self.refused:
            return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def tokens(self, asked: dict[str, str]) -> bytes | None:
        """The tokens for a code, once; None without its proof."""
        began = self.codes.pop(asked["code"], None)
        proof = urlsafe_b64encode(sha256(asked["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if began is None or proof != began["code_challenge"] or asked["redirect_uri"] != began["redirect_uri"]:
            return None
        now = datetime.now(UTC)
        access = self.issuer.token(now, role=self.role)
        identity = self.issuer.token(now, nonce=began["nonce"], tenant=None, role=None)
        said = {"access_token": access, "id_token": identity, "token_type": "Bearer", "expires_in": 3600}
        return json.dumps(said).encode()


class _Answers(BaseHTTPRequestHandler):
    server: IssuerPages

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", self.server.returning(_fields(parts.query)))
            self.end_headers()
        elif parts.path == "/.well-known/openid-configuration":
            self._send(200, self.server.description())
        else:
            self._send(200, self.server.issuer.jwks())

    def do_POST(self) -> None:
        asked = _fields(self.rfile.read(int(self.headers["Content-Length"])).decode())
        found = self.server.tokens(asked) if asked["client_id"] == AUDIENCE else None
        self._send(200 if found else 400, found or b'{"error": "invalid_grant"}')

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def _fields(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}


@contextmanager
def issuer_pages() -> Iterator[IssuerPages]:
    """One that listens until the context ends."""
    with IssuerPages() as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()
