"""The lines of results: what became of each request, and which of them need no second try."""

from pydantic import BaseModel

from fanfold.jobs.chunks import Settled
from fanfold.ports import Blobs
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
    repaired: bool | None = None
    """Whether it is the second answer: the first did not keep to its schema, and was shown to the model."""


def answers(settled: Settled | None, blobs: Blobs, only: str | None = None) -> dict[int, Result]:
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
