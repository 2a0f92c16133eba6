"""What a fault that hits a call does to it on the wire."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from local.provider.connections import gone, reset
from local.provider.faults import Rule
from local.provider.problems import CallError

CHUNK = 64 * 1024
DRIP_STEPS = 20
BROKEN_JSON = b'{"id": "broken", "object": '


class NoResponse(Response):
    """Stands for an answer that never comes: the connection is gone."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends nothing."""


async def before(rule: Rule, request: Request) -> Response | None:
    """Acts in place of the call, or returns None where the fault only touches its answer.

    Raises the CallError that the client should see.
    """
    if rule.kind in REFUSALS:
        await _drain(request)
        raise _refusal(rule)
    if rule.kind not in ("reset", "hold"):
        return None
    if rule.kind == "hold":
        await _hold(request, rule.seconds)
    await reset(request)
    return NoResponse()


async def after(rule: Rule, request: Request, response: Response) -> Response:
    """The answer as the fault leaves it."""
    if rule.kind == "late_response":
        await _hold(request, rule.seconds)
        return response
    if rule.kind == "malformed_json":
        return Response(BROKEN_JSON, media_type="application/json")
    if rule.kind == "slow_drip":
        return _streamed(response, _drip(response, rule.seconds), _length(response))
    if rule.kind == "reset_midway":
        return _streamed(response, _half(response, request), _length(response))
    if rule.kind == "truncated_content" and isinstance(response, FileResponse):
        length = _before_last_line_ends(Path(response.path))
        return _streamed(response, _bytes(response, 0, length), length)
    return response


REFUSALS = {
    "rate_limited": CallError(429, "Rate limit reached for requests.", "rate_limit_exceeded", kind="requests"),
    "server_error": CallError(500, "The server had an error while processing your request.", kind="server_error"),
    "overloaded": CallError(529, "The engine is currently overloaded.", "overloaded", kind="overloaded_error"),
    "missing_at_first": CallError(404, "No such File object.", param="id"),
}
REFUSALS["rate_limited_retry_after"] = REFUSALS["rate_limited"]


def _refusal(rule: Rule) -> CallError:
    told = REFUSALS[rule.kind]
    headers = {"retry-after": f"{rule.retry_after:g}"} if rule.kind == "rate_limited_retry_after" else {}
    return CallError(told.status, told.message, told.code, told.param, told.kind, headers)


async def _drain(request: Request) -> None:
    """Reads the body away: a client still sending would take an early answer for a broken connection."""
    async for _chunk in request.stream():
        pass


async def _hold(request: Request, seconds: float) -> None:
    """Waits, but not for a client that has left."""
    ends = [asyncio.ensure_future(asyncio.sleep(seconds)), asyncio.ensure_future(gone(request))]
    _done, waiting = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for end in waiting:
        end.cancel()


def _length(response: Response) -> int:
    return Path(response.path).stat().st_size if isinstance(response, FileResponse) else len(response.body)


def _streamed(response: Response, body: AsyncIterator[bytes], length: int) -> Response:
    return StreamingResponse(
        body, response.status_code, {"content-length": str(length)}, media_type=response.media_type
    )


async def _bytes(response: Response, start: int, stop: int) -> AsyncIterator[bytes]:
    if not isinstance(response, FileResponse):
        yield bytes(response.body[start:stop])
        return
    with Path(response.path).open("rb") as source:
        source.seek(start)
        while start < stop and (chunk := source.read(min(CHUNK, stop - start))):
            start += len(chunk)
            yield chunk


async def _drip(response: Response, seconds: float) -> AsyncIterator[bytes]:
    length = _length(response)
    edges = [length * step // DRIP_STEPS for step in range(DRIP_STEPS + 1)]
    for start, stop in pairwise(edges):
        async for chunk in _bytes(response, start, stop):
            yield chunk
        await asyncio.sleep(seconds / DRIP_STEPS)


async def _half(response: Response, request: Request) -> AsyncIterator[bytes]:
    async for chunk in _bytes(response, 0, _length(response) // 2):
        yield chunk
    # What was sent must leave before the reset, which drops unsent bytes.
    await asyncio.sleep(0.05)
    await reset(request)


def _before_last_line_ends(path: Path) -> int:
    """A length that cuts the file's last line in half."""
    size, start = path.stat().st_size, 0
    with path.open("rb") as source:
        for line in source:
            start, last = start + len(line), len(line)
    return start - last // 2 - 1 if size else 0
