"""Who may call a server on this machine: any program, and of browsers the pages that were listed at its start.

Any page that a browser shows can send requests to 127.0.0.1. Browsers mark theirs with `Origin` or `Sec-Fetch-*`,
which no script can take away; a name that an attacker points at 127.0.0.1 shows in `Host`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

API = "/_aws/execute-api/"
SESSION = "ASIA"
"""How the key of a role's session begins: functions sign with one. Everybody knows the emulator's own key."""


LOOPBACK = "127.0.0.1"


def own_hosts(port: int, more: Iterable[str] = (), address: str = LOOPBACK) -> frozenset[str]:
    """What `Host` may be: the address's names with the port, and what else was asked for (`bridge:4566`)."""
    names = {LOOPBACK, "localhost"} if address == LOOPBACK else {address}
    return frozenset({*(f"{name}:{port}" for name in names), *more})


def from_browser(headers: Iterable[str]) -> bool:
    """Whether a request with headers of these names comes from a browser."""
    return any(name.lower() == "origin" or name.lower().startswith("sec-fetch-") for name in headers)


@dataclass(frozen=True)
class Callers:
    """Which `Host`s are answered, and which origins' pages."""

    hosts: frozenset[str]
    origins: frozenset[str] = frozenset()

    def refusal(self, scope: Scope) -> str | None:
        """Why this request is not answered; None for one that is."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        if host not in self.hosts:
            return f"this server does not answer as {host}"
        if not from_browser(headers):
            return None
        origin, path = headers.get("origin"), scope["path"]
        if origin in self.origins:
            return None if _is_for_pages(scope, headers) else "pages may call the API and move files, nothing else"
        if _is_presigned_read(scope) and origin in (None, "null"):
            return None
        if origin is None and path.startswith(API) and headers.get("sec-fetch-site") in ("none", "same-origin"):
            return None
        return f"pages of {origin or 'other sites'} may not call this server"


def guarded(app: ASGIApp, callers: Callers) -> ASGIApp:
    """`app`, behind an answer of 403 for whoever may not call it."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or (why := callers.refusal(scope)) is None:
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _refuse(send, why)

    return guard


async def _refuse(send: Send, why: str) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"message": why}).encode()})


def _is_for_pages(scope: Scope, headers: dict[str, str]) -> bool:
    return scope["path"].startswith(API) or _is_form(scope, headers) or _is_presigned_read(scope)


def _is_form(scope: Scope, headers: dict[str, str]) -> bool:
    """A form that is sent to a bucket, or the question that a browser asks before."""
    to_bucket = len(scope["path"].strip("/").split("/")) == 1 and scope["path"] != "/"
    asked = scope["method"] == "OPTIONS" and headers.get("access-control-request-method") == "POST"
    sent = scope["method"] == "POST" and headers.get("content-type", "").startswith("multipart/form-data")
    return to_bucket and (asked or sent)


def _is_presigned_read(scope: Scope) -> bool:
    """A link to an object that a function signed; the emulator checks the signature and how long it holds."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    key, _, rest = query.get("X-Amz-Credential", [""])[0].partition("/")
    to_object = "/" in scope["path"].strip("/") and not scope["path"].startswith("/_")
    is_signed = key.startswith(SESSION) and rest.split("/")[2:3] == ["s3"] and "X-Amz-Signature" in query
    return scope["method"] in ("GET", "HEAD") and to_object and is_signed
