"""Batches as OpenAI's SDK makes and sees them."""

import re
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Any

from pydantic import BaseModel, Field

from fanfold.batches.backend import BatchBackend
from fanfold.batches.input.line_fields import URLS
from fanfold.batches.input.lines import LONGEST_LINE
from fanfold.batches.intake.create import CreateBatch
from fanfold.batches.model.batch import BatchJob, Mode, Surface
from fanfold.batches.views.download import is_ready
from fanfold.clock import moment
from fanfold.dropin import files
from fanfold.dropin.jobs import Call, begin, cancelled, counted, found, page
from fanfold.dropin.openai.objects import (
    ENDPOINTS,
    LineError,
    LineErrors,
    OpenAIBatch,
    OpenAIBatchPage,
    OpenAICreate,
    RequestCounts,
)
from fanfold.dropin.options import in_our_words
from fanfold.dropin.providers import model_in, provider_of
from fanfold.errors import Conflict, Invalid
from fanfold.jobs.job import Counts, State

PREFIX = "batch_"
PATHS = {endpoint: url for url, endpoint in URLS.items()}
OUTPUT, ERRORS = "file-out-", "file-err-"
DAY_HOURS = 24
STATUSES = {
    State.DRAFT: "validating",
    State.ACCEPTED: "validating",
    State.PLANNING: "validating",
    State.RUNNING: "in_progress",
    State.PAUSED: "in_progress",
    State.CANCELLING: "cancelling",
    State.CANCELLED: "cancelled",
    State.COMPLETED: "completed",
    State.FAILED: "failed",
}
ENDED = frozenset({State.COMPLETED, State.CANCELLED})


class OpenAIPaging(BaseModel):
    """The query of `GET /openai/v1/batches`."""

    after: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


def create(body: OpenAICreate, call: Call, backend: BatchBackend) -> OpenAIBatch:
    """A batch of the file's lines, for the provider that has their model. Raises Invalid, NotFound."""
    if body.endpoint not in ENDPOINTS:
        supported = ", ".join(repr(each) for each in ENDPOINTS)
        raise Invalid(f"Invalid value: {body.endpoint!r}. Supported values are: {supported}.", field="endpoint")
    if body.input_file_id.startswith((OUTPUT, ERRORS)):
        raise Invalid("Invalid file purpose: a batch is made of a file of purpose 'batch'.", field="input_file_id")
    tenant = call.caller.tenant
    source = files.file(tenant, body.input_file_id, backend)
    model = model_in(files.first_line(tenant, source, LONGEST_LINE, backend))
    surface = Surface(
        endpoint=body.endpoint,
        window=body.completion_window,
        file=source.id,
        model=model or "",
        output_seconds=body.output_expires_after and body.output_expires_after.seconds,
    )
    asked = _asked(body, source, provider_of(model, backend) if model else "openai", backend.clock())
    said = body.model_dump(mode="json", exclude_none=True)
    return shown([begin(asked, surface, said, call, backend)], backend)[0]


def _asked(body: OpenAICreate, source: files.StoredFile, provider: str, now: datetime) -> CreateBatch:
    """The batch in our own words; what is OpenAI's default window needs no deadline in the batch lane."""
    said: dict[str, Any] = {"provider": provider, "upload": source.upload, "metadata": body.metadata or {}}
    said["endpoint"] = URLS[body.endpoint]
    hours = int(body.completion_window.removesuffix("h"))
    if hours != DAY_HOURS or body.mode is not Mode.BATCH:
        said["deadline"] = now + timedelta(hours=hours)
    if body.output_expires_after:
        said["retention_days"] = ceil(body.output_expires_after.seconds / timedelta(days=1).total_seconds())
    return in_our_words(said, body)


def retrieve(tenant: str, id: str, backend: BatchBackend) -> OpenAIBatch:
    """The batch. Raises NotFound."""
    return shown([found(tenant, id, PREFIX, backend)], backend)[0]


def listed(tenant: str, asked: OpenAIPaging, backend: BatchBackend) -> OpenAIBatchPage:
    """A page, newest first."""
    after = found(tenant, asked.after, PREFIX, backend) if asked.after else None
    jobs, more = page(tenant, asked.limit, backend, after=after)
    data = shown(jobs, backend)
    first, last = (data[0].id, data[-1].id) if data else (None, None)
    return OpenAIBatchPage(data=data, first_id=first, last_id=last, has_more=more)


