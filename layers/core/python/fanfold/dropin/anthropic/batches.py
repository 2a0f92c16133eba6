"""Batches as Anthropic's SDK makes and sees them."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob, Surface
from fanfold.batches.results.error_groups import errors
from fanfold.batches.views.download import is_ready
from fanfold.clock import moment, stamp
from fanfold.dropin.anthropic.objects import (
    AnthropicBatch,
    AnthropicBatchPage,
    AnthropicCounts,
    AnthropicCreate,
    AnthropicDeleted,
)
from fanfold.dropin.jobs import Call, begin, cancelled, counted, deleted, found, page
from fanfold.dropin.options import OURS, in_our_words
from fanfold.dropin.providers import provider_of
from fanfold.errors import Conflict, Invalid
from fanfold.jobs.job import OVER, Counts, State

PREFIX = "msgbatch_"
FORMAT = "anthropic"
PROMISE = timedelta(hours=24)


class AnthropicPaging(BaseModel):
    """The query of `GET /anthropic/v1/messages/batches`."""

    after_id: str | None = None
    before_id: str | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 20


def create(body: AnthropicCreate, call: Call, backend: BatchBackend) -> AnthropicBatch:
    """A batch of the requests, for the provider that has the first one's model. Raises Invalid."""
    model = body.requests[0].params.get("model")
    if not isinstance(model, str):
        raise Invalid("Field required", field="requests.0.params.model")
    _check_ids(body)
    requests = [request.model_dump() for request in body.requests]
    surface = Surface(model=model, requests=len(requests))
    asked = in_our_words({"provider": provider_of(model, backend), "requests": requests}, body)
    said = {"requests": requests, **body.model_dump(mode="json", include=OURS)}
    return shown([begin(asked, surface, said, call, backend)], backend)[0]


def _check_ids(body: AnthropicCreate) -> None:
    seen: set[str] = set()
    for number, request in enumerate(body.requests):
        if request.custom_id in seen:
            raise Invalid(f"{request.custom_id!r} is used twice", field=f"requests.{number}.custom_id")
        seen.add(request.custom_id)


def retrieve(tenant: str, id: str, backend: BatchBackend) -> AnthropicBatch:
    """The batch. Raises NotFound."""
    return shown([found(tenant, id, PREFIX, backend)], backend)[0]


def listed(tenant: str, asked: AnthropicPaging, backend: BatchBackend) -> AnthropicBatchPage:
    """A page, newest first: behind one batch, or before one."""
    after = found(tenant, asked.after_id, PREFIX, backend) if asked.after_id else None
    before = found(tenant, asked.before_id, PREFIX, backend) if asked.before_id else None
    jobs, more = page(tenant, asked.limit, backend, after=after, before=before)
    data = shown(jobs, backend)
    first, last = (data[0].id, data[-1].id) if data else (None, None)
    return AnthropicBatchPage(data=data, first_id=first, last_id=last, has_more=more)


def cancel(tenant: str, id: str, again: bool, backend: BatchBackend) -> AnthropicBatch:
    """End the batch early. Raises Conflict if it has ended, unless it is the same call once more."""
    job = found(tenant, id, PREFIX, backend)
    (before,) = shown([job], backend)
    if before.processing_status == "ended" and not (again and job.state is State.CANCELLED):
        raise Conflict("The batch has ended: it cannot be canceled.", field="id")
    return before if job.state in OVER else shown([cancelled(job, backend)], backend)[0]


def delete(tenant: str, id: str, backend: BatchBackend) -> AnthropicDeleted:
    """Forget the batch. Raises Conflict if it has not ended."""
    job = found(tenant, id, PREFIX, backend)
    if job.state not in OVER:
        raise Conflict("The batch has not ended: cancel it first.", field="id")
    deleted(job, backend)
    return AnthropicDeleted(id=id)


def shown(jobs: list[BatchJob], backend: BatchBackend) -> list[AnthropicBatch]:
    """The jobs as batches of Anthropic's."""
    return [_shown(job, counts, backend) for job, counts in counted(jobs, backend)]


def _shown(job: BatchJob, counts: Counts, backend: BatchBackend) -> AnthropicBatch:
    ended = job.state in OVER and is_ready(job, (FORMAT,), backend)
    canceling = job.state in (State.CANCELLING, State.CANCELLED)
    id = PREFIX + job.id
    return AnthropicBatch(
        id=id,
        processing_status="ended" if ended else "canceling" if job.state is State.CANCELLING else "in_progress",
        request_counts=_counts(job, counts, ended, backend),
        created_at=job.created_at,
        expires_at=stamp(job.options.deadline or moment(job.created_at) + PROMISE),
        ended_at=job.finished_at if ended else None,
        cancel_initiated_at=(job.cancelling_at or job.finished_at) if canceling else None,
        results_url=f"/v1/messages/batches/{id}/results" if ended else None,
    )


def _counts(job: BatchJob, counts: Counts, ended: bool, backend: BatchBackend) -> AnthropicCounts:
    total = job.total + job.rejected or (job.surface.requests if job.surface else 0)
    if not ended:
        return AnthropicCounts(processing=total)
    if not job.chunks:
        rest = "canceled" if job.state is State.CANCELLED else "errored"
        return AnthropicCounts(**{rest: total})
    expired = _expired(job, backend) if counts.failed > counts.cancelled else 0
    return AnthropicCounts(
        succeeded=counts.succeeded,
        canceled=counts.cancelled,
        expired=expired,
        errored=counts.failed - counts.cancelled - expired + job.rejected,
    )


def _expired(job: BatchJob, backend: BatchBackend) -> int:
    """How many of those that failed came too late."""
    return sum(group.count for group in errors(job.ref, backend).errors if group.kind == "expired")
