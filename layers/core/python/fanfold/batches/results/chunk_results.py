"""Settling: a chunk's outcomes as the lines of its results, one for each of its requests, in order."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from fanfold.batches.backend import BatchBackend
from fanfold.batches.hooks import after
from fanfold.batches.input.duplicates import body_of, duplicates
from fanfold.batches.input.lines import ReadRequest, Stored, stored
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.result import Result, read_results
from fanfold.batches.model.schema_check import check_schema
from fanfold.batches.model.shard import Shard
from fanfold.batches.results.settle_chunk import attempt, charge, chunk_result
from fanfold.batches.stores.response_cache import CachedAnswer
from fanfold.jobs.chunk_results import ChunkResult
from fanfold.jobs.ending import expiry
from fanfold.providers import Dialect, Fault, Outcome, Status, Usage, with_limit

CANCELLED = Fault(kind="cancelled", message="the batch was cancelled before this request was answered")
REST = {
    Status.CANCELLED: CANCELLED,
    Status.EXPIRED: Fault(kind="expired", message="the batch expired before this request was answered"),
}
"""What requests without an outcome get, by what became of their batch."""
MISSED = Fault(kind="missing", message="nothing became of this request")


APART = frozenset({"body", "id", "unrepaired"})
"""Fields of requests and outcomes that results have not."""
COPIED = {"usage": Usage(), "seconds": None, "tries": 1, "collapsed": True}


class ChunkWork(NamedTuple):
    """A chunk of a shard, with its stored requests, and how it was settled before, in an earlier round."""

    shard: Shard
    job: BatchJob
    chunk: int
    attempt: int
    """The fencing number of whoever settles it."""
    before: ChunkResult | None
    requests: list[bytes]
    answered: dict[int, Result]
    """What stands of before, by position."""
    duplicates: Mapping[int, int] = {}
    """Positions that ask the same as another one, which is asked for them."""
    known: Mapping[int, Outcome] = {}
    """Outcomes that were there before anything was asked in this round."""

    @property
    def open(self) -> list[int]:
        """Positions that have to be asked."""
        done = self.answered.keys() | self.duplicates.keys() | self.known.keys()
        return [position for position in range(len(self.requests)) if position not in done]


def open_chunk(
    shard: Shard, job: BatchJob, chunk: int, attempt: int, before: ChunkResult | None, backend: BatchBackend
) -> ChunkWork:
    """The chunk, to be settled by whoever has that attempt."""
    requests = backend.blobs.get(shard.ref.chunk_key(chunk)).splitlines()
    answered = read_results(before, backend.blobs, shard.only, shard.again)
    if job.again_max_tokens is not None:
        dialect = backend.provider(shard.provider, shard.tenant)
        limited = partial(_limited, dialect=dialect, tokens=job.again_max_tokens)
        requests = [line if at in answered else limited(line) for at, line in enumerate(requests)]
    work = ChunkWork(shard, job, chunk, attempt, before, requests, answered)
    if job.options.collapse:
        work = work._replace(duplicates=duplicates(requests, work.open))
    return work._replace(known=_known(work, backend)) if job.shares else work


def _limited(line: bytes, dialect: Dialect, tokens: int) -> bytes:
    """A stored request with another limit to its output."""
    request = Stored.model_validate_json(line)
    body = with_limit(dialect, request.body, tokens)
    return stored(ReadRequest(request.custom_id, request.line, body, request.row, request.columns)).rstrip(b"\n")


def cache_responses(work: ChunkWork, made: ChunkResult, backend: BatchBackend) -> None:
    """Let other batches of the tenant have the chunk's answers, if its own has asked for that."""
    if not work.job.shares:
        return
    lines = backend.blobs.get(made.results).splitlines()
    fresh = [
        CachedAnswer(body_of(work.requests[each]), made.results, *made.span(each))
        for each in work.open
        if _own(lines[each])
    ]
    backend.cache.keep(work.shard, fresh, expiry(work.shard.tenant, backend))


def _own(line: bytes) -> bool:
    """Whether the result is an answer of the model that was asked for."""
    result = Result.model_validate_json(line)
    return result.status is Status.SUCCEEDED and result.answered_by is None


def _known(work: ChunkWork, backend: BatchBackend) -> dict[int, Outcome]:
    """What was found in the cache when the chunk was opened first in this round."""
    key = f"{work.shard.ref.folder}known/{work.chunk:06d}-{work.shard.round}.jsonl"
    try:
        found = [Outcome.model_validate_json(line) for line in backend.blobs.get(key).splitlines()]
    except KeyError:
        found = list(backend.cache.known(work.shard, work.requests, work.open).values())
        backend.blobs.put(key, b"".join(outcome.model_dump_json().encode() + b"\n" for outcome in found))
    return {int(outcome.id): outcome for outcome in found}


def write_chunk(
    work: ChunkWork, outcomes: Mapping[int, Outcome], fallback: Callable[[int], Fault], backend: BatchBackend
) -> ChunkResult:
    """Write the results, by position in the chunk; the `fallback` is for requests without an outcome."""
    shard = work.shard
    schema = backend.provider(shard.provider, shard.tenant).schema
    results = list(_results(work, outcomes, fallback, schema))
    this = attempt(work.job, shard, work.chunk, work.attempt)
    made, lines = chunk_result(this, results, set(range(len(results))) - work.answered.keys(), work.before)
    backend.blobs.put(made.results, b"".join(lines))
    return made


def charged(work: ChunkWork, outcomes: Mapping[int, Outcome], backend: BatchBackend) -> int:
    """Nanodollars that the chunk's outcomes so far have cost."""
    this = attempt(work.job, work.shard, work.chunk, work.attempt)
    schema = backend.provider(work.shard.provider, work.shard.tenant).schema
    results = list(_results(work, outcomes, lambda position: MISSED, schema))
    fresh = [result for position, result in enumerate(results) if position not in work.answered]
    return sum(cost.spent for result in fresh if (cost := charge(this.by(result), result.usage)))


def _results(
    work: ChunkWork,
    outcomes: Mapping[int, Outcome],
    fallback: Callable[[int], Fault],
    schema: Callable[[dict[str, Any]], dict[str, Any] | None],
) -> Iterator[Result]:
    for position, line in enumerate(work.requests):
        if position in work.answered:
            yield work.answered[position]
            continue
        request = Stored.model_validate_json(line)
        asked = work.duplicates.get(position, position)
        outcome = work.known.get(asked) or outcomes.get(asked) or _without(fallback(asked))
        if asked != position:
            outcome = outcome.model_copy(update=COPIED)
        told = check_schema(outcome, schema(request.body))
        result = Result(**_fields(request, told), max_tokens=work.job.again_max_tokens)
        yield after(result, work.job.options.hooks)


def _fields(request: Stored, outcome: Outcome) -> dict[str, Any]:
    """The fields of both that results have, as they are: a dump would go through the whole reply."""
    return {name: value for name, value in (*request, *outcome) if name not in APART}


def _without(fault: Fault) -> Outcome:
    status = next((status for status, rest in REST.items() if rest is fault), Status.FAILED)
    return Outcome(id="", status=status, error=fault)