def cancel(tenant: str, id: str, again: bool, backend: BatchBackend) -> OpenAIBatch:
    """End the batch early. Raises Conflict if it ends or has ended, unless it is the same call once more."""
    job = found(tenant, id, PREFIX, backend)
    (before,) = shown([job], backend)
    if before.status in ("cancelling", "cancelled") and again:
        return before
    if before.status not in ("validating", "in_progress"):
        raise Conflict(f"Cannot cancel a batch with status '{before.status}'.", field="id")
    return shown([cancelled(job, backend)], backend)[0]


def shown(jobs: list[BatchJob], backend: BatchBackend) -> list[OpenAIBatch]:
    """The jobs as batches of OpenAI's."""
    return [_shown(job, counts, backend) for job, counts in counted(jobs, backend)]


def _shown(job: BatchJob, counts: Counts, backend: BatchBackend) -> OpenAIBatch:
    asked, ends = job.surface or Surface(), _window_ends(job)
    status = _status(job, counts, ends, backend)
    over = status in ("completed", "expired", "cancelled")
    failed = counts.failed + job.rejected
    return OpenAIBatch(
        id=PREFIX + job.id,
        endpoint=asked.endpoint or PATHS[job.options.endpoint],
        model=asked.model or job.options.model,
        errors=_errors(job, status),
        input_file_id=asked.file,
        completion_window=asked.window or f"{DAY_HOURS}h",
        status=status,
        output_file_id=OUTPUT + job.id if over and counts.succeeded else None,
        error_file_id=ERRORS + job.id if over and failed and job.finished_at and job.chunks else None,
        created_at=_seconds(job.created_at),
        expires_at=int(ends.timestamp()),
        request_counts=RequestCounts(total=job.total + job.rejected, completed=counts.succeeded, failed=failed),
        usage=_usage(counts),
        metadata=job.options.metadata or None,
        **_times(job, status),
    )


def _status(job: BatchJob, counts: Counts, ends: datetime, backend: BatchBackend) -> str:
    if job.state is State.COMPLETED and not is_ready(job, ("openai", "openai_errors"), backend):
        return "finalizing"
    if job.state is State.COMPLETED and counts.failed and job.finished_at and moment(job.finished_at) >= ends:
        return "expired"
    return STATUSES[job.state]


def _window_ends(job: BatchJob) -> datetime:
    if job.options.deadline:
        return job.options.deadline
    window = job.surface.window if job.surface else ""
    hours = int(re.sub(r"\D", "", window) or DAY_HOURS)
    return moment(job.created_at) + timedelta(hours=hours)


def _times(job: BatchJob, status: str) -> dict[str, int | None]:
    """When it came to be what it is and was."""
    names = ("finalizing", "completed", "failed", "expired", "cancelled")
    times: dict[str, int | None] = dict.fromkeys(f"{name}_at" for name in names)
    ends = status in ("cancelling", "cancelled") and job.cancelling_at
    times["cancelling_at"] = _seconds(ends) if ends else None
    finished = _seconds(job.finished_at) if job.finished_at else None
    times["in_progress_at"] = _seconds(job.started_at) if job.started_at else None
    if status in names:
        times[f"{status}_at"] = finished
    if status in ("completed", "expired"):
        times["finalizing_at"] = finished
    return times


def _usage(counts: Counts) -> dict[str, Any]:
    tokens = counts.tokens
    return {
        "input_tokens": tokens.input,
        "input_tokens_details": {"cached_tokens": tokens.cached},
        "output_tokens": tokens.output,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": tokens.input + tokens.output,
    }


def _errors(job: BatchJob, status: str) -> LineErrors | None:
    """The first lines that were not taken, or why the whole batch failed."""
    data = [
        LineError(code="invalid_request", line=flaw.get("line"), message=flaw["detail"], param=flaw.get("field"))
        for flaw in job.samples
    ]
    if not data and status == "failed":
        data = [LineError(code="batch_failed", line=None, message=job.error or "the batch failed", param=None)]
    return LineErrors(data=data) if data else None


def _seconds(text: str) -> int:
    return int(moment(text).timestamp())
