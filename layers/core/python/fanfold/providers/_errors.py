"""Errors of the providers' SDKs as ours: whether what went wrong may pass, and after how long."""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from fanfold.errors import BadReply, FanfoldError, ProviderRefused, ProviderThrottled, ProviderUnavailable
from fanfold.providers import _replies
from fanfold.providers._shapes import QUOTA, without

KINDS = {400: "invalid_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 413: "invalid_request"} | {
    422: "invalid_request"
}
QUOTA_PAUSE = 60.0
"""Seconds until an account that is used up is tried again."""


class Statuses(NamedTuple):
    """What the HTTP status of an error means: the kind of a throttle, and those below 500 that may pass."""

    throttles: Mapping[int, str]
    passing: frozenset[int] = frozenset({408, 409, 425})


DIRECT = Statuses({402: QUOTA, 429: "rate_limited", 503: "overloaded", 529: "overloaded"})
BATCH = Statuses({402: QUOTA, 429: "rate_limited"})
"""A create that was answered 503 may have taken effect all the same, so it is no throttle."""
STORED = BATCH._replace(passing=BATCH.passing | {404})
"""Where batches are made of files: one can be missing for a moment after its upload."""


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


class Sdk(NamedTuple):
    """A provider's SDK: its provider's name, and which of its errors mean what."""

    name: str
    refusal: Callable[[Exception], Refusal | None]
    """What an error says that the provider answered; None for any other error."""
    silent: tuple[type[Exception], ...]
    """Errors of calls that were not answered in time."""
    broken: tuple[type[Exception], ...]
    """Errors of calls that were not answered for other reasons."""


@contextmanager
def as_ours(sdk: Sdk, key: Callable[[], str], timeout: float, statuses: Statuses) -> Iterator[None]:
    """Errors of calls in here are raised as ours, without the key. A call may take `timeout` seconds."""
    try:
        yield
    except Exception as error:
        ours = _ours(error, sdk, key(), timeout, statuses)
        if ours is None:
            raise
        raise ours from None


def _ours(error: Exception, sdk: Sdk, key: str, timeout: float, statuses: Statuses) -> FanfoldError | None:
    """None for an error that is neither the SDK's nor its connection's."""
    import httpx2

    if (said := sdk.refusal(error)) is not None:
        return told(sdk.name, key, said, statuses)
    if isinstance(error, (TimeoutError, httpx2.TimeoutException, *sdk.silent)):
        return ProviderUnavailable(f"{sdk.name}: no answer within {timeout:g} s", "timed_out")
    if not isinstance(error, (httpx2.HTTPError, json.JSONDecodeError, *sdk.broken)):
        return None
    if isinstance(error.__cause__, BadReply):  # one of the SDKs takes whatever a read raises for a lost connection
        return error.__cause__
    return ProviderUnavailable(f"{sdk.name}: {without(key, error) or type(error).__name__}", "disconnected")


def told(name: str, key: str, said: Refusal, statuses: Statuses = DIRECT) -> FanfoldError:
    """An error's status as ours: whether it may pass, and after how long."""
    message = f"{name}: {without(key, said.message or f'HTTP {said.status}')}"
    received = said.body and without(key, said.body)
    if said.status in statuses.throttles:
        after = _retry_after(said.headers) if said.retry_after is None else said.retry_after
        after = QUOTA_PAUSE if after is None and said.status == 402 else after
        throttled = ProviderThrottled(message, statuses.throttles[said.status], said.code, retry_after=after)
        return throttled.having(said.status, received)
    if said.status >= 500 or said.status in statuses.passing:
        return ProviderUnavailable(message, code=said.code).having(said.status, received)
    return ProviderRefused(message, KINDS.get(said.status, "refused"), said.code).having(said.status, received)


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
