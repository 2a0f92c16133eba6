"""Results as lines of the providers' own batch files, whichever provider answered."""

from typing import Any, NamedTuple

from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.result import Result
from fanfold.clock import moment
from fanfold.providers import Status


class EndedBatch(NamedTuple):
    """What lines say of the batch that they are of."""

    id: str
    at: int
    """When it ended, in seconds since 1970."""
    model: str
    """What requests ask for that name no model, and fallbacks aside."""

    @classmethod
    def of(cls, job: BatchJob) -> "EndedBatch":
        """That of a job that has ended."""
        at = int(moment(job.finished_at or job.created_at).timestamp())
        asked = job.options.model or (job.surface.model if job.surface else "")
        return cls(job.id, at, asked or job.options.provider)


Line = dict[str, Any]


def is_answer(result: Result) -> bool:
    """Whether the request has an answer that its provider gave."""
    return result.status is Status.SUCCEEDED


def model_of(result: Result, batch: EndedBatch) -> str:
    """The model that answered."""
    response = result.response or {}
    said = response.get("model") or response.get("modelVersion")
    if isinstance(said, str):
        return said
    return result.answered_by.partition("/")[2] if result.answered_by else batch.model


def said_of(result: Result) -> str:
    """What went wrong, in words."""
    return result.error.message if result.error else f"the request was {result.status.value}"
