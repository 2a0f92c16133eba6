"""What the owner of a batch hears of before it has ended: a deadline that was missed, a provider that is waited for."""

from datetime import timedelta

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob, LaneName
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.model.waiting import Reason, Waiting, together
from fanfold.clock import moment, stamp
from fanfold.events import DeadlineMissed, ProviderWaiting
from fanfold.jobs.ending import tell_once

LONG = timedelta(hours=1)
"""For so long a provider is waited for in silence."""
AT_PROVIDER = frozenset({Reason.QUOTA, Reason.RATE_LIMIT, Reason.TOKEN_LIMIT, Reason.BREAKER, Reason.PROVIDER})
"""What is waited for that lies with the provider."""


def alert(shard: Shard, job: BatchJob, backend: BatchBackend) -> None:
    """Tell, once, that an open shard keeps its batch from being in time, or has waited for its provider for long."""
    if shard.state in (ShardState.ENDED, ShardState.COLLECTED):
        return
    tell_late(job, backend)
    waiting = _waiting(shard, backend)
    if waiting and waiting.reason in AT_PROVIDER and backend.clock() - moment(waiting.since) > LONG:
        tell_once(_told(shard, job, waiting, backend), job.ref, backend)


def tell_late(job: BatchJob, backend: BatchBackend) -> None:
    """Tell, once, that a batch which is not all answered has missed its deadline, if it has one that is over."""
    deadline = job.options.deadline
    if deadline is None or backend.clock() < deadline:
        return
    missed = DeadlineMissed(
        tenant=job.tenant,
        at=stamp(deadline),
        job=job.id,
        name=job.label,
        tags=job.labels,
        round=job.round,
        deadline=stamp(deadline),
        total=job.total,
    )
    tell_once(missed, job.ref, backend)


def _waiting(shard: Shard, backend: BatchBackend) -> Waiting | None:
    """What the shard waits for. Claims of its chunks are read only if nothing in it has moved for long."""
    if shard.lane is LaneName.BATCH:
        return shard.waiting
    since = shard.moved_at or shard.submitted_at
    if since is None or backend.clock() - moment(since) <= LONG:
        return None
    found = together(claim.waiting for claim in backend.claims.of(shard).values() if claim.held_at is None)
    return next((each for each in found if each.reason in AT_PROVIDER), None)


def _told(shard: Shard, job: BatchJob, waiting: Waiting, backend: BatchBackend) -> ProviderWaiting:
    return ProviderWaiting(
        tenant=job.tenant,
        at=stamp(backend.clock()),
        job=job.id,
        name=job.label,
        tags=job.labels,
        round=job.round,
        provider=shard.provider,
        model=shard.model,
        reason=waiting.reason,
        since=waiting.since,
        said=waiting.said,
    )
