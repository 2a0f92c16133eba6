"""A shard in the real-time lane: its messages are sent, it is watched, and it is closed.

The attempt with its task token is written before any message, so whichever worker settles the last chunk finds the
token. A chunk whose message was sent twice is worked on once. Every round the poller wakes the execution if all is
settled and the worker that should have is dead, takes chunks away from dead workers, and sends messages again if
nothing moves any more. Collect closes the shard: as a rule every chunk is settled by its worker; if the shard was given
up, or the batch is being cancelled, what was flushed stands, and what was not asked gets the reason.
"""

from contextlib import suppress
from datetime import timedelta

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.shard import Shard
from fanfold.batches.realtime_lane import tenant_share as shares
from fanfold.batches.realtime_lane.attempt import outcomes_of
from fanfold.batches.realtime_lane.worker import is_dead
from fanfold.batches.results.chunk_results import CANCELLED, open_chunk, write_chunk
from fanfold.batches.stores.chunk_claims import Claim
from fanfold.clock import moment, stamp
from fanfold.errors import Incomplete, Superseded
from fanfold.jobs.job import State
from fanfold.providers import Fault


def dispatch(shard: Shard, token: str, job: BatchJob, backend: BatchBackend) -> Shard:
    """Send a message for every chunk that is not settled, as far as the tenant's share of the queue goes.

    Raises Superseded, and Incomplete if not all were taken.
    """
    _ = backend.provider(shard.provider, shard.tenant).account  # a shard without a key is refused as a whole
    before = shard.sent or 0
    more = shares.take(shard, job, len(shard.chunks) - before, backend)
    shard = backend.shards.dispatched(shard, token, before + more, stamp(backend.clock()))
    done = settled(shard, backend)
    if len(done) == len(shard.chunks):
        backend.workflow.wake(token)
    shares.send(shard, [chunk for chunk in shard.sent_chunks if chunk not in done], job, backend)
    return shard


def settled(shard: Shard, backend: BatchBackend) -> dict[int, int]:
    """The shard's chunks that are settled in its round, each with how many requests it has."""
    first, last, wanted = min(shard.chunks), max(shard.chunks), set(shard.chunks)
    found = (chunk for chunk in backend.chunks.between(shard.ref, first, last) if chunk.chunk in wanted)
    return {
        chunk.chunk: chunk.counts.succeeded + chunk.counts.failed for chunk in found if chunk.attempt >= shard.round
    }


def watch(shard: Shard, job: BatchJob, backend: BatchBackend) -> Shard:
    """The shard as it is now. Raises Superseded if a run has taken it over meanwhile."""
    done = settled(shard, backend)
    ended = len(done) == len(shard.chunks) or job.state is State.CANCELLING
    requests = min(shard.requests, sum(done.values()))
    if ended or requests != shard.done:
        shard = backend.shards.progress(shard, done=requests, ended=ended, now=stamp(backend.clock()))
    if ended and shard.token:
        backend.workflow.wake(shard.token)
    elif job.state is State.RUNNING:
        shard = _revived(shard, job, [chunk for chunk in shard.sent_chunks if chunk not in done], backend)
    return shard


def _revived(shard: Shard, job: BatchJob, left: list[int], backend: BatchBackend) -> Shard:
    claims = backend.claims.of(shard)
    dead = [chunk for chunk in left if chunk in claims and is_dead(claims[chunk], backend)]
    given_up = []
    for chunk in dead:
        with suppress(Superseded):  # it was alive after all, or its own message came first
            backend.claims.give_up(claims[chunk])
            given_up.append(chunk)
    shares.send(shard, given_up, job, backend)
    if not _stalled(shard, backend):
        return shard
    shares.send(shard, [chunk for chunk in left if chunk not in claims or claims[chunk].held_at is None], job, backend)
    return backend.shards.sent_again(shard, stamp(backend.clock()))


def _stalled(shard: Shard, backend: BatchBackend) -> bool:
    """Whether nothing has moved for so long that messages may be lost; twice as long every time that none were."""
    since = max(filter(None, (shard.moved_at, shard.tried_at)), default=None)
    longest = timedelta(seconds=backend.settings.resend_after_seconds * 2**shard.resent)
    return since is not None and backend.clock() > moment(since) + longest


def close(shard: Shard, job: BatchJob, given_up: Fault | None, backend: BatchBackend) -> None:
    """Settle what is left of the shard. Raises Incomplete while something of it is still to come."""
    done = settled(shard, backend)
    left = [chunk for chunk in shard.chunks if chunk not in done]
    if left and not given_up and job.state is not State.CANCELLING:
        raise Incomplete(f"{len(left)} chunks of shard {shard.number} of {shard.job} are not settled")
    for chunk in left:
        _close(shard, job, chunk, given_up or CANCELLED, backend)


def _close(shard: Shard, job: BatchJob, chunk: int, fallback: Fault, backend: BatchBackend) -> None:
    claim = _taken(shard, chunk, backend)
    before = backend.chunks.get(shard.ref, chunk)
    work = open_chunk(shard, job, chunk, claim.attempt, before, backend)
    found = write_chunk(work, outcomes_of(claim, backend), lambda position: fallback, backend)
    if not backend.chunks.settle(
        shard.ref,
        found,
        before,
        backend.claims.done(claim, len(work.requests) - len(work.answered)),
        shard=shard.number,
    ):
        raise Incomplete(f"chunk {chunk} of {shard.job} was settled at the same moment")


def _taken(shard: Shard, chunk: int, backend: BatchBackend) -> Claim:
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
