"""Collect: an ended batch's outcomes, in any order, put back into the chunks they came from.

Outcomes are spilled to a file a chunk first; then each chunk's results are written and the chunk is settled. A
request without an outcome gets an error of its own; a second outcome of a request is ignored.
"""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from pydantic import BaseModel, Field

from fanfold.batches.backend import BatchBackend
from fanfold.batches.batch_lane.failover import goes_on, hand_over, paid_twice
from fanfold.batches.batch_lane.hold import is_held, learn
from fanfold.batches.batch_lane.spill import Spill
from fanfold.batches.model.batch import BatchJob, LaneName
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.realtime_lane.shard_watch import close
from fanfold.batches.results.chunk_results import CANCELLED, REST, cache_responses, open_chunk, write_chunk
from fanfold.batches.results.reserve import PLACES, unaffordable
from fanfold.errors import Held, Incomplete, Misadopted, reason
from fanfold.jobs.budget import Reservation
from fanfold.jobs.job import JobRef, State
from fanfold.providers import Fault

MISSING = Fault(kind="missing", message="the provider's output does not hold this request")


class FailedLine(BaseModel):
    """What a `Catch` of the state machine caught."""

    error: str = Field(alias="Error")
    cause: str = Field(alias="Cause", default="")


class CollectShard(JobRef):
    """Which shard; `failure` says why it was given up, if it was."""

    shard: int
    failure: FailedLine | None = None


def collect(command: CollectShard, backend: BatchBackend) -> Shard:
    """Settle every chunk of the shard. Raises Incomplete if its batch has not ended, Misadopted if it is another's,
    Held if it is to be submitted again, FailedOver if it is stuck and its requests are to be asked in real time.
    """
    shard = backend.shards.get(command, command.shard)
    if shard.state is ShardState.COLLECTED:
        return shard
    job = backend.jobs.get(shard.ref)
    if is_held(shard) and command.failure is None:
        raise Held(f"shard {shard.number} of {shard.job} is to be submitted")
    with TemporaryDirectory() as folder:
        spill = Spill(Path(folder), shard.tag)
        if command.failure is None and goes_on(shard, job):
            hand_over(shard, job, spill, backend)
        if shard.lane is LaneName.REALTIME:
            close(shard, job, _given_up(command.failure), backend)
            return backend.shards.collected(shard, paid_twice(shard, backend))
        fallback = CollectFallback(_gather(shard, command.failure, spill, backend), *_unsent(shard, job, backend))
        if shard.adopted and spill.strangers and not spill.ours:
            _disown(shard, backend)
        spent = sum(_settle(shard, job, chunk, spill, fallback, backend) for chunk in shard.chunks)
    if job.budgeted:
        backend.budgets.settle(shard.ref, shard.key, spent)
    return backend.shards.collected(shard)


class CollectFallback(NamedTuple):
    """What requests without an outcome have: an error, and another for those that there was no money for."""

    fault: Fault
    reserved: Reservation
    unaffordable: Fault

    def at(self, chunk: int, position: int) -> Fault:
        return self.fault if self.reserved.covers(chunk * PLACES + position) else self.unaffordable


def _unsent(shard: Shard, job: BatchJob, backend: BatchBackend) -> tuple[Reservation, Fault]:
    held = backend.budgets.held(shard.ref, shard.key) if job.budgeted else None
    return held or Reservation(None, 0), unaffordable(job, shard.model)


def _gather(shard: Shard, failure: FailedLine | None, spill: Spill, backend: BatchBackend) -> Fault:
    """Spill what the batch holds; the error of those requests that it does not hold."""
    given_up = _given_up(failure)
    if shard.batch is None or (failure and failure.error != "States.Timeout"):
        return given_up or CANCELLED
    provider = backend.provider(shard.provider, shard.tenant)
    batch = provider.batch(shard.batch)
    if batch.ended:
        for outcome in provider.outcomes(batch):
            spill.add(outcome)
    elif not given_up:
        raise Incomplete(f"batch {shard.batch} of {shard.job} has not ended")
    if batch.over_tokens and given_up is None and backend.jobs.get(shard.ref).state is State.RUNNING:
        backend.shards.turned_down(shard, learn(shard, batch.failure or "", batch.token_limit, backend))
        raise Held(f"batch {shard.batch} of {shard.job} had too many tokens")
    if batch.failure:
        return Fault(kind="batch_failed", message=batch.failure)
    if batch.ended and batch.rest in REST:
        return REST[batch.rest]
    return given_up or (CANCELLED if backend.jobs.get(shard.ref).state is State.CANCELLING else _missing(spill))


def _missing(spill: Spill) -> Fault:
    """Requests that no line is for; one of the lines that do not tell whose they are may have been."""
    if not spill.nameless:
        return MISSING
    told = f"{MISSING.message}; {spill.nameless:,} of its lines do not tell which request they are for"
    return Fault(kind=MISSING.kind, message=told, received=spill.first_nameless)


def _given_up(failure: FailedLine | None) -> Fault | None:
    return Fault(kind="given_up", message=reason(failure.error, failure.cause)) if failure else None


def _disown(shard: Shard, backend: BatchBackend) -> None:
    """Give a batch back that somebody else made. Raises Misadopted."""
    turn = backend.submit_locks.turn(shard.provider, backend.provider(shard.provider, shard.tenant), shard.marker)
    turn.disown(shard.batch or "")
    backend.shards.disowned(shard)
    raise Misadopted(f"batch {shard.batch} is not that of shard {shard.number} of {shard.job}")


def _settle(
    shard: Shard, job: BatchJob, chunk: int, spill: Spill, fallback: CollectFallback, backend: BatchBackend
) -> int:
    """Settle the chunk, if it is not; the nanodollars that its requests cost in this round."""
    before = backend.chunks.get(shard.ref, chunk)
    if before and before.attempt >= shard.round:
        return before.charged
    work = open_chunk(shard, job, chunk, shard.attempt, before, backend)
    made = write_chunk(work, spill.of(chunk), partial(fallback.at, chunk), backend)
    if backend.chunks.settle(shard.ref, made, before):
        cache_responses(work, made, backend)
    return made.charged
