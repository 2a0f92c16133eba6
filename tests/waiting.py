"""Waiting for a condition: the limit is generous, since machines are shared and a busy one is only late."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = float(os.environ.get("FANFOLD_PATIENCE", "300"))


def until(probe: Callable[[], T | None], patience: float = PATIENCE) -> T:
    """The first true answer of `probe`. Raises TimeoutError with the last answer after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not (answer := probe()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {patience:.0f} s: {answer!r}")
        time.sleep(0.1)
    return answer
