"""Troubles: what went wrong in a batch, by kind.

Each chunk keeps its own few groups since it was settled, so the sum is right while the batch runs, costs no pass over
results, and needs no counters of its own; `finish` puts the sum into `errors.json`, so that an ended batch of any size
is one small read.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from pydantic import BaseModel, TypeAdapter

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.result import Result
from fanfold.jobs.chunk_results import ChunkResult
from fanfold.jobs.error_groups import ErrorGroup, Example, error_group, grouped
from fanfold.jobs.job import JobRef, State

GROUPS = TypeAdapter(tuple[ErrorGroup, ...])


class ErrorExample(BaseModel):
    """A request that has no answer, and why."""

    custom_id: str
    line: int
    message: str


class ErrorKind(BaseModel):
    """All requests that have no answer for the same kind of reason."""

    kind: str
    count: int
    codes: dict[str, int]
    """How often the provider gave which code."""
    examples: list[ErrorExample]


class ErrorReport(BaseModel):
    """What went wrong so far: requests without an answer by kind, and lines that were not taken at all."""

    state: State
    failed: int
    errors: list[ErrorKind]
    rejected: int
    rejected_lines: tuple[dict[str, Any], ...]
    """The first few; all of them: `GET …/rejected`."""


def errors(ref: JobRef, backend: BatchBackend) -> ErrorReport:
    """What went wrong in the batch as far as it is known. Raises NotFound."""
    job = backend.jobs.get(ref)
    groups = _groups(job, backend)
    return ErrorReport(
        state=job.state,
        failed=sum(group.count for group in groups),
        errors=[_kind(group) for group in groups],
        rejected=job.rejected,
        rejected_lines=job.samples,
    )


def group_errors(results: Iterable[Result]) -> tuple[ErrorGroup, ...] | None:
    """The groups of a chunk's results; None if every request has its answer."""
    found = ((result, result.error) for result in results if result.error is not None)
    groups = (error_group(error.kind, error.code, _example(result, error.message)) for result, error in found)
    return grouped(groups) or None


def sum_up(ref: JobRef, settled: Iterable[ChunkResult], backend: BatchBackend) -> None:
    """Write the sum of all chunks' groups to the job's `errors.json`."""
    backend.blobs.put(_key(ref), GROUPS.dump_json(_sum(settled)))


def _groups(job: BatchJob, backend: BatchBackend) -> tuple[ErrorGroup, ...]:
    if job.state in (State.COMPLETED, State.CANCELLED):
        with suppress(KeyError):  # a batch may be cancelled before it was finished even once
            return GROUPS.validate_json(backend.blobs.get(_key(job.ref)))
    return _sum(backend.chunks.all(job.ref))


def _sum(settled: Iterable[ChunkResult]) -> tuple[ErrorGroup, ...]:
    return grouped(group for chunk in settled for group in chunk.faults or ())


def _key(ref: JobRef) -> str:
    return ref.folder + "errors.json"


def _example(result: Result, message: str) -> Example:
    return Example(id=result.custom_id, line=result.line, message=message)


def _kind(group: ErrorGroup) -> ErrorKind:
    examples = [ErrorExample(custom_id=each.id, line=each.line, message=each.message) for each in group.examples]
    return ErrorKind(kind=group.kind, count=group.count, codes=group.codes, examples=examples)
