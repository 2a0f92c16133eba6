"""What the owner of a batch should know about how it ended."""

from collections.abc import Iterator, Sequence

from fanfold.batches.model.batch import BatchJob
from fanfold.batches.results.settle_chunk import UNAFFORDABLE
from fanfold.jobs.chunk_results import ChunkResult
from fanfold.jobs.job import Counts

EXPIRED = "expired"
NOTEWORTHY = 0.01
"""The share of answers from which on it is told that they are cut, declined or empty."""


def notes(counts: Counts, unsent: int, job: BatchJob) -> list[str]:
    """The notes, each a sentence."""
    return [*_unsent(unsent, job), *_poor(counts)]


def unsent_of(settled: Sequence[ChunkResult]) -> int:
    """Requests that there was no money for."""
    return _of_kind(settled, UNAFFORDABLE)


def expired_of(settled: Sequence[ChunkResult]) -> int:
    """Requests that were not answered in time."""
    return _of_kind(settled, EXPIRED)


def _of_kind(settled: Sequence[ChunkResult], kind: str) -> int:
    return sum(group.count for chunk in settled for group in chunk.faults or () if group.kind == kind)


def _unsent(unsent: int, job: BatchJob) -> Iterator[str]:
    if unsent:
        change = "set a lower max_tokens, or a higher budget_usd and `retry`"
        if job.options.budget_usd is None:
            change = "raise the tenant's budget and `retry`, or set a lower max_tokens"
        yield f"{unsent:,} requests were not sent: there was no money left in the budget; {change}"


def _poor(counts: Counts) -> Iterator[str]:
    """Answers that there are and that may be of little use."""
    total = counts.succeeded + counts.failed
    found = (
        (counts.finish_length, "were cut at a token limit; ask them again with more max_tokens"),
        (counts.finish_refusal, "were declined or filtered; `retry` with `filtered` asks them again"),
        (counts.empty, "hold no text; `retry` with `empty` asks them again"),
    )
    for count, what in found:
        if count > NOTEWORTHY * total:
            yield f"{count:,} of {total:,} answers {what}"
