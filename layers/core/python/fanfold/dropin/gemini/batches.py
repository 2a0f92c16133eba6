"""Batches as Gemini's SDK makes and sees them: long-running operations with their state in `metadata`."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob, Surface
from fanfold.batches.views.download import is_ready, small_results
from fanfold.batches.views.shapes import EndedBatch, gemini
from fanfold.dropin import files
from fanfold.dropin.gemini.objects import GeminiCreate, InlinedRequest
from fanfold.dropin.jobs import Call, begin, cancelled, counted, deleted, found, page
from fanfold.dropin.options import OURS, in_our_words
from fanfold.dropin.providers import provider_of
from fanfold.errors import Conflict, Invalid
from fanfold.jobs.job import OVER, Counts, State

PREFIX, FILES, OUTPUT = "batches/", "files/", "batch-"
FORMAT = "gemini"
METADATA = "metadata"
TYPE = "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch"
STATES = {
    State.DRAFT: "PENDING",
    State.ACCEPTED: "PENDING",
    State.PLANNING: "PENDING",
    State.COMPLETED: "SUCCEEDED",
    State.CANCELLED: "CANCELLED",
    State.FAILED: "FAILED",
}
"""In all others it runs."""
Operation = dict[str, Any]


class GeminiPaging(BaseModel):
    """The query of lists."""

    page_size: Annotated[int, Field(ge=1, alias="pageSize")] = 50
    page_token: str | None = Field(default=None, alias="pageToken")


MOST_LISTED = 100


def create(model: str, body: GeminiCreate, call: Call, backend: BatchBackend) -> Operation:
    """A batch of requests in the call, or of a file, for the provider that has the model. Raises Invalid, NotFound."""
    source = body.batch.input_config
    if (source.requests is None) == (source.file_name is None):
        raise Invalid("give either requests or fileName", field="batch.inputConfig")
    said: dict[str, Any] = {"provider": provider_of(model, backend), "model": model}
    said["name"] = (body.batch.display_name or "")[:256] or None
    surface = Surface(model=model, window="inline" if source.requests else "")
    if source.file_name is not None:
        stored = files.file(call.caller.tenant, source.file_name.removeprefix(FILES), backend)
        said["upload"], surface = stored.upload, surface.model_copy(update={"file": stored.id})
    else:
        given = source.requests.requests if source.requests else []
        said["requests"] = [_line(number, each) for number, each in enumerate(given)]
        said["keep_columns"] = (METADATA,)
        surface = surface.model_copy(update={"requests": len(given)})
    asked = in_our_words(said, body)
    unique = {"model": model, "batch": body.batch.model_dump(mode="json"), **body.model_dump(mode="json", include=OURS)}
    return shown(begin(asked, surface, unique, call, backend), backend)


def _line(number: int, asked: InlinedRequest) -> dict[str, Any]:
    return {"key": f"request-{number}", "request": asked.request, METADATA: asked.metadata}


def retrieve(tenant: str, id: str, backend: BatchBackend) -> Operation:
    """The batch, with the answers of one whose requests came in the call. Raises NotFound."""
    return shown(found(tenant, PREFIX + id, PREFIX, backend), backend)


def listed(tenant: str, asked: GeminiPaging, backend: BatchBackend) -> dict[str, Any]:
    """A page, newest first, without answers."""
    after = found(tenant, PREFIX + asked.page_token, PREFIX, backend) if asked.page_token else None
    jobs, more = page(tenant, min(asked.page_size, MOST_LISTED), backend, after=after)
    operations = [_operation(job, counts, backend) for job, counts in counted(jobs, backend)]
    return {"operations": operations} | ({"nextPageToken": jobs[-1].id} if more else {})


def cancel(tenant: str, id: str, backend: BatchBackend) -> None:
    """End the batch early. Raises Conflict if it has ended."""
    job = found(tenant, PREFIX + id, PREFIX, backend)
    if job.state in OVER:
        raise Conflict("The batch has ended: it cannot be cancelled.", field="id")
    cancelled(job, backend)


def delete(tenant: str, id: str, backend: BatchBackend) -> None:
    """Forget the batch. Raises NotFound."""
    deleted(found(tenant, PREFIX + id, PREFIX, backend), backend)


def shown(job: BatchJob, backend: BatchBackend) -> Operation:
    """The job as an operation, its answers in it if they are asked for so and are small."""
    ((_, counts),) = counted([job], backend)
    operation = _operation(job, counts, backend)
    inline = job.surface is not None and job.surface.window == "inline"
    if inline and operation["metadata"]["output"] and (answers := _answers(job, backend)) is not None:
        operation["metadata"]["output"] = {"inlinedResponses": {"inlinedResponses": answers}}
    return operation


def _answers(job: BatchJob, backend: BatchBackend) -> list[dict[str, Any]] | None:
    results, batch = small_results(job, backend), EndedBatch.of(job)
    if results is None:
        return None
    in_order = sorted(results, key=lambda result: result.line)
    return [gemini.answer(result, batch) | _metadata(result.columns) for result in in_order]


def _metadata(columns: dict[str, Any]) -> dict[str, Any]:
    return {METADATA: columns[METADATA]} if columns.get(METADATA) else {}


def _operation(job: BatchJob, counts: Counts, backend: BatchBackend) -> Operation:
    over = job.state in OVER and is_ready(job, (FORMAT,), backend)
    state = STATES.get(job.state, "RUNNING") if over or job.state not in OVER else "RUNNING"
    total = job.total + job.rejected or (job.surface.requests if job.surface else 0)
    failed = counts.failed + job.rejected
    stats = {"requestCount": total, "successfulRequestCount": counts.succeeded, "failedRequestCount": failed}
    stats["pendingRequestCount"] = max(total - counts.succeeded - failed, 0)
    metadata = {
        "@type": TYPE,
        "name": PREFIX + job.id,
        "model": f"models/{(job.surface and job.surface.model) or job.options.model or job.options.provider}",
        "displayName": job.options.name,
        "state": f"BATCH_STATE_{state}",
        "createTime": job.created_at,
        "updateTime": job.finished_at or job.started_at or job.created_at,
        "endTime": job.finished_at if over else None,
        "batchStats": {name: str(count) for name, count in stats.items()},
        "output": {"responsesFile": f"{FILES}{OUTPUT}{job.id}"} if over and job.chunks else None,
    }
    operation: Operation = {"name": PREFIX + job.id, "metadata": metadata, "done": over}
    if job.state is State.FAILED:
        operation["error"] = {"code": 3, "message": job.error or "the batch failed"}
    return operation
