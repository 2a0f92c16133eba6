"""AWS's limits, in bytes unless said otherwise, that the emulator does not know."""

import json
from typing import Any

STATE = 262_144
"""Input or output of a state, a task or an execution, as UTF-8 JSON."""
HISTORY_EVENTS = 25_000
"""Events in the history of one execution."""
INVOKE = 6_291_456
"""Payload of a synchronous Lambda call."""
RESPONSE = 6_291_556
"""Payload a function answers with."""
ASYNC_INVOKE = 1_048_576
"""Payload of an asynchronous Lambda call."""


def measure(value: Any) -> int:
    """Bytes of `value` as compact UTF-8 JSON."""
    return len(compact(value))


def compact(value: Any) -> bytes:
    """`value` as compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
