"""Calls in real time: what is asked, how often it was, and the rules for all calls of a flight."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from random import Random
from typing import Any, NamedTuple

from fanfold.clock import Clock
from fanfold.limits.gate import Gate
from fanfold.ports import Change
from fanfold.providers import Outcome


class PendingRequest(NamedTuple):
    """A request: its position in the chunk, its body, the bytes of that, and the tokens its answer may have."""

    position: int
    body: dict[str, Any]
    size: int
    max_tokens: int | None


class Tries(NamedTuple):
    """Calls for a request that failed, and those that were throttled."""

    failed: int = 0
    throttled: int = 0


class Rules(NamedTuple):
    """What holds for all calls of a flight. Times are in seconds."""

    timeout: float
    """How long a call may take."""
    flush_size: int
    most_tries: int
    patience: float
    """How long to wait with nothing in flight."""
    margin: float
    """What is kept of the worker's time for all that comes after the last call."""
    deadline: datetime | None
    remaining: Callable[[], float]
    """What is left of the worker's time."""
    clock: Clock
    random: Random
    goes_over: Callable[[int], bool] = lambda position: False
    """Whether another model is asked if this one has no answer for a position, for reasons of its own."""
    repair: Callable[[dict[str, Any], Outcome], dict[str, Any] | None] = lambda body, outcome: None
    """What to ask, once, for a better outcome than this one."""
    opening: tuple[Change, ...] = ()
    """What counts an opening of the breaker."""
    pace: Gate | None = None
    """What lets calls pass at the batch's own pace, if it has one."""
    usual: float = 0.0
    """How long a call may take before that says something of the provider."""
    tenant: str = ""
    """Whose calls they are."""


Flush = Callable[[Mapping[int, Outcome]], Awaitable[None]]
