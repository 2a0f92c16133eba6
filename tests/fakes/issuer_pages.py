"""An issuer that people sign in at: discovery, a page that lets everybody in, and tokens for a code with its proof.

Who asks for `offline_access` gets a refresh token with them, which renews them once and comes with the next one.
"""

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.fakes.issuer import AUDIENCE, Issuer

SCOPES = ["openid", "offline_access"]


class IssuerPages(ThreadingHTTPServer):
    """At `url`; who signs in is `role` of the tenant `acme`, or is `refused`.

    Tokens hold for `seconds`, by what it says; the next `spoilt` are none that the API takes.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.issuer = Issuer(self.url)
        self.role, self.refused, self.spoilt, self.seconds = "editor", False, 0, 3600
        self.codes: dict[str, dict[str, str]] = {}
        self.refreshing: set[str] = set()
        self.renewals = 0

    def description(self) -> bytes:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        said = {name: f"{self.url}/{path}" for name, path in places.items()}
        return json.dumps({"issuer": self.url, "scopes_supported": SCOPES, **said}).encode()

    def returning(self, asked: dict[str, str]) -> str:
        """Where the page is sent back to, with a code or a refusal."""
        if self.refused:
            return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def tokens(self, asked: dict[str, str]) -> bytes | None:
        """The tokens for a code or a refresh token, once; None without its proof."""
        return self._renewed(asked) if asked["grant_type"] == "refresh_token" else self._first(asked)

    def _first(self, asked: dict[str, str]) -> bytes | None:
        began = self.codes.pop(asked["code"], None)
        proof = urlsafe_b64encode(sha256(asked["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if began is None or proof != began["code_challenge"] or asked["redirect_uri"] != began["redirect_uri"]:
            return None
        identity = self.issuer.token(datetime.now(UTC), nonce=began["nonce"], tenant=None, role=None)
        return json.dumps(self._granted(began["scope"]) | {"id_token": identity}).encode()

    def _renewed(self, asked: dict[str, str]) -> bytes | None:
        if asked["refresh_token"] not in self.refreshing:
            return None
        self.refreshing.remove(asked["refresh_token"])
        self.renewals += 1
        return json.dumps(self._granted(" ".join(SCOPES))).encode()

    def _granted(self, scope: str) -> dict[str, Any]:
        audience, self.spoilt = ("somebody else" if self.spoilt else AUDIENCE), max(0, self.spoilt - 1)
        access = self.issuer.token(datetime.now(UTC), role=self.role, aud=audience, jti=token_urlsafe())
        said = {"access_token": access, "token_type": "Bearer", "expires_in": self.seconds}
        if "offline_access" not in scope.split():
            return said
        refresh = token_urlsafe()
        self.refreshing.add(refresh)
        return said | {"refresh_token": refresh}


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
