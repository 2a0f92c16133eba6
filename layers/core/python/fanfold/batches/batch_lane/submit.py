"""Submit: one batch at the provider for each shard, whatever dies on the way.

The intent is written first, and again right before the batch is made. An attempt that finds an intent of another
waits until that one can't be under way any more, then looks for its batch at the provider before making one.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic_core import from_json

from fanfold.batches.backend import BatchBackend
from fanfold.batches.batch_lane.hold import is_early, no_room, throttled
from fanfold.batches.model.batch import BatchJob, LaneName
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.model.waiting import Reason, Waiting
from fanfold.batches.realtime_lane.shard_watch import dispatch
from fanfold.batches.results.chunk_results import open_chunk
from fanfold.batches.results.reserve import PLACES, afford
from fanfold.batches.stores.submit_locks import SubmitLock
from fanfold.clock import moment, stamp
from fanfold.errors import ProviderRefused, ProviderThrottled, ProviderUnavailable, Superseded, Unsettled
from fanfold.jobs.budget import Reservation
from fanfold.jobs.job import JobRef, State
from fanfold.providers import BatchApi, Draft


class SubmitShard(JobRef):
    """Which shard, and the task token that waits for its batch to end."""

    shard: int
    token: str


def submit(command: SubmitShard, backend: BatchBackend) -> Shard:
    """Have the shard's batch made, or its chunks sent to workers, and the token woken when that has ended.

    Raises Unsettled, Incomplete and provider errors.
    """
    shard = backend.shards.get(command, command.shard)
    if shard.state in (ShardState.ENDED, ShardState.COLLECTED):
        backend.workflow.wake(command.token)
        return shard
    job = backend.jobs.get(JobRef(tenant=command.tenant, job=command.job))
    state = job.state
    if state is State.CANCELLING and shard.state is ShardState.PLANNED:
        return _skipped(shard, command.token, backend)
    if state not in (State.RUNNING, State.CANCELLING):
        raise Superseded(f"job {command.job} is {state}")
    if shard.lane is LaneName.REALTIME:
        return dispatch(shard, command.token, job, backend)
    _settled(shard, backend)
    reserved = _afforded(shard, job, backend)
    if reserved.nanos == 0 and reserved.until is not None:
        return _skipped(shard, command.token, backend)
    now = stamp(backend.clock())
    if waiting := shard.waiting if is_early(shard, backend) else (None if shard.batch else no_room(shard, backend)):
        return backend.shards.held(shard, command.token, waiting, now)
    _turn(shard, backend).look()
    claimed = backend.shards.claim(shard, command.token, now)
    return claimed if claimed.batch else _tried(claimed, job, reserved, backend)


def _tried(shard: Shard, job: BatchJob, reserved: Reservation, backend: BatchBackend) -> Shard:
    """The shard at its provider, or held until that takes it. Raises what the state machine tries again."""
    try:
        return _submit(shard, job, reserved, backend)
    except ProviderThrottled as error:
        now = backend.shards.get(shard.ref, shard.number)
        return backend.shards.held(now, shard.token or "", throttled(now, error, backend), stamp(backend.clock()))
    except ProviderUnavailable as error:
        now = backend.shards.get(shard.ref, shard.number)
        since = now.waiting.since if now.waiting else stamp(backend.clock())
        backend.shards.waits(now, Waiting(reason=Reason.PROVIDER, since=since, said=str(error)))
        raise


def _skipped(shard: Shard, token: str, backend: BatchBackend) -> Shard:
    """The shard, ended without a batch."""
    skipped = backend.shards.skipped(shard, token)
    backend.workflow.wake(token)
    return skipped


def _afforded(shard: Shard, job: BatchJob, backend: BatchBackend) -> Reservation:
    """What is set aside for the shard, if the job has a budget: an attempt after this one finds the same."""
    if shard.batch is not None:
        return Reservation(None, 0)
    return afford(job, shard.key, shard.model, "batch", _bodies(shard, job, backend), backend)


def _settled(shard: Shard, backend: BatchBackend) -> None:
    if shard.state is not ShardState.SUBMITTING or shard.tried_at is None:
        return
    patience = timedelta(seconds=backend.settings.provider_timeout_seconds)
    if backend.clock() < moment(shard.tried_at) + patience:
        raise Unsettled(f"attempt {shard.attempt} on shard {shard.number} of {shard.job} may still be under way")


def _turn(shard: Shard, backend: BatchBackend) -> SubmitLock:
    return backend.submit_locks.turn(shard.provider, backend.provider(shard.provider, shard.tenant), shard.marker)


def _submit(shard: Shard, job: BatchJob, reserved: Reservation, backend: BatchBackend) -> Shard:
    api = backend.provider(shard.provider, shard.tenant)
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"{shard.marker}.jsonl"
        requests = _write(file, _lines(shard, job, reserved, api, backend))
        if not requests and shard.token:
            return _skipped(shard, shard.token, backend)
        turn = _turn(shard, backend)
        turn.begin()
        draft = Draft(
            marker=shard.marker,
            model=shard.model,
            requests=requests,
            since=moment(shard.intent_at or ""),
            tries=backend.submit_locks.tries(shard.creates),
            known=turn.known,
        )
        submitted = _adopted(shard, draft, turn, api, backend)
        submitted = submitted or _created(shard, file, draft, turn, api, backend)
    turn.end()
    return submitted


def _adopted(shard: Shard, draft: Draft, turn: SubmitLock, api: BatchApi, backend: BatchBackend) -> Shard | None:
    """The shard with the batch that an earlier attempt made, if one did."""
    batch = api.adopt(draft) if shard.attempt > 1 else None
    if batch is None:
        return None
    turn.enter(batch)
    doubtful = not api.capabilities.marked_batches
    return backend.shards.submitted(shard, batch, stamp(backend.clock()), adopted=doubtful)


def _created(shard: Shard, file: Path, draft: Draft, turn: SubmitLock, api: BatchApi, backend: BatchBackend) -> Shard:
    """The shard with a new batch. If the create fails, the turn is left to run out: it may still take effect."""
    staged = api.stage(file, shard.marker)
    shard = backend.shards.staged(shard, staged, stamp(backend.clock()))
    turn.renew()
    try:
        batch = api.create(file, staged, draft)
    except (ProviderRefused, ProviderThrottled):  # it was not made, and will not be
        turn.end()
        raise
    turn.enter(batch)
    return backend.shards.submitted(shard, batch, stamp(backend.clock()))


def _write(file: Path, lines: Iterator[bytes]) -> int:
    """Write the lines; how many there are."""
    with file.open("wb") as out:
        return sum(1 for line in lines if out.write(line + b"\n"))


def _lines(shard: Shard, job: BatchJob, reserved: Reservation, api: BatchApi, backend: BatchBackend) -> Iterator[bytes]:
    """The shard's requests as the provider's lines. Their ids are ours: chunk, position, and the shard's tag."""
    for place, body in _bodies(shard, job, backend):
        if reserved.covers(place):
            chunk, position = divmod(place, PLACES)
            yield api.line(f"{chunk}-{position}-{shard.tag}", body)


def _bodies(shard: Shard, job: BatchJob, backend: BatchBackend) -> Iterator[tuple[int, dict[str, Any]]]:
    """The place and the body of each request that has to be asked."""
    for chunk in shard.chunks:
        work = open_chunk(shard, job, chunk, shard.attempt, backend.chunks.get(shard.ref, chunk), backend)
        for position in work.open:
            yield chunk * PLACES + position, from_json(work.requests[position])["body"]
