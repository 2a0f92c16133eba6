"""What a tenant sees of their batches."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from fanfold.batches.backend import BatchBackend
from fanfold.batches.input.lines import Stored
from fanfold.batches.input.remarks import FEW_TOKENS, short
from fanfold.batches.model.batch import BatchJob, LaneName, Mode, Options, Priority
from fanfold.batches.model.shard import Shard
from fanfold.batches.model.waiting import Waiting
from fanfold.batches.views.progress import BatchProgress, Lane, lanes, live, progress, waits_for
from fanfold.errors import Conflict, NotFound
from fanfold.jobs.job import Counts, JobRef, State, Tokens
from fanfold.jobs.listing import JobFilter, find_jobs
from fanfold.jobs.request_index import find
from fanfold.pricing.estimate import Estimate
from fanfold.pricing.tariff import dollars
from fanfold.providers import ChatMessage, Dialect, Finish, Prompt, reasons, with_limit


class BatchCost(BaseModel):
    """What the calls so far cost, those that a retry replaced included. Money set aside is not spent."""

    spent_usd: float | None
    """None if no price is known."""
    list_usd: float | None
    """The same calls in real time and without the provider's cache."""
    saved_usd: float | None
    unpriced_requests: int
    """Calls to models whose price is not known: they are in no sum."""


LANE = {"lane", "lane_reason"}
DESCRIBED = {"name", "description", "metadata", "tags", "from_template"}
ASKED = {"provider", "model", "mode", "priority", "deadline"} | DESCRIBED
SETTLED = (State.COMPLETED, State.CANCELLED)
"""States in which a job's own item has its counters."""


class BatchView(BaseModel):
    """A batch as the API shows it."""

    id: str
    state: State
    name: str | None
    provider: str
    model: str | None
    mode: Mode
    lane: LaneName | None
    """Which way its requests go; None until it is planned."""
    lane_reason: str | None
    """Why they go that way."""
    priority: Priority
    deadline: datetime | None
    metadata: dict[str, str]
    description: str | None
    tags: tuple[str, ...]
    from_template: str | None = None
    """The saved template that it is of, with its version."""
    created_at: str
    started_at: str | None
    finished_at: str | None
    error: str | None
    rejected: int
    rejected_lines: tuple[dict[str, Any], ...]
    """The first few lines that were not taken; all of them: `GET …/rejected`."""
    progress: BatchProgress
    """In a list without a look at its shards: what is tried again counts as done there."""
    tokens: Tokens
    cost: BatchCost
    budget_usd: float | None = None
    estimate: Estimate | None = None
    """What its requests were expected to cost when they were planned."""
    finish_reasons: dict[str, int] = {}
    """Answers by why they ended."""
    empty: int = 0
    """Answers that hold no text."""
    notes: tuple[str, ...] = ()
    """What there is to know about its input, and about how it ended."""
    note: str | None = None
    """Those about how it ended, in one line."""
    waiting_for: list[Waiting] = []
    """What it waits for: why, since when, when it is tried next, and in whose words."""
    lanes: dict[str, Lane] = {}
    """By lane, each provider batch that the requests went in; only where one batch is asked for."""


class BatchPage(BaseModel):
    batches: list[BatchView]
    cursor: str | None


class RequestView(BaseModel):
    """One request: what was asked, and what came back if it is settled."""

    custom_id: str
    line: int
    status: str
    request: dict[str, Any]
    result: dict[str, Any] | None = None


class BatchReceipt(BaseModel):
    """The answer to a new batch: only what never changes, so that a replay gets the same."""

    id: str
    state: State = State.ACCEPTED
    created_at: str
    notes: list[str] = Field(default=[], exclude_if=lambda notes: not notes)
    """What its options may come to grief with."""


def accepted(job: BatchJob, backend: BatchBackend) -> BatchReceipt:
    """The receipt of the job."""
    return BatchReceipt(id=job.id, created_at=job.created_at, notes=option_notes(job.options, backend))


def option_notes(options: Options, backend: BatchBackend) -> list[str]:
    """What can be told of options alone, before a line is read."""
    provider = backend.provider(options.provider)
    model = options.model or provider.default_model
    turn = ChatMessage(role="user", content="")
    body = provider.body(Prompt(model=model, messages=(turn,), max_tokens=options.max_tokens))
    few = options.max_tokens is not None and options.max_tokens < FEW_TOKENS
    return [f"a request {short(options.max_tokens or 0, model)}"] if few and reasons(provider, body) else []


