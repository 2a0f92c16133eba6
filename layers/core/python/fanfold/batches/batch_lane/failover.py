"""Hedging: a batch that is stuck is given up in time, and its requests go on in the real-time lane.

The poller notes it and cancels the batch. Once that has ended, or will not, Collect puts what it has answered where
the real-time lane keeps outcomes, and the state machine goes back to Submit. So a request is settled by one lane
only, in the transaction that settles its chunk; what a batch answers after it was given up is paid twice, and counted.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple, NoReturn

from fanfold.batches.backend import BatchBackend
from fanfold.batches.batch_lane.spill import Spill
from fanfold.batches.model.batch import BatchJob, LaneName, Options
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.results.chunk_results import charged, open_chunk
from fanfold.clock import moment, stamp
from fanfold.errors import FailedOver, Incomplete, ProviderRefused, ProviderUnavailable
from fanfold.jobs.job import State
from fanfold.providers import Outcome, ProviderBatch, Status

GRACE_SECONDS = 600
"""How long a cancelled batch may take to end: OpenAI says ten minutes."""
LAST_CALL = 4
"""In this part of the margin a batch with a deadline is given up even if it moves."""
UNANSWERED = frozenset({Status.CANCELLED, Status.EXPIRED})


class Margins(NamedTuple):
    """A batch without a deadline has `promise`; what is quiet for part of `margin` before the end is stuck."""

    promise: timedelta
    margin: timedelta


def is_due(shard: Shard, options: Options, now: datetime, margins: Margins) -> bool:
    """Whether the shard's batch has to be given up."""
    if not options.fails_over or shard.submitted_at is None:
        return False
    left = (options.deadline or moment(shard.submitted_at) + margins.promise) - now
    quiet = now - moment(shard.moved_at or shard.submitted_at)
    short = margins.margin / LAST_CALL
    if options.deadline is not None and left <= short:
        return True
    return left <= margins.margin and quiet >= short


def fail_over(shard: Shard, job: BatchJob, backend: BatchBackend) -> Shard:
    """Give up the shard's batch if that is due, and see it ended. Raises Superseded if another got ahead."""
    batch = shard.batch
    if shard.state is not ShardState.SUBMITTED or batch is None or job.state is not State.RUNNING:
        return shard
    if shard.failed_over_at is None:
        if not is_due(shard, job.options, backend.clock(), _margins(backend)):
            return shard
        shard = backend.shards.mark_failed_over(shard, stamp(backend.clock()))
    elif shard.token and _has_waited(shard, backend):
        backend.workflow.wake(shard.token)
    with suppress(ProviderUnavailable, ProviderRefused):  # it is asked again in the next round
        backend.provider(shard.provider, shard.tenant).cancel(batch)
    return shard


def goes_on(shard: Shard, job: BatchJob) -> bool:
    """Whether the shard's requests are to be asked in real time instead of being settled."""
    if shard.failed_over_at is None or shard.batch is None:
        return False
    waits = shard.lane is LaneName.BATCH or shard.state is ShardState.PLANNED
    return waits and job.state is State.RUNNING


def hand_over(shard: Shard, job: BatchJob, spill: Spill, backend: BatchBackend) -> NoReturn:
    """Leave what the batch has answered to the real-time lane. Raises FailedOver; Incomplete while it may yet end."""
    if shard.lane is LaneName.BATCH:
        batch = _batch(shard, backend)
        if batch is None and not _has_waited(shard, backend):
            raise Incomplete(f"batch {shard.batch} of {shard.job} is being cancelled")
        spent = None if batch is None else _leave(shard, job, batch, spill, backend)
        if job.budgeted:
            _settle(shard, spent, backend)
        backend.shards.handed_over(shard, overtaken=batch is None)
    raise FailedOver(f"batch {shard.batch} of {shard.job} is stuck: its requests are asked in real time")


def paid_twice(shard: Shard, backend: BatchBackend) -> int | None:
    """Requests that the batch answered after all; None if it had ended before, or its provider does not say."""
    if not shard.overtaken or (batch := _batch(shard, backend)) is None:
        return None
    with suppress(ProviderUnavailable, ProviderRefused):
        outcomes = backend.provider(shard.provider, shard.tenant).outcomes(batch)
        return sum(1 for outcome in outcomes if outcome.usage.output_tokens and outcome.id.endswith(f"-{shard.tag}"))
    return None


def _margins(backend: BatchBackend) -> Margins:
    settings = backend.settings
    return Margins(
        timedelta(seconds=settings.batch_promise_seconds), timedelta(seconds=settings.failover_margin_seconds)
    )


def _has_waited(shard: Shard, backend: BatchBackend) -> bool:
    waited = backend.clock() - moment(shard.failed_over_at or "")
    return waited >= timedelta(seconds=GRACE_SECONDS)


def _batch(shard: Shard, backend: BatchBackend) -> ProviderBatch | None:
    """The shard's batch, if it has ended and its provider says so."""
    with suppress(ProviderUnavailable, ProviderRefused):
        batch = backend.provider(shard.provider, shard.tenant).batch(shard.batch or "")
        return batch if batch.ended else None
    return None


def _settle(shard: Shard, spent: int | None, backend: BatchBackend) -> None:
    """Give back what was set aside but for what was spent; of a batch that has not ended, nothing."""
    if (held := backend.budgets.held(shard.ref, shard.key)) is not None:
        backend.budgets.settle(shard.ref, shard.key, held.nanos if spent is None else spent)


def _leave(shard: Shard, job: BatchJob, batch: ProviderBatch, spill: Spill, backend: BatchBackend) -> int:
    """Put the batch's answers where workers find them; the nanodollars that they cost."""
    spent = 0
    if batch.failure is None:
        for outcome in backend.provider(shard.provider, shard.tenant).outcomes(batch):
            spill.add(outcome)
    for chunk in shard.chunks:
        found = {place: each for place, each in spill.of(chunk).items() if each.status not in UNANSWERED}
        if found:
            key = f"{shard.ref.folder}parts/{shard.number:04d}-{chunk:06d}-batch.jsonl"
            backend.blobs.put(key, b"".join(_line(place, each) for place, each in found.items()))
            cost = _cost(shard, job, chunk, found, backend) if job.budgeted else 0
            backend.claims.leave(shard, chunk, key, cost)
            spent += cost
    return spent


def _cost(shard: Shard, job: BatchJob, chunk: int, found: Mapping[int, Outcome], backend: BatchBackend) -> int:
    before = backend.chunks.get(shard.ref, chunk)
    return charged(open_chunk(shard, job, chunk, shard.attempt, before, backend), found, backend)


def _line(position: int, outcome: Outcome) -> bytes:
    return outcome.model_copy(update={"id": str(position), "lane": "batch"}).model_dump_json().encode() + b"\n"
