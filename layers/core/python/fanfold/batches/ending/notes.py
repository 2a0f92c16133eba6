"""What the owner of a batch should know about how it ended."""

from collections.abc import Iterator, Sequence

from fanfold.batches.results.chunk_costs import UNAFFORDABLE
from fanfold.jobs.chunks import Settled
from fanfold.jobs.job import Counts

NOTEWORTHY = 0.01
"""The share of answers from which on it is told that they are cut, declined or empty."""


def notes(counts: Counts, settled: Sequence[Settled]) -> list[str]:
    """The notes, each a sentence."""
    return [*_unsent(settled), *_poor(counts)]


def _unsent(settled: Sequence[Settled]) -> Iterator[str]:
    """What requests that were not sent have in common."""
    unsent = sum(group.count for chunk in settled for group in chunk.faults or () if group.kind == UNAFFORDABLE)
    if unsent:
        yield f"{unsent:,} requests were not sent: there was no money left in the budget"


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
