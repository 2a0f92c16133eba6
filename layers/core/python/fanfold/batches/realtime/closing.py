"""Closing: what Collect does for a shard in the real-time lane.

As a rule every chunk is settled by its worker. If the shard was given up, or the batch is being cancelled, the rest is
settled here: what was flushed stands, what was not asked gets the reason.
"""

from contextlib import suppress

from fanfold.batches.backend import Backend
from fanfold.batches.job import BatchJob, Shard
from fanfold.batches.realtime.claims import Claim
from fanfold.batches.realtime.dispatch import settled
from fanfold.batches.realtime.work import is_dead, outcomes_of
from fanfold.batches.settling import CANCELLED, opened, settle
from fanfold.clock import stamp
from fanfold.errors import Incomplete, Superseded
from fanfold.jobs.job import State
from fanfold.providers import Fault


def close(shard: Shard, job: BatchJob, given_up: Fault | None, backend: Backend) -> None:
    """Settle what is left of the shard. Raises Incomplete while something of it is still to come."""
    done = settled(shard, backend)
    left = [chunk for chunk in shard.chunks if chunk not in done]
    if left and not given_up and job.state is not State.CANCELLING:
        raise Incomplete(f"{len(left)} chunks of shard {shard.number} of {shard.job} are not settled")
    for chunk in left:
        _close(shard, job, chunk, given_up or CANCELLED, backend)


def _close(shard: Shard, job: BatchJob, chunk: int, fallback: Fault, backend: Backend) -> None:
    claim = _taken(shard, chunk, backend)
    before = backend.chunks.get(shard.ref, chunk)
    work = opened(shard, job, chunk, before, backend)
    found = settle(work, outcomes_of(claim, backend), lambda position: fallback, backend)
    if not backend.chunks.settle(shard.ref, found, before, backend.claims.done(claim), shard=shard.number):
        raise Incomplete(f"chunk {chunk} of {shard.job} was settled at the same moment")


def _taken(shard: Shard, chunk: int, backend: Backend) -> Claim:
    """The claim, away from whoever had it. Raises Incomplete while that one may be working."""
    now = stamp(backend.clock())
    if claim := backend.claims.take(shard, chunk, now):
        return claim
    held = backend.claims.get(shard.ref, shard.number, chunk)
    if held and is_dead(held, backend):
        with suppress(Superseded):
            backend.claims.give_up(held)
            if claim := backend.claims.take(shard, chunk, now):
                return claim
    raise Incomplete(f"a worker has chunk {chunk} of {shard.job}")
