"""What a fault that hits a call does to it on the wire."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from local.provider.connections import gone, reset
from local.provider.faults import Rule
from local.provider.problems import CallError
from local.provider.surface import Question

CHUNK = 64 * 1024
DRIP_STEPS = 20
FOREIGN_MODEL = "some-other-model"
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
    if rule.kind == "empty_body":
        return Response(b"", response.status_code, media_type=response.media_type)
    if rule.kind == "slow_drip":
        return _streamed(response, _drip(response, rule.seconds), _length(response))
    if rule.kind == "reset_midway":
        return _streamed(response, _half(response, request), _length(response))
    if rule.kind == "truncated_content":
        length = _cut(response)
        return _streamed(response, _bytes(response, 0, length), length)
    return response


REFUSALS = {
    "rate_limited": CallError(429, "Rate limit reached for requests.", "rate_limit_exceeded", kind="requests"),
    "server_error": CallError(500, "The server had an error while processing your request.", kind="server_error"),
    "overloaded": CallError(529, "The engine is currently overloaded.", "overloaded", kind="overloaded_error"),
    "missing_at_first": CallError(404, "No such File object.", param="id"),
    "bad_request": CallError(400, "The emulator was told to refuse this request.", "invalid_value"),
    "quota_exhausted": CallError(
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        kind="insufficient_quota",
    ),
}
REFUSALS["rate_limited_retry_after"] = REFUSALS["rate_limited"]


def _refusal(rule: Rule) -> CallError:
    told = REFUSALS[rule.kind]
    wait = rule.retry_after if rule.kind == "rate_limited_retry_after" else None
    return CallError(told.status, told.message, told.code, told.param, told.kind, retry_after=wait)


def misread(rule: Rule, question: Question) -> Question:
    """The question as a model would have had to hear it to answer as the fault wants."""
    prompt = question.prompt
    if rule.kind == "foreign_answer":
        prompt = replace(prompt, model=FOREIGN_MODEL, user="What somebody else has asked.", asked="", so_far="")
    if rule.kind == "oversize_body":
        prompt = replace(prompt, schema={"const": "x" * rule.size}, max_tokens=None)
    if rule.kind == "off_schema" and prompt.schema is not None:
        prompt = replace(prompt, schema={"const": _unlike(prompt.schema)})
    return replace(question, prompt=prompt)


def _unlike(schema: dict[str, Any]) -> Any:
    """A value that the schema does not accept, where there is one."""
    from jsonschema.validators import validator_for

    validator = validator_for(schema)(schema)
    odd: tuple[Any, ...] = ({"unexpected": True}, "unexpected", None, -1, [])
    return next((value for value in odd if not validator.is_valid(value)), odd[0])


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


def _cut(response: Response) -> int:
    """A length that cuts a file's last line in half, or what has no lines itself."""
    if not isinstance(response, FileResponse):
        return len(response.body) // 2
    size, start = Path(response.path).stat().st_size, 0
    with Path(response.path).open("rb") as source:
        for line in source:
            start, last = start + len(line), len(line)
    return start - last // 2 - 1 if size else 0
