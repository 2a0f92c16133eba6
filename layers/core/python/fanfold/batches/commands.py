"""A batch's life after its creation, as its owner steers it: each call answers the job as it is then.

Calls may be repeated: one that finds its work done answers like the first.
"""

from contextlib import suppress
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from fanfold.batches.backend import Backend
from fanfold.batches.ending.accounting import account_for
from fanfold.batches.intake.backpressure import check_pressure
from fanfold.batches.intake.create import Input, check_allowed, check_options, check_room, placed
from fanfold.batches.model.batch import Again, BatchJob, Options, Remove
from fanfold.batches.model.result import can_be_tried
from fanfold.batches.results.reserve import open_budget
from fanfold.errors import Conflict, Invalid, Superseded
from fanfold.jobs.ending import ending_times, expiry, publish_end
from fanfold.jobs.identity import begin
from fanfold.jobs.job import ACTIVE, OVER, JobRef, State
from fanfold.problems import invalid
from fanfold.providers import Completing

MOST_PARTS = 1000


class Edit(RootModel[dict[str, Any]]):
    """The body of `PATCH /v1/batches/{job}`: the options to change, each as `Options` has it; null leaves one as it is.

    Only those of `ANY_TIME` can change once the batch is no draft.
    """


ANY_TIME = frozenset({"name", "description", "metadata", "tags", "budget_usd"})


def add_requests(ref: JobRef, body: Input, backend: Backend) -> BatchJob:
    """Add requests, or an upload of them, to a draft. The same part twice is there once. Raises Conflict."""
    _in(ref, {State.DRAFT}, "takes no more requests", backend)
    added = placed(body, ref, backend)
    while True:
        job = _in(ref, {State.DRAFT}, "takes no more requests", backend)
        sources = tuple(dict.fromkeys((*job.sources, *added)))
        if len(sources) > MOST_PARTS:
            raise Conflict(f"a draft may have {MOST_PARTS} parts at most; add larger ones", field="requests")
        check_room(job.options, sources)
        with suppress(Superseded):  # somebody added at the same moment: ours goes behind theirs
            return backend.jobs.move(job, sources=[source.model_dump() for source in sources])


def process(ref: JobRef, backend: Backend) -> BatchJob:
    """Let a draft begin. Raises Conflict for what is no draft, or an empty one, and Busy."""
    job = backend.jobs.get(ref)
    if job.state in ACTIVE:
        return job
    job = _in(ref, {State.DRAFT}, "is no draft", backend)
    if not job.sources:
        raise Conflict(f"batch {job.id} has no requests yet", field="requests")
    check_pressure(job.options, JobRef(tenant=ref.tenant, job=""), backend)
    with backend.quotas.admitted(ref, again=True):
        return _begin(job, backend, expires_at=None, dry_run=False)


def edit(ref: JobRef, body: Edit, backend: Backend) -> BatchJob:
    """Change what describes the batch, or a draft's options. Raises Conflict, Invalid."""
    job = backend.jobs.get(ref)
    news = {name: value for name, value in body.root.items() if value is not None}
    if job.state is not State.DRAFT and (late := sorted(news.keys() - ANY_TIME)):
        raise Conflict(f"batch {job.id} is {job.state}: {', '.join(late)} can't change any more", field=late[0])
    try:
        options = Options.model_validate(job.options.model_dump() | news)
    except ValidationError as error:
        raise invalid(error, "the options are not as they should be") from error
    check_options(options, backend)
    check_allowed(ref.tenant, options, backend)
    check_room(options, job.sources)
    edited = backend.jobs.move(job, options=options.model_dump(mode="json", exclude_none=True))
    if "budget_usd" in news and job.budgeted:
        open_budget(edited, backend)
    return edited


def cancel(ref: JobRef, backend: Backend) -> BatchJob:
    """End the batch early; what has an answer keeps it. Raises Conflict for one that is over."""
    job = backend.jobs.get(ref)
    if job.state in (State.CANCELLING, State.CANCELLED):
        return job
    job = _in(ref, {State.DRAFT, *ACTIVE, State.PAUSED}, "is over", backend)
    if job.state is State.RUNNING:
        return backend.jobs.move(job, state=State.CANCELLING)
    if job.state is State.PAUSED and job.chunks:
        return _begin(job, backend, state=State.CANCELLING, expires_at=None)
    if job.state is not State.DRAFT:
        account_for(job, State.CANCELLED, [], backend)
    return publish_end(backend.jobs.move(job, state=State.CANCELLED, **ending_times(job, backend)), backend)


