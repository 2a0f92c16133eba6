"""Poll: look at every open batch once, and wake the executions whose batch has ended.

Nothing here happens only once: a shard stays open until it is collected, and its token is sent on every round.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from pydantic import BaseModel

from fanfold.batches.backend import Backend
from fanfold.batches.job import Shard, ShardState
from fanfold.clock import moment, stamp
from fanfold.jobs.job import State
from fanfold.providers import Batch

WIDTH = 16
"""Batches that are asked after at a time: a round over many is nearly all waiting, and has to fit into its minute."""


class Polled(BaseModel):
    """What a round saw: open shards, those whose batch has ended, is stuck, or could not be looked at."""

    open: int = 0
    ended: int = 0
    stuck: int = 0
    troubled: int = 0


def poll(backend: Backend, report: Callable[[Shard, Exception], None]) -> Polled:
    """One round over all open shards. What one shard's provider raises is reported and stops no other's."""
    polled = Polled()
    with ThreadPoolExecutor(WIDTH) as pool:
        for shard, asked in [(shard, pool.submit(_asked, shard, backend)) for shard in backend.shards.open()]:
            polled.open += 1
            try:
                seen = _noted(shard, asked.result(), backend)
                polled.ended += seen.state is ShardState.ENDED
                polled.stuck += seen.stuck_since is not None
            except Exception as error:  # a plug-in may raise anything
                polled.troubled += 1
                report(shard, error)
    return polled


def _asked(shard: Shard, backend: Backend) -> Batch | None:
    """How the shard's batch is, if it is not known to have ended."""
    if shard.state is not ShardState.SUBMITTED or shard.batch is None:
        return None
    return backend.provider(shard.provider, shard.tenant).batch(shard.batch)


def _noted(shard: Shard, batch: Batch | None, backend: Backend) -> Shard:
    if batch:
        if not batch.ended and backend.jobs.get(shard.ref).state is State.CANCELLING:
            backend.provider(shard.provider, shard.tenant).cancel(batch.id)
        if batch.ended or batch.done != shard.done:
            now = stamp(backend.clock())
            shard = backend.shards.progress(shard, done=batch.done, ended=batch.ended, now=now)
        elif since := _stuck_since(shard, backend):
            shard = backend.shards.stuck(shard, since)
    if shard.state is ShardState.ENDED and shard.token:
        backend.workflow.wake(shard.token)
    return shard


def _stuck_since(shard: Shard, backend: Backend) -> str | None:
    """Since when nothing has moved, if that is too long and has not been noted yet."""
    since = shard.moved_at or shard.submitted_at
    longest = timedelta(seconds=backend.settings.stuck_after_seconds)
    late = since is not None and backend.clock() > moment(since) + longest
    return since if late and shard.stuck_since is None else None
