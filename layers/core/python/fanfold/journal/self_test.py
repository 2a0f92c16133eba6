"""Trial: sample entries through the whole way, timed."""

import json
import time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fanfold.journal import ids
from fanfold.journal.backend import JournalBackend
from fanfold.journal.block import pending
from fanfold.journal.post import Post, post
from fanfold.ports import Key

STREAM = "test"
LEVELS = ("debug", "info", "info", "info", "warning", "error")
LOOK_SECONDS = 0.25


class SelfTest(BaseModel):
    """How many POSTs of how many sample entries, and how long to wait for their flush."""

    model_config = ConfigDict(extra="forbid")

    posts: Annotated[int, Field(ge=1, le=20)] = 3
    entries: Annotated[int, Field(ge=1, le=1000)] = 10
    wait_seconds: Annotated[float, Field(ge=0, le=20)] = 0


class SelfTestResult(BaseModel):
    """Milliseconds to accept each POST; to the flush of the last of them, or None if it did not come so soon."""

    stream: str = STREAM
    ids: list[str]
    accept_ms: list[float]
    flush_lag_ms: float | None
    pending_posts: int


def run_self_test(tenant: str, trial: SelfTest, backend: JournalBackend) -> SelfTestResult:
    """Write sample entries to the stream `test`, and time it."""
    found, taken, begun = list[str](), list[float](), time.monotonic()
    for number in range(trial.posts):
        body = json.dumps({"entries": [_sample(number, place) for place in range(trial.entries)]}).encode()
        before = time.monotonic()
        receipt = post(Post(tenant=tenant, body=body), backend)
        taken.append(round((time.monotonic() - before) * 1000, 3))
        found += [id for id in receipt.ids if id]
    left = _left(tenant, found[:: trial.entries], backend)
    while left and time.monotonic() - begun < trial.wait_seconds:
        backend.pause(LOOK_SECONDS)
        left = _left(tenant, left, backend)
    lag = None if left else round((time.monotonic() - begun) * 1000, 3)
    return SelfTestResult(ids=found, accept_ms=taken, flush_lag_ms=lag, pending_posts=len(left))


def _left(tenant: str, firsts: list[str], backend: JournalBackend) -> list[str]:
    """The blocks that are not flushed yet."""
    items = backend.table.several([Key(pending(tenant, ids.hour_of(id)), id) for id in firsts])
    return [id for id, item in zip(firsts, items, strict=True) if item is not None]


def _sample(number: int, place: int) -> dict[str, object]:
    level = LEVELS[(number + place) % len(LEVELS)]
    return {
        "stream": STREAM,
        "level": level,
        "message": f"sample {place} of POST {number}",
        "context": {"place": place},
    }
