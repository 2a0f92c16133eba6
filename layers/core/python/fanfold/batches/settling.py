"""Settling: a chunk's outcomes as the lines of its results, one for each of its requests, in order."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from fanfold.batches.answers import Result, answers
from fanfold.batches.backend import Backend
from fanfold.batches.charging import attempt, settled
from fanfold.batches.job import BatchJob, Shard
from fanfold.batches.outputs import checked
from fanfold.batches.requests import Stored
from fanfold.jobs.chunks import Settled
from fanfold.providers import Fault, Outcome, Status

CANCELLED = Fault(kind="cancelled", message="the batch was cancelled before this request was answered")
REST = {
    Status.CANCELLED: CANCELLED,
    Status.EXPIRED: Fault(kind="expired", message="the batch expired before this request was answered"),
}
"""What requests without an outcome get, by what became of their batch."""
MISSED = Fault(kind="missing", message="nothing became of this request")


class Settling(NamedTuple):
    """A chunk of a shard, with its stored requests, and how it was settled before, in an earlier round."""

    shard: Shard
    job: BatchJob
    chunk: int
    before: Settled | None
    requests: list[bytes]
    answered: dict[int, Result]
    """What stands of before, by position."""


def opened(shard: Shard, job: BatchJob, chunk: int, before: Settled | None, backend: Backend) -> Settling:
    """The chunk, to be settled."""
    requests = backend.blobs.get(shard.ref.chunk_key(chunk)).splitlines()
    return Settling(shard, job, chunk, before, requests, answers(before, backend.blobs, shard.only))


def settle(
    work: Settling, outcomes: Mapping[int, Outcome], fallback: Callable[[int], Fault], backend: Backend
) -> Settled:
    """Write the results, by position in the chunk; the `fallback` is for requests without an outcome."""
    shard = work.shard
    schema = backend.provider(shard.provider, shard.tenant).schema
    results = list(_results(work, outcomes, fallback, schema))
    this = attempt(work.job, work.chunk, shard.round, shard.model, shard.lane.value, shard.seconds)
    made, lines = settled(this, results, set(range(len(results))) - work.answered.keys(), work.before)
    backend.blobs.put(made.results, b"".join(lines))
    return made


def _results(
    work: Settling,
    outcomes: Mapping[int, Outcome],
    fallback: Callable[[int], Fault],
    schema: Callable[[dict[str, Any]], dict[str, Any] | None],
) -> Iterator[Result]:
    for position, line in enumerate(work.requests):
        if position in work.answered:
            yield work.answered[position]
            continue
        request = Stored.model_validate_json(line)
        outcome = outcomes.get(position) or _without(fallback(position))
        told = checked(outcome, schema(request.body)).model_dump(exclude={"id", "unrepaired"})
        yield Result(custom_id=request.custom_id, line=request.line, **told)


def _without(fault: Fault) -> Outcome:
    status = next((status for status, rest in REST.items() if rest is fault), Status.FAILED)
    return Outcome(id="", status=status, error=fault)
