"""Watch: what the poller does for a shard in the real-time lane, every round.

It wakes the execution if all is settled and the worker that should have is dead, takes chunks away from dead workers,
and sends messages again if nothing moves any more.
"""

from contextlib import suppress
from datetime import timedelta

from fanfold.batches.backend import Backend
from fanfold.batches.job import BatchJob, Shard
from fanfold.batches.realtime.dispatch import send, settled
from fanfold.batches.realtime.work import is_dead
from fanfold.clock import moment, stamp
from fanfold.errors import Superseded
from fanfold.jobs.job import State


def watch(shard: Shard, job: BatchJob, backend: Backend) -> Shard:
    """The shard as it is now. Raises Superseded if a run has taken it over meanwhile."""
    done = settled(shard, backend)
    ended = len(done) == len(shard.chunks) or job.state is State.CANCELLING
    requests = min(shard.requests, sum(done.values()))
    if ended or requests != shard.done:
        shard = backend.shards.progress(shard, done=requests, ended=ended, now=stamp(backend.clock()))
    if ended and shard.token:
        backend.workflow.wake(shard.token)
    elif job.state is State.RUNNING:
        shard = _revived(shard, job, [chunk for chunk in shard.chunks if chunk not in done], backend)
    return shard


def _revived(shard: Shard, job: BatchJob, left: list[int], backend: Backend) -> Shard:
    claims = backend.claims.of(shard)
    dead = [chunk for chunk in left if chunk in claims and is_dead(claims[chunk], backend)]
    given_up = []
    for chunk in dead:
        with suppress(Superseded):  # it was alive after all, or its own message came first
            backend.claims.give_up(claims[chunk])
            given_up.append(chunk)
    send(shard, given_up, job, backend)
    if not _stalled(shard, backend):
        return shard
    send(shard, [chunk for chunk in left if chunk not in claims or claims[chunk].held_at is None], job, backend)
    return backend.shards.sent_again(shard, stamp(backend.clock()))


def _stalled(shard: Shard, backend: Backend) -> bool:
    """Whether nothing has moved for so long that messages may be lost; twice as long every time that none were."""
    since = max(filter(None, (shard.moved_at, shard.tried_at)), default=None)
    longest = timedelta(seconds=backend.settings.resend_after_seconds * 2**shard.resent)
    return since is not None and backend.clock() > moment(since) + longest
