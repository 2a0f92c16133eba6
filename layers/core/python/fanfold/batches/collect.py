"""Collect: an ended batch's outcomes, in any order, put back into the chunks they came from.

Outcomes are spilled to a file a chunk first; then each chunk's results are written and the chunk is settled. A
request without an outcome gets an error of its own; a second outcome of a request is ignored.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import BaseModel, Field

from fanfold.batches.answers import Result, answers
from fanfold.batches.backend import Backend
from fanfold.batches.job import Shard, ShardState
from fanfold.batches.outputs import checked
from fanfold.batches.requests import Stored
from fanfold.batches.troubles import faults
from fanfold.errors import Incomplete, Misadopted, reason
from fanfold.jobs.chunks import Settled, pack_offsets
from fanfold.jobs.job import Counts, JobRef, State
from fanfold.providers import Fault, Outcome, Status

SPILL_BYTES = 16 * 1024 * 1024
CANCELLED = Fault(kind="cancelled", message="the batch was cancelled before this request was answered")
REST = {
    Status.CANCELLED: CANCELLED,
    Status.EXPIRED: Fault(kind="expired", message="the batch expired before this request was answered"),
}
MISSING = Fault(kind="missing", message="the provider's output does not hold this request")


class Failure(BaseModel):
    """What a `Catch` of the state machine caught."""

    error: str = Field(alias="Error")
    cause: str = Field(alias="Cause", default="")


class CollectShard(JobRef):
    """Which shard; `failure` says why it was given up, if it was."""

    shard: int
    failure: Failure | None = None


def collect(command: CollectShard, backend: Backend) -> Shard:
    """Settle every chunk of the shard. Raises Incomplete if its batch has not ended, Misadopted if it is another's."""
    shard = backend.shards.get(command, command.shard)
    if shard.state is ShardState.COLLECTED:
        return shard
    with TemporaryDirectory() as folder:
        spill = Spill(Path(folder), shard.tag)
        fallback = _gather(shard, command.failure, spill, backend)
        if shard.adopted and spill.strangers and not spill.ours:
            _disown(shard, backend)
        for chunk in shard.chunks:
            _settle(shard, chunk, spill, fallback, backend)
    return backend.shards.collected(shard)


class Spill:
    """Outcomes sorted by chunk on disk, holding a few megabytes; `tag` ends the ids that are ours."""

    def __init__(self, folder: Path, tag: str) -> None:
        self._folder, self._tag, self._held = folder, tag, 0
        self.ours = self.strangers = 0
        self._buffers: dict[int, list[bytes]] = {}

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome; one whose id is none of ours is dropped."""
        chunk, _, rest = outcome.id.partition("-")
        position, _, tag = rest.partition("-")
        if not (chunk.isdecimal() and position.isdecimal() and tag == self._tag):
            self.strangers += 1
            return
        self.ours += 1
        line = outcome.model_dump_json().encode() + b"\n"
        self._buffers.setdefault(int(chunk), []).append(line)
        self._held += len(line)
        if self._held > SPILL_BYTES:
            self._flush()

    def of(self, chunk: int) -> dict[int, Outcome]:
        """The chunk's outcomes by position; the first of each counts."""
        self._flush()
        found: dict[int, Outcome] = {}
        path = self._folder / str(chunk)
        if path.exists():
            for line in path.read_bytes().splitlines():
                outcome = Outcome.model_validate_json(line)
                found.setdefault(int(outcome.id.split("-")[1]), outcome)
        return found

    def _flush(self) -> None:
        for chunk, lines in self._buffers.items():
            with (self._folder / str(chunk)).open("ab") as file:
                file.writelines(lines)
        self._buffers, self._held = {}, 0


def _gather(shard: Shard, failure: Failure | None, spill: Spill, backend: Backend) -> Fault:
    """Spill what the batch holds; the error of those requests that it does not hold."""
    given_up = Fault(kind="given_up", message=reason(failure.error, failure.cause)) if failure else None
    if shard.batch is None or (failure and failure.error != "States.Timeout"):
        return given_up or CANCELLED
    provider = backend.provider(shard.provider, shard.tenant)
    batch = provider.batch(shard.batch)
    if batch.ended:
        for outcome in provider.outcomes(batch):
            spill.add(outcome)
    elif not given_up:
        raise Incomplete(f"batch {shard.batch} of {shard.job} has not ended")
    if batch.failure:
        return Fault(kind="batch_failed", message=batch.failure)
    if batch.ended and batch.rest in REST:
        return REST[batch.rest]
    return given_up or (CANCELLED if backend.jobs.get(shard.ref).state is State.CANCELLING else MISSING)


def _disown(shard: Shard, backend: Backend) -> None:
    """Give a batch back that somebody else made. Raises Misadopted."""
    turn = backend.ledger.turn(shard.provider, backend.provider(shard.provider, shard.tenant), shard.marker)
    turn.disown(shard.batch or "")
    backend.shards.disowned(shard)
    raise Misadopted(f"batch {shard.batch} is not that of shard {shard.number} of {shard.job}")


def _settle(shard: Shard, chunk: int, spill: Spill, fallback: Fault, backend: Backend) -> None:
    before = backend.chunks.get(shard.ref, chunk)
    if before and before.attempt >= shard.round:
        return
    requests = backend.blobs.get(shard.ref.chunk_key(chunk)).splitlines()
    schema = backend.provider(shard.provider, shard.tenant).schema
    results = list(_results(requests, spill.of(chunk), answers(before, backend.blobs), fallback, schema))
    lines = [result.model_dump_json(exclude_none=True).encode() + b"\n" for result in results]
    settled = Settled(
        chunk=chunk,
        attempt=shard.round,
        results=shard.ref.results_key(chunk, shard.round),
        counts=sum(map(_counts, results), Counts()),
        offsets=pack_offsets([len(line) for line in lines]),
        faults=faults(results),
    )
    backend.blobs.put(settled.results, b"".join(lines))
    backend.chunks.settle(shard.ref, settled, before)


def _results(
    requests: list[bytes],
    outcomes: dict[int, Outcome],
    answered: dict[int, Result],
    fallback: Fault,
    schema: Callable[[dict[str, Any]], dict[str, Any] | None],
) -> Iterator[Result]:
    for position, line in enumerate(requests):
        if position in answered:
            yield answered[position]
            continue
        request = Stored.model_validate_json(line)
        outcome = outcomes.get(position) or Outcome(id="", status=_status(fallback), error=fallback)
        told = checked(outcome, schema(request.body)).model_dump(exclude={"id"})
        yield Result(custom_id=request.custom_id, line=request.line, **told)


def _status(fault: Fault) -> Status:
    return next((status for status, rest in REST.items() if rest is fault), Status.FAILED)


def _counts(result: Result) -> Counts:
    succeeded = result.status is Status.SUCCEEDED
    return Counts(succeeded=succeeded, failed=not succeeded, **result.usage.model_dump())