def pause(ref: JobRef, backend: Backend) -> BatchJob:
    """Submit nothing more; what is at the provider goes on there. Raises Conflict."""
    job = backend.jobs.get(ref)
    if job.state is State.PAUSED:
        return job
    job = _in(ref, {State.ACCEPTED, State.PLANNING, State.RUNNING}, "can't be paused", backend)
    paused = backend.jobs.move(job, state=State.PAUSED, expires_at=expiry(job.tenant, backend))
    backend.workflow.stop(job.execution or job.execution_name)
    return paused


def resume(ref: JobRef, backend: Backend) -> BatchJob:
    """Go on where the batch was paused. Raises Conflict."""
    job = backend.jobs.get(ref)
    if job.state in ACTIVE:
        return job
    job = _in(ref, {State.PAUSED}, "is not paused", backend)
    state = State.RUNNING if job.shards else State.ACCEPTED
    with backend.quotas.admitted(ref, again=True):
        return _begin(job, backend, state=state, expires_at=None)


class Retry(BaseModel):
    """The body of `POST /v1/batches/{job}/retry`; without one it is what has failed."""

    model_config = ConfigDict(extra="forbid")

    what: tuple[Again, ...] = Field(default=(Again.FAILED,), min_length=1)
    max_tokens: int | None = Field(default=None, ge=1)
    """The output tokens that what is asked again may have, in place of its own limit."""


def retry(
    ref: JobRef, backend: Backend, what: tuple[Again, ...] = (Again.FAILED,), max_tokens: int | None = None
) -> BatchJob:
    """Try again what failed, expired or was cancelled, or whatever else is asked for, and only that.

    With `max_tokens` under that limit, else under its own. Raises Conflict if there is nothing, Invalid for a limit
    that the provider does not say how to set.
    """
    job = backend.jobs.get(ref)
    if job.state in ACTIVE:
        return job
    job = publish_end(_in(ref, OVER, "is not over", backend), backend)
    if (job.state is State.COMPLETED or what != (Again.FAILED,)) and not can_be_tried(job.counts, what):
        said = "has failed" if what == (Again.FAILED,) else f"is {' or '.join(what)}"
        raise Conflict(f"nothing in batch {job.id} {said}", field="what")
    if max_tokens is not None and not isinstance(backend.provider(job.options.provider, job.tenant), Completing):
        raise Invalid(f"requests of {job.options.provider} can't be given another limit", field="max_tokens")
    with backend.quotas.admitted(ref, again=True):
        return again(job, backend, what=what, max_tokens=max_tokens)


def again(
    job: BatchJob,
    backend: Backend,
    only: str | None = None,
    what: tuple[Again, ...] = (Again.FAILED,),
    max_tokens: int | None = None,
) -> BatchJob:
    """The job's next round: what has failed, or only what has failed of one kind. Its dead letters are sent with it."""
    fresh: dict[str, Any] = {
        "round": job.round + 1,
        "only": only,
        "again": what,
        "again_max_tokens": max_tokens,
        "waves": 0,
        "mishaps": 0,
        "error": None,
        "ending_notes": (),
        "finished_at": None,
        "expires_at": None,
    }
    begun = _begin(job, backend, **fresh)
    backend.dead_letters.remove(job.ref)
    return begun


def delete(ref: JobRef, backend: Backend) -> BatchJob:
    """Forget the batch: at once for its owner, then everything of it, here and at its provider."""
    job = publish_end(backend.jobs.get(ref), backend)
    if job.state is not State.DELETING:
        before = job
        job = backend.jobs.move(job, state=State.DELETING)
        if before.state in ACTIVE:
            backend.workflow.stop(before.execution or before.execution_name)
    backend.removals.send(Remove(tenant=ref.tenant, job=ref.job))
    return job


def _begin(job: BatchJob, backend: Backend, state: State = State.ACCEPTED, **news: Any) -> BatchJob:
    """Give the job its next run."""
    begun = backend.jobs.move(job, state=state, run=job.run + 1, execution=None, **news)
    backend.starts.send(begin(begun))
    return begun


def _in(ref: JobRef, states: set[State] | frozenset[State], otherwise: str, backend: Backend) -> BatchJob:
    job = backend.jobs.get(ref)
    if job.state not in states:
        raise Conflict(f"batch {job.id} is {job.state}: it {otherwise}", field="id")
    return job
