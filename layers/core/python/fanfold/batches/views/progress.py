"""Progress: how far a batch is, how fast it goes, and what each lane is doing."""

import math
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob, LaneName
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.model.waiting import Reason, Waiting, together
from fanfold.clock import Clock, moment
from fanfold.jobs.job import Counts, State

MOST_CLAIMS = 200
"""Chunks of a shard whose claims are read for its progress."""


class BatchProgress(BaseModel):
    """Requests: all that were taken in, those done, and those the provider says it is done with.

    In a retry, what is tried again is not settled any more; what was cancelled with its batch never was.
    """

    total: int
    done: int
    succeeded: int
    failed: int
    cancelled: int
    """Those of the failed that were cancelled before they were answered."""
    done_at_provider: int
    percent: int
    """Rounded down: 100 only when every request is settled."""
    per_second: float | None = None
    """Requests that got done a second since this round began; None if that is not known, or nothing runs."""
    eta_seconds: int | None = None
    """Seconds until the rest is done at this pace; None if that is not known."""


class ShardView(BaseModel):
    """One batch at the provider."""

    number: int
    round: int
    state: ShardState
    batch: str | None
    """The provider's id of it."""
    requests: int
    done: int
    submitted_at: str | None
    stuck_since: str | None = None
    """Since when nothing has moved there, if that has been for too long."""
    failed_over_at: str | None = None
    """When it was given up as stuck; its requests went on in real time."""
    waiting_for: list[Waiting] = []
    """What it waits for, and since when."""
    paid_twice: int | None = None
    """Requests that it answered all the same, as far as its provider said."""


class Lane(BaseModel):
    """What goes one way to the provider."""

    requests: int
    done: int
    shards: list[ShardView]


def progress(job: BatchJob, counts: Counts, shards: Sequence[Shard], clock: Clock) -> BatchProgress:
    """How far the job is, by its counters and its shards."""
    open_shards = [shard for shard in shards if shard.state is not ShardState.COLLECTED]
    again = sum(shard.requests for shard in open_shards if shard.round > 1)
    cancelled = counts.cancelled if job.state in (State.CANCELLING, State.CANCELLED) else 0
    settled = counts.succeeded + counts.failed - again - cancelled
    waiting = sum(shard.requests - _done(shard) for shard in open_shards)
    per_second, eta = _pace(job, shards, clock) if job.state is State.RUNNING else (None, None)
    return BatchProgress(
        total=job.total,
        done=settled,
        succeeded=counts.succeeded,
        failed=counts.failed,
        cancelled=counts.cancelled,
        done_at_provider=max(settled, job.total - waiting - cancelled if shards else 0),
        percent=100 * settled // job.total if job.total else 0,
        per_second=per_second,
        eta_seconds=eta,
    )


def lanes(shards: Sequence[Shard]) -> dict[str, Lane]:
    """The lanes by name, each with its shards."""
    return {name: _lane(found) for name in LaneName if (found := [each for each in shards if each.lane is name])}


def _lane(shards: list[Shard]) -> Lane:
    views = [ShardView(**_shown(shard)) for shard in shards]
    return Lane(requests=sum(shard.requests for shard in shards), done=sum(map(_done, shards)), shards=views)


def _shown(shard: Shard) -> dict[str, Any]:
    waiting = [shard.waiting] if shard.waiting else []
    return shard.model_dump(include=set(ShardView.model_fields)) | {"done": _done(shard), "waiting_for": waiting}


def waits_for(job: BatchJob, shards: Sequence[Shard]) -> list[Waiting]:
    """What the batch waits for, as far as that is known."""
    if job.state is State.ACCEPTED:
        return [Waiting(reason=Reason.QUEUE, since=job.created_at, said="it waits to be planned")]
    return together(shard.waiting for shard in shards if shard.state is not ShardState.COLLECTED)


def live(shard: Shard, backend: BatchBackend) -> Shard:
    """The shard with what its workers have stored by now; of one of many chunks whole chunks are near enough."""
    if shard.lane is LaneName.BATCH or shard.state is ShardState.COLLECTED or len(shard.chunks) > MOST_CLAIMS:
        return shard
    claims = backend.claims.of(shard).values()
    answered = sum(claim.answered for claim in claims)
    waiting = together(claim.waiting for claim in claims if claim.held_at is None)
    if not claims and shard.state is ShardState.SUBMITTED and shard.submitted_at:
        waiting = [Waiting(reason=Reason.QUEUE, since=shard.submitted_at, said="no worker has come to it yet")]
    news = {"done": min(max(shard.done, answered), shard.requests), "waiting": next(iter(waiting), None)}
    return shard.model_copy(update=news)


def _pace(job: BatchJob, shards: Sequence[Shard], clock: Clock) -> tuple[float | None, int | None]:
    """Requests a second in this round, and the seconds that the rest of it takes."""
    ours = [shard for shard in shards if shard.round == job.round]
    tried = [shard.intent_at for shard in ours if shard.intent_at]
    began = job.started_at if job.round == 1 else min(tried, default=None)
    elapsed = (clock() - moment(began)).total_seconds() if began else 0
    done = sum(map(_done, ours))
    if elapsed <= 0 or not done:
        return None, None
    left = sum(shard.requests for shard in ours) - done
    return round(done / elapsed, 3), math.ceil(left * elapsed / done)


def _done(shard: Shard) -> int:
    return shard.requests if shard.state is ShardState.COLLECTED else min(shard.done, shard.requests)
