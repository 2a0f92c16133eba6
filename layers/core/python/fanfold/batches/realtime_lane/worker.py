"""Work: what a worker of the real-time lane does with one message.

The message names a chunk of a shard. The worker takes the claim, asks for what has no outcome yet, flushes parts on
its way, and settles the chunk in one transaction with its claim. What it has no time or leave for, it sends on: the
same message again, delayed, so that nothing is used up by waiting.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import SystemRandom
from secrets import token_hex

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob, LaneName
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.realtime_lane.attempt import MARGIN_SECONDS, ChunkAttempt
from fanfold.batches.realtime_lane.chunk_message import WorkChunk, Worked, send_on
from fanfold.batches.stores.chunk_claims import Claim
from fanfold.clock import moment, stamp
from fanfold.errors import NotFound, Superseded
from fanfold.jobs.job import JobRef, State
from fanfold.quotas.places import PlaceKind

RANDOM = SystemRandom()
CROWDED_SECONDS = (5.0, 15.0)
"""After how long a chunk comes again for which its tenant has no place."""


async def work(command: WorkChunk, backend: BatchBackend, remaining: Callable[[], float]) -> Worked:
    """Do what can be done for the chunk in `remaining` seconds. A message that is late, or doubled, does nothing."""
    try:
        job = backend.jobs.get(JobRef(tenant=command.tenant, job=command.job))
    except NotFound:
        return Worked()
    shard = _shard(command, job)
    if job.state is not State.RUNNING or command.round != job.round:
        return Worked()
    longest = backend.settings.worker_seconds + MARGIN_SECONDS
    with backend.quotas.places.place(command.tenant, PlaceKind.CHUNKS, token_hex(4), longest) as there:
        if not there:
            return send_on(command, backend, RANDOM.uniform(*CROWDED_SECONDS))
        return await _attempt(command, job, shard, backend, remaining)


async def _attempt(
    command: WorkChunk, job: BatchJob, shard: Shard, backend: BatchBackend, remaining: Callable[[], float]
) -> Worked:
    claim = backend.claims.take(shard, command.chunk, stamp(backend.clock()))
    if claim is None:
        return _held(command, shard, backend)
    try:
        return await ChunkAttempt(command, job, shard, claim, backend, remaining).run()
    except Superseded:
        return Worked()
    except Exception:
        with suppress(Exception):  # the message comes back by itself, and so does the claim when it is old enough
            backend.claims.note(claim, held_at=None)
        raise


def is_dead(claim: Claim, backend: BatchBackend) -> bool:
    """Whether the worker that holds the claim can't be running any more."""
    longest = timedelta(seconds=backend.settings.worker_seconds + MARGIN_SECONDS)
    return claim.held_at is not None and backend.clock() > moment(claim.held_at) + longest


def _held(command: WorkChunk, shard: Shard, backend: BatchBackend) -> Worked:
    """Another has the chunk, or had it: if that worker is dead, the message is sent on and counts as new."""
    claim = backend.claims.get(shard.ref, shard.number, command.chunk)
    if claim is None or not is_dead(claim, backend):
        return Worked()
    try:
        backend.claims.give_up(claim)
    except Superseded:
        return Worked()
    return send_on(command, backend)


def _shard(command: WorkChunk, job: BatchJob) -> Shard:
    """As much of the shard as its chunks' results need."""
    return Shard(
        tenant=command.tenant,
        job=command.job,
        number=command.shard,
        chunks=[command.chunk],
        requests=0,
        provider=command.provider,
        model=command.model,
        round=command.round,
        only=job.only,
        again=job.again,
        lane=LaneName.REALTIME,
        state=ShardState.SUBMITTED,
    )
