"""Settling: a chunk's outcomes as the lines of its results, one for each of its requests, in order."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from fanfold.batches.answers import Result, answers
from fanfold.batches.backend import Backend
from fanfold.batches.job import Shard
from fanfold.batches.outputs import checked
from fanfold.batches.requests import Stored
from fanfold.batches.troubles import faults
from fanfold.jobs.chunks import Settled, pack_offsets
from fanfold.jobs.job import Counts
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
    chunk: int
    before: Settled | None
    requests: list[bytes]
    answered: dict[int, Result]
    """What stands of before, by position."""


def opened(shard: Shard, chunk: int, before: Settled | None, backend: Backend) -> Settling:
    """The chunk, to be settled."""
    requests = backend.blobs.get(shard.ref.chunk_key(chunk)).splitlines()
    return Settling(shard, chunk, before, requests, answers(before, backend.blobs, shard.only))


def settle(work: Settling, outcomes: Mapping[int, Outcome], fallback: Fault, backend: Backend) -> Settled:
    """Write the results, by position in the chunk; the `fallback` is for requests without an outcome."""
    shard = work.shard
    schema = backend.provider(shard.provider, shard.tenant).schema
    results = list(_results(work, outcomes, fallback, schema))
    lines = [result.model_dump_json(exclude_none=True).encode() + b"\n" for result in results]
    settled = Settled(
        chunk=work.chunk,
        attempt=shard.round,
        results=shard.ref.results_key(work.chunk, shard.round),
        counts=sum(map(_counts, results), Counts()),
        offsets=pack_offsets([len(line) for line in lines]),
        faults=faults(results),
    )
    backend.blobs.put(settled.results, b"".join(lines))
    return settled


def _results(
    work: Settling,
    outcomes: Mapping[int, Outcome],
    fallback: Fault,
    schema: Callable[[dict[str, Any]], dict[str, Any] | None],
) -> Iterator[Result]:
    for position, line in enumerate(work.requests):
        if position in work.answered:
            yield work.answered[position]
            continue
        request = Stored.model_validate_json(line)
        outcome = outcomes.get(position) or Outcome(id="", status=_status(fallback), error=fallback)
        told = checked(outcome, schema(request.body)).model_dump(exclude={"id", "unrepaired"})
        yield Result(custom_id=request.custom_id, line=request.line, **told)


def _status(fault: Fault) -> Status:
    return next((status for status, rest in REST.items() if rest is fault), Status.FAILED)


def _counts(result: Result) -> Counts:
    succeeded = result.status is Status.SUCCEEDED
    return Counts(succeeded=succeeded, failed=not succeeded, **result.usage.model_dump())
