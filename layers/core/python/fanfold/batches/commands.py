"""What the owner of a batch does to it beside what all jobs know: fill and change it, try again what failed.

Calls may be repeated: one that finds its work done answers like the first.
"""

from contextlib import suppress
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from fanfold.batches.backend import BatchBackend
from fanfold.batches.intake.backpressure import check_pressure
from fanfold.batches.intake.create import Input, check_allowed, check_options, check_room, placed
from fanfold.batches.intake.from_template import check_unchanged
from fanfold.batches.model.batch import Again, BatchJob, Options
from fanfold.batches.model.result import can_be_tried
from fanfold.batches.results.reserve import open_budget
from fanfold.errors import Conflict, Invalid, Superseded
from fanfold.jobs import life_cycle
from fanfold.jobs.job import ACTIVE, JobRef, State
from fanfold.jobs.life_cycle import begin_run, require
from fanfold.problems import invalid
from fanfold.providers import Completing
from fanfold.quotas.guard import Unit

MOST_PARTS = 1000


class EditBatch(RootModel[dict[str, Any]]):
    """The body of `PATCH /v1/batches/{job}`: the options to change, each as `Options` has it; null leaves one as it is.

    Only those of `ANY_TIME` can change once the batch is no draft.
    """


ANY_TIME = frozenset({"name", "description", "metadata", "tags", "budget_usd"})


def add_requests(ref: JobRef, body: Input, backend: BatchBackend) -> BatchJob:
    """Add requests, or an upload of them, to a draft. The same part twice is there once. Raises Conflict."""
    _draft(ref, backend)
    added = placed(body, ref, backend)
    while True:
        job = _draft(ref, backend)
        sources = tuple(dict.fromkeys((*job.sources, *added)))
        if len(sources) > MOST_PARTS:
            raise Conflict(f"a draft may have {MOST_PARTS} parts at most; add larger ones", field="requests")
        check_room(job.options, sources)
        with suppress(Superseded):  # somebody added at the same moment: ours goes behind theirs
            return backend.jobs.move(job, sources=[source.model_dump() for source in sources])


def process(ref: JobRef, backend: BatchBackend) -> BatchJob:
    """Let a draft begin. Raises Conflict for what is no draft, or an empty one, and Busy."""
    job = backend.jobs.get(ref)
    if job.state in ACTIVE:
        return job
    require(job, {State.DRAFT}, "is no draft", backend)
    if not job.sources:
        raise Conflict(f"batch {job.id} has no requests yet", field="requests")
    check_pressure(job.options, JobRef(tenant=ref.tenant, job=""), backend)
    with backend.quotas.admitted(ref, again=True):
        return begin_run(job, backend, state=State.ACCEPTED, expires_at=None, dry_run=False)


def edit(ref: JobRef, body: EditBatch, backend: BatchBackend) -> BatchJob:
    """Change what describes the batch, or a draft's options. Raises Conflict, Invalid."""
    job = backend.jobs.get(ref)
    news = {name: value for name, value in body.root.items() if value is not None}
    if job.state is not State.DRAFT and (late := sorted(news.keys() - ANY_TIME)):
        raise Conflict(f"batch {job.id} is {job.state}: {', '.join(late)} can't change any more", field=late[0])
    check_unchanged(news)
    try:
        options = Options.model_validate(job.options.model_dump() | news)
    except ValidationError as error:
        raise invalid(error, "the options are not as they should be") from None
    check_options(options, backend)
    check_allowed(ref.tenant, options, backend)
    check_room(options, job.sources)
    edited = backend.jobs.move(job, options=options.model_dump(mode="json", exclude_none=True))
    if "budget_usd" in news and job.budgeted:
        open_budget(edited, backend)
    return edited


class RetryBatch(BaseModel):
    """The body of `POST /v1/batches/{job}/retry`; without one it is what has failed."""

    model_config = ConfigDict(extra="forbid")

    what: tuple[Again, ...] = Field(default=(Again.FAILED,), min_length=1)
    max_tokens: int | None = Field(default=None, ge=1)
    """The output tokens that what is asked again may have, in place of its own limit."""


def retry(
    ref: JobRef, backend: BatchBackend, what: tuple[Again, ...] = (Again.FAILED,), max_tokens: int | None = None
) -> BatchJob:
    """Try again what failed, expired or was cancelled, or whatever else is asked for, and only that.

    With `max_tokens` under that limit, else under its own. Raises Conflict if there is nothing, QuotaExceeded for
    more requests than the day has left, Invalid for a limit that the provider does not say how to set.
    """

    def check(job: BatchJob) -> None:
        if (job.state is State.COMPLETED or what != (Again.FAILED,)) and not can_be_tried(job.counts, what):
            said = "has failed" if what == (Again.FAILED,) else f"is {' or '.join(what)}"
            raise Conflict(f"nothing in batch {job.id} {said}", field="what")
        backend.quotas.check_day(job.tenant, Unit.REQUESTS, can_be_tried(job.counts, what))
        if max_tokens is not None and not isinstance(backend.provider(job.options.provider, job.tenant), Completing):
            raise Invalid(f"requests of {job.options.provider} can't be given another limit", field="max_tokens")

    before = backend.jobs.get(ref)
    again = life_cycle.retry(ref, backend, check, **_anew(what=what, max_tokens=max_tokens))
    if again.round > before.round:
        backend.dead_letters.remove(ref)
    return again


def redrive(job: BatchJob, kind: str, backend: BatchBackend) -> BatchJob:
    """The job's next round, for what has failed of one kind. Its dead letters are sent with it."""
    begun = life_cycle.begin_round(job, backend, **_anew(only=kind))
    backend.dead_letters.remove(job.ref)
    return begun


def _anew(
    only: str | None = None, what: tuple[Again, ...] = (Again.FAILED,), max_tokens: int | None = None
) -> dict[str, Any]:
    """What a batch's next round is for."""
    return {"only": only, "again": what, "again_max_tokens": max_tokens, "waves": 0, "ending_notes": ()}


def _draft(ref: JobRef, backend: BatchBackend) -> BatchJob:
    return require(backend.jobs.get(ref), {State.DRAFT}, "takes no more requests", backend)
