"""Poll: look at every open shard once: ask the provider for its batch, or watch its worker in the real-time lane.

Executions whose shard has ended are woken. Nothing here happens only once: a shard stays open until it is collected,
and its token is sent on every round.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache

from pydantic import BaseModel

from fanfold.batches.backend import BatchBackend
from fanfold.batches.batch_lane.failover import fail_over
from fanfold.batches.batch_lane.hold import is_early, is_held
from fanfold.batches.ending.alerts import alert
from fanfold.batches.model.batch import BatchJob, LaneName
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.realtime_lane.shard_watch import watch
from fanfold.batches.realtime_lane.tenant_share import send_more
from fanfold.clock import moment, stamp
from fanfold.jobs.job import JobRef, State
from fanfold.providers import ProviderBatch

WIDTH = 16
"""Batches that are asked after at a time: a round over many is nearly all waiting, and has to fit into its minute."""
STEPS = 20
"""Writes that a batch's progress takes at most, on its way: one for every twentieth that is done."""


class Polled(BaseModel):
    """What a round saw: open shards, those whose batch has ended, is stuck, or could not be looked at."""

    open: int = 0
    ended: int = 0
    stuck: int = 0
    troubled: int = 0


def poll(backend: BatchBackend, report: Callable[[Shard, Exception], None]) -> Polled:
    """One round over all open shards. What one shard's provider raises is reported and stops no other's."""
    polled, job, realtime = Polled(), cache(backend.jobs.get), list[Shard]()
    with ThreadPoolExecutor(WIDTH) as pool:
        for shard, asked in [(shard, pool.submit(_asked, shard, backend)) for shard in backend.shards.open()]:
            polled.open += 1
            try:
                seen = _seen(shard, asked.result, job, backend)
                polled.ended += seen.state is ShardState.ENDED
                polled.stuck += seen.stuck_since is not None
                if seen.lane is LaneName.REALTIME:
                    realtime.append(seen)
                alert(seen, job(seen.ref), backend)
            except Exception as error:  # a plug-in may raise anything
                polled.troubled += 1
                report(shard, error)
    send_more(realtime, job, backend, report)
    return polled


def look(shard: Shard, backend: BatchBackend) -> Shard:
    """What a round does for one shard."""
    return _seen(shard, lambda: _asked(shard, backend), backend.jobs.get, backend)


def _seen(
    shard: Shard, asked: Callable[[], ProviderBatch | None], job: Callable[[JobRef], BatchJob], backend: BatchBackend
) -> Shard:
    if shard.lane is LaneName.REALTIME:
        return watch(shard, job(shard.ref), backend)
    if is_held(shard):
        return _released(shard, job(shard.ref), backend)
    try:
        batch = asked()
    except Exception:  # a batch whose provider does not answer does not move
        fail_over(shard, job(shard.ref), backend)
        raise
    noted = _noted(shard, batch, job, backend)
    return noted if batch is None or batch.ended else fail_over(noted, job(shard.ref), backend)


def _released(shard: Shard, job: BatchJob, backend: BatchBackend) -> Shard:
    """Have it submitted, if it is worth trying."""
    if shard.token and (not is_early(shard, backend) or job.state is not State.RUNNING):
        backend.workflow.wake(shard.token)
    return shard


def _asked(shard: Shard, backend: BatchBackend) -> ProviderBatch | None:
    """How the shard's batch is, if it is not known to have ended."""
    if shard.lane is LaneName.REALTIME or shard.state is not ShardState.SUBMITTED or shard.batch is None:
        return None
    return backend.provider(shard.provider, shard.tenant).batch(shard.batch)


def _noted(
    shard: Shard, batch: ProviderBatch | None, job: Callable[[JobRef], BatchJob], backend: BatchBackend
) -> Shard:
    if batch:
        if not batch.ended and job(shard.ref).state is State.CANCELLING:
            backend.provider(shard.provider, shard.tenant).cancel(batch.id)
        late = _late(shard, backend)
        if batch.ended or _worth_noting(abs(batch.done - shard.done), shard, late is not None):
            now = stamp(backend.clock())
            shard = backend.shards.progress(shard, done=batch.done, ended=batch.ended, now=now)
        elif late and shard.stuck_since is None:
            shard = backend.shards.stuck(shard, late)
    if shard.state is ShardState.ENDED and shard.token:
        backend.workflow.wake(shard.token)
    return shard


def _worth_noting(moved: int, shard: Shard, late: bool) -> bool:
    return moved > 0 and (late or moved * STEPS >= shard.requests)


def _late(shard: Shard, backend: BatchBackend) -> str | None:
    """Since when nothing has been seen to move, if that is too long."""
    since = shard.moved_at or shard.submitted_at
    longest = timedelta(seconds=backend.settings.stuck_after_seconds)
    return since if since and backend.clock() > moment(since) + longest else None
