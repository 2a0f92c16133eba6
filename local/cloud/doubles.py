"""Messages delivered twice, as a standard queue of SQS may: every send that comes in is done a second time.

POST /_fanfold/doubles    from now on
DELETE /_fanfold/doubles  no more
"""

from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from local.cloud.kills import nobody
from local.cloud.seam import replace

PATH = "/_fanfold/doubles"
SENDS = (b"AmazonSQS.SendMessage", b"AmazonSQS.SendMessageBatch")
_doubling: set[str] = set()


def install() -> None:
    from ministack import app

    replace(app, "app", "scope receive send", _watched)


def _watched(original: ASGIApp) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["path"] != PATH and not (_doubling and _is_send(scope))):
            await original(scope, receive, send)
        elif scope["path"] == PATH:
            (_doubling.add if scope["method"] == "POST" else _doubling.discard)("all")
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            body = await _read(receive)
            await original(scope, _again(body), nobody)
            await original(scope, _again(body), send)

    return app


def _is_send(scope: Scope) -> bool:
    return any(name.lower() == b"x-amz-target" and value in SENDS for name, value in scope["headers"])


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def _again(body: bytes) -> Receive:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