def view(job: BatchJob, counts: Counts, backend: BatchBackend, shards: Sequence[Shard] = ()) -> BatchView:
    """The job with these counters, and what is known of its shards."""
    options = job.options
    known = job.model_dump(
        include={"id", "state", "created_at", "started_at", "finished_at", "error", "rejected"} | LANE
    )
    asked = options.model_dump(include=ASKED)
    paid = {
        "cost": cost(counts),
        "tokens": counts.tokens,
        "budget_usd": options.budget_usd,
        "estimate": job.estimate,
    }
    told = {
        "notes": job.notes + job.round_notes + job.ending_notes,
        "note": job.note,
        "finish_reasons": finish_reasons(counts),
        "empty": counts.empty,
        "progress": progress(job, counts, shards, backend.clock),
    }
    return BatchView(**known, **asked, **paid, **told, rejected_lines=job.samples)


def current_counts(jobs: Sequence[BatchJob], backend: BatchBackend) -> list[Counts]:
    """The counters of each job: those of its end, or those that run."""
    running = [job for job in jobs if job.state not in SETTLED]
    found = dict(zip([job.id for job in running], backend.jobs.counts_of(running), strict=True))
    return [found.get(job.id, job.counts) for job in jobs]


def finish_reasons(counts: Counts) -> dict[str, int]:
    """How many answers ended for which reason."""
    return {reason.value: n for reason in Finish if (n := getattr(counts, f"finish_{reason}"))}


def cost(counts: Counts) -> BatchCost:
    """The money that is among the counts."""
    if counts.unpriced and not counts.list_nanos:
        return BatchCost(spent_usd=None, list_usd=None, saved_usd=None, unpriced_requests=counts.unpriced)
    return BatchCost(
        spent_usd=dollars(counts.spent_nanos),
        list_usd=dollars(counts.list_nanos),
        saved_usd=dollars(counts.list_nanos - counts.spent_nanos),
        unpriced_requests=counts.unpriced,
    )


def show(ref: JobRef, backend: BatchBackend) -> BatchView:
    """The job with its progress and its lanes. Raises NotFound."""
    job = backend.jobs.get(ref)
    (counts,) = current_counts([job], backend)
    shards = [live(shard, backend) for shard in backend.shards.of(ref)] if job.shards else []
    waiting = waits_for(job, shards)
    going = {"waiting_for": waiting, "lanes": lanes(shards)}
    return view(job, counts, backend, shards).model_copy(update=going)


def steered(job: BatchJob, backend: BatchBackend) -> BatchView:
    """The job after its owner changed it, without a look at its shards."""
    (counts,) = current_counts([job], backend)
    return view(job, counts, backend)


def page(tenant: str, asked: JobFilter, backend: BatchBackend) -> BatchPage:
    """A page of the tenant's batches, newest first; it may be short, or empty, and have a cursor."""
    jobs, cursor = find_jobs(backend.jobs, tenant, asked, lambda job: job.options)
    counted = zip(jobs, current_counts(jobs, backend), strict=True)
    return BatchPage(batches=[view(job, counts, backend) for job, counts in counted], cursor=cursor)


def show_request(ref: JobRef, custom_id: str, backend: BatchBackend) -> RequestView:
    """One request by its custom_id: two small reads, whatever the job's size. Raises NotFound, Conflict."""
    job = backend.jobs.get(ref)
    if not job.chunks:
        raise Conflict(f"batch {job.id} is {job.state}: its requests are not known yet", field="id")
    for place in find(backend.blobs, ref.folder + "index", custom_id):
        line = backend.blobs.get_range(ref.chunk_key(place.chunk), place.offset, place.length)
        request = Stored.model_validate_json(line)
        if request.custom_id == custom_id:
            result = _result(ref, place.chunk, place.position, backend)
            status = result["status"] if result else "pending"
            asked = _asked(request.body, result, backend.provider(job.options.provider, job.tenant))
            return RequestView(**request.model_dump(exclude={"body"}), status=status, request=asked, result=result)
    raise NotFound(f"batch {job.id} has no request {custom_id!r}", field="custom_id")


def _asked(body: dict[str, Any], result: dict[str, Any] | None, dialect: Dialect) -> dict[str, Any]:
    """The request as the call had it that the result is of."""
    limit = result.get("max_tokens") if result else None
    return body if limit is None else with_limit(dialect, body, limit)


def _result(ref: JobRef, chunk: int, position: int, backend: BatchBackend) -> dict[str, Any] | None:
    settled = backend.chunks.get(ref, chunk)
    if settled is None:
        return None
    result: dict[str, Any] = json.loads(backend.blobs.get_range(settled.results, *settled.span(position)))
    return {name: value for name, value in result.items() if name not in ("custom_id", "line")}
