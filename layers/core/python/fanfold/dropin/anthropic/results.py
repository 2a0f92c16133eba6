"""Results as Anthropic's SDK reads them: a line for each request."""

from collections.abc import Iterator

from pydantic_core import from_json, to_json

from fanfold.batches.backend import BatchBackend
from fanfold.batches.input.lines import LONGEST_LINE
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.result import Result
from fanfold.batches.views.shapes import EndedBatch, anthropic
from fanfold.dropin.anthropic.batches import FORMAT, PREFIX, shown
from fanfold.dropin.content import Content, content
from fanfold.dropin.jobs import found
from fanfold.errors import Conflict
from fanfold.jobs.job import State
from fanfold.providers import Fault, Status, Usage


def results(tenant: str, id: str, bearer: bool, backend: BatchBackend) -> Content:
    """All of them, or where they are. Raises NotFound, and Conflict while the batch has not ended."""
    job = found(tenant, id, PREFIX, backend)
    if shown([job], backend)[0].results_url is None:
        raise Conflict("The batch has not ended: there are no results yet.", field="id")
    if not job.chunks:
        return Content(body=b"".join(_unplanned(job, backend)))
    return content(job, FORMAT, bearer, backend)


def _unplanned(job: BatchJob, backend: BatchBackend) -> Iterator[bytes]:
    """Lines of requests that were never planned: what ended their batch ended each of them."""
    status = Status.CANCELLED if job.state is State.CANCELLED else Status.FAILED
    fault = Fault(kind=status.value, message=job.error or f"the batch was {status.value}")
    for source in job.sources:
        for number, line in enumerate(backend.blobs.lines(source.key, LONGEST_LINE), 1):
            result = Result(
                custom_id=from_json(line).get("custom_id", ""), line=number, status=status, usage=Usage(), error=fault
            )
            yield to_json(anthropic.line(result, EndedBatch.of(job))) + b"\n"
