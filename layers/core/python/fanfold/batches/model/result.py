"""The lines of results: what became of each request, and which of them need no second try."""

from pydantic import BaseModel, Field

from fanfold.jobs.chunk_results import ChunkResult
from fanfold.ports import Blobs
from fanfold.pricing.tariff import Lane
from fanfold.providers import Fault, Finish, Status, Usage


class Result(BaseModel):
    """A line of the results: what became of one request."""

    custom_id: str
    line: int
    status: Status
    output: str | None = None
    finish_reason: Finish | None = None
    provider_reason: str | None = None
    usage: Usage
    error: Fault | None = None
    response: dict[str, object] | None = None
    answered_by: str | None = None
    """`provider/model` of the fallback that answered in place of the model that was asked for."""
    lane: Lane | None = None
    """The lane that it was answered in, if that is not where its batch's other requests went in the end."""
    repaired: bool | None = None
    """Whether it is the second answer: the first did not keep to its schema, and was shown to the model."""
    collapsed: bool | None = None
    """Whether another request of the batch says the same, and was asked for this one as well; it cost nothing."""
    cached: bool | None = None
    """Whether it is what another of the tenant's batches was answered to the same; it cost nothing."""
    cost_usd: float | None = None
    """What its last call cost; None if it used no tokens, or at a price that is not known."""
    seconds: float | None = None
    """How long its last call took, where it was a call of its own."""
    tries: int = Field(default=1, exclude_if=lambda tries: tries == 1)
    """Calls that were made for it in this round."""


def read_results(settled: ChunkResult | None, blobs: Blobs, only: str | None = None) -> dict[int, Result]:
    """The results of a settled chunk that stand, by position: those that a retry leaves alone.

    With `only`, a kind of fault, it is all that have not failed with that.
    """
    if settled is None:
        return {}
    lines = blobs.get(settled.results).splitlines()
    results = (Result.model_validate_json(line) for line in lines)
    return {position: result for position, result in enumerate(results) if _stands(result, only)}


def _stands(result: Result, only: str | None) -> bool:
    if only is None or result.error is None:
        return result.status is Status.SUCCEEDED
    return result.error.kind != only
