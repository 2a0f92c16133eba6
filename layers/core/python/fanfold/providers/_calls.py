"""What the real-time calls of all providers share: their errors as ours, and replies read with suspicion."""

import asyncio
import json
import math
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import ModuleType
from typing import Any, NamedTuple

from fanfold.errors import BadReply, FanfoldError, ProviderRefused, ProviderThrottled, ProviderUnavailable
from fanfold.lines import parse_json
from fanfold.providers import QUOTA, Outcome, _replies, without

KINDS = {400: "invalid_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 413: "invalid_request"} | {
    422: "invalid_request"
}
THROTTLES = {402: QUOTA, 429: "rate_limited", 503: "overloaded", 529: "overloaded"}
QUOTA_PAUSE = 60.0
"""Seconds until an account that is used up is tried again."""
PASSING = frozenset({408, 409, 425})
"""Statuses below 500 that may pass."""
STREAMED = frozenset({"stream", "stream_options"})
"""What a body of the user's own may ask for, and a caller that waits for the whole answer can't use."""


class Refusal(NamedTuple):
    """An answer with an error's status."""

    status: int
    message: str
    code: str | None
    headers: Mapping[str, str]
    retry_after: float | None = None
    """Seconds, if the body says it."""
    body: str | None = None
    """What came."""


def body_of(response: Any) -> str | None:
    """The beginning of a reply's body, as far as it was read and is not as errors are documented."""
    try:
        body: str = response.text
        told = json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError, AttributeError):
        told = None
    except Exception:  # a stream that broke off has no body
        return None
    return None if isinstance(told, str) else _replies.excerpt(getattr(response, "text", None))


def unstreamed(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body without what asks for a stream."""
    return {name: value for name, value in body.items() if name not in STREAMED}


@asynccontextmanager
async def within(timeout: float, name: str, key: str) -> AsyncIterator[None]:
    """Calls in here end after `timeout` seconds, however slowly they drip, and raise our errors, without the key."""
    import httpx2

    try:
        async with asyncio.timeout(timeout):
            yield
    except (TimeoutError, httpx2.TimeoutException):
        raise ProviderUnavailable(f"{name}: no answer within {timeout:g} s", "timed_out") from None
    except httpx2.HTTPError as error:
        raise ProviderUnavailable(f"{name}: {without(key, error) or type(error).__name__}", "disconnected") from None


@asynccontextmanager
async def stainless(
    sdk: ModuleType, timeout: float, name: str, key: str, read: Callable[[Any], Refusal]
) -> AsyncIterator[None]:
    """`within` for the SDKs of OpenAI and Anthropic, which come from one generator and have the same errors."""
    try:
        async with within(timeout, name, key):
            yield
    except sdk.APIStatusError as error:
        raise told(name, key, read(error)) from None
    except sdk.APITimeoutError:
        raise ProviderUnavailable(f"{name}: no answer within {timeout:g} s", "timed_out") from None
    except sdk.APIError as error:
        if isinstance(error.__cause__, BadReply):  # one of the SDKs takes whatever a read raises for a lost connection
            raise error.__cause__ from None
        raise ProviderUnavailable(f"{name}: {without(key, error)}", "disconnected") from None


def told(name: str, key: str, said: Refusal) -> FanfoldError:
    """An error's status as ours: whether it may pass, and after how long."""
    message = f"{name}: {without(key, said.message or f'HTTP {said.status}')}"
    received = said.body and without(key, said.body)
    if said.status in THROTTLES:
        after = _retry_after(said.headers) if said.retry_after is None else said.retry_after
        after = QUOTA_PAUSE if after is None and said.status == 402 else after
        throttled = ProviderThrottled(message, THROTTLES[said.status], said.code, retry_after=after)
        return throttled.having(said.status, received)
    if said.status >= 500 or said.status in PASSING:
        return ProviderUnavailable(message, code=said.code).having(said.status, received)
    return ProviderRefused(message, KINDS.get(said.status, "refused"), said.code).having(said.status, received)


def read(name: str, id: str, body: bytes, parse: Callable[[str, dict[str, Any], bytes], Outcome]) -> Outcome:
    """The outcome in a reply's body. Raises BadReply, with what came, for what is none."""
    try:
        outcome = _replies.writable(parse(id, parse_json(body), body), body)
    except BadReply as error:
        raise error.having(HTTPStatus.OK, _replies.excerpt(body)) from None
    except Exception as error:  # whatever a reader stumbles over is this reply's fault
        said = _replies.printable(f"{name}: its reply can't be read: {type(error).__name__}: {error}"[:300])
        raise BadReply(said).having(HTTPStatus.OK, _replies.excerpt(body)) from None
    if outcome.error is not None:
        raise BadReply(f"{name}: {outcome.error.message}").having(HTTPStatus.OK, _replies.excerpt(body))
    return outcome


def check_error(body: Any) -> None:
    """A reply may hold an error although its status says that all went well. Raises BadReply."""
    if isinstance(body, dict) and (body.get("error") or body.get("type") == "error"):
        fault = _replies.failed("", _replies.error_in(body)).error
        raise BadReply(fault.message if fault else "", "provider_error", fault.code if fault else None)


def check_family(model: str, families: re.Pattern[str]) -> None:
    """A reply that another provider's model made is another's. (One of the family may be what an alias stands for.)"""
    if not families.match(model):
        raise BadReply(f"the reply is of {model[:100]!r}, which was not asked", "wrong_reply")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after, and OpenAI's own in milliseconds."""
    milliseconds, value = _number(headers.get("retry-after-ms")), headers.get("retry-after")
    if milliseconds is not None:
        return milliseconds / 1000
    seconds = _number(value)
    return _until(value) if value and seconds is None else seconds


def _number(text: str | None) -> float | None:
    try:
        found = float(text or "")
    except ValueError:
        return None
    return max(0.0, found) if math.isfinite(found) else None


def _until(date: str) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())
    except ValueError:
        return None
