"""Collect: an ended batch's outcomes, in any order, put back into the chunks they came from.

Outcomes are spilled to a file a chunk first; then each chunk's results are written and the chunk is settled. A
request without an outcome gets an error of its own; a second outcome of a request is ignored.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, Field

from fanfold.batches.backend import Backend
from fanfold.batches.job import Shard, ShardState
from fanfold.batches.requests import Stored
from fanfold.errors import Incomplete, reason
from fanfold.jobs.chunks import Settled, pack_offsets
from fanfold.jobs.job import Counts, JobRef
from fanfold.providers import Fault, Outcome, Status, Usage

SPILL_BYTES = 16 * 1024 * 1024
MISSING = Fault(kind="missing", message="the provider's output does not hold this request")


class Failure(BaseModel):
    """What a `Catch` of the state machine caught."""

    error: str = Field(alias="Error")
    cause: str = Field(alias="Cause", default="")


class CollectShard(JobRef):
    """Which shard; `failure` says why it was given up, if it was."""

    shard: int
    failure: Failure | None = None


class Result(BaseModel):
    """A line of the results: what became of one request."""

    custom_id: str
    line: int
    status: Status
    output: str | None = None
    finish_reason: str | None = None
    usage: Usage
    error: Fault | None = None
    response: dict[str, object] | None = None


def collect(command: CollectShard, backend: Backend) -> Shard:
    """Settle every chunk of the shard. Raises Incomplete if its batch has not ended."""
    shard = backend.shards.get(command, command.shard)
    if shard.state is ShardState.COLLECTED:
        return shard
    with TemporaryDirectory() as folder:
        spill = Spill(Path(folder))
        fallback = _gather(shard, command.failure, spill, backend)
        for chunk in shard.chunks:
            if backend.chunks.get(shard.ref, chunk) is None:
                _settle(shard, chunk, spill, fallback, backend)
    return backend.shards.collected(shard)


class Spill:
    """Outcomes sorted by chunk on disk, holding a few megabytes."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._held = folder, 0
        self._buffers: dict[int, list[bytes]] = {}

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome; one whose id is none of ours is dropped."""
        chunk, _, position = outcome.id.partition("-")
        if not (chunk.isdecimal() and position.isdecimal()):
            return
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
                found.setdefault(int(outcome.id.partition("-")[2]), outcome)
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
        return given_up or Fault(kind="given_up", message="the batch was never made")
    provider = backend.provider(shard.provider)
    batch = provider.batch(shard.batch)
    if batch.ended:
        for outcome in provider.outcomes(batch):
            spill.add(outcome)
    elif not given_up:
        raise Incomplete(f"batch {shard.batch} of {shard.job} has not ended")
    return Fault(kind="batch_failed", message=batch.failure) if batch.failure else given_up or MISSING


def _settle(shard: Shard, chunk: int, spill: Spill, fallback: Fault, backend: Backend) -> None:
    requests = backend.blobs.get(shard.ref.chunk_key(chunk)).splitlines()
    results = list(_results(requests, spill.of(chunk), fallback))
    lines = [result.model_dump_json(exclude_none=True).encode() + b"\n" for result in results]
    settled = Settled(
        chunk=chunk,
        results=shard.ref.results_key(chunk, 1),
        counts=sum(map(_counts, results), Counts()),
        offsets=pack_offsets([len(line) for line in lines]),
    )
    backend.blobs.put(settled.results, b"".join(lines))
    backend.chunks.settle(shard.ref, settled)


def _results(requests: list[bytes], outcomes: dict[int, Outcome], fallback: Fault) -> Iterator[Result]:
    for position, line in enumerate(requests):
        request = Stored.model_validate_json(line)
        outcome = outcomes.get(position) or Outcome(id="", status=Status.FAILED, error=fallback)
        yield Result(custom_id=request.custom_id, line=request.line, **outcome.model_dump(exclude={"id"}))


def _counts(result: Result) -> Counts:
    succeeded = result.status is Status.SUCCEEDED
    return Counts(succeeded=succeeded, failed=not succeeded, **result.usage.model_dump())
