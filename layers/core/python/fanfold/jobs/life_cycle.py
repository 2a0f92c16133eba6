"""A job's life, whatever its kind: accepted, taken over by an execution, paused, cancelled, retried, ended, deleted.

Calls may be repeated: one that finds its work done answers like the first. `Job` draws the states.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from fanfold.clock import moment, stamp
from fanfold.errors import Conflict, Superseded
from fanfold.jobs.ending import ending_times, expiry, publish_end
from fanfold.jobs.identity import Begin, check_same
from fanfold.jobs.job import ACTIVE, OVER, Job, JobRef, State
from fanfold.jobs.protocols import Closing, EndsJobs, J, JobService
from fanfold.ports import Change, Workflow


def accept(job: J, backend: JobService[J]) -> J:
    """Write the job and have its execution started. If it is there already, that one. Raises KeyReused."""
    before = backend.jobs.accept(job)
    if before is None:
        if job.state is State.ACCEPTED:
            backend.rules.start(job, backend)
        return job
    check_same(before.fingerprint, job.fingerprint)
    return before


def start_execution(command: Begin, workflow: Workflow) -> None:
    """Start the execution of a job's run; its name makes a second start harmless."""
    workflow.start(f"{command.job}-{command.run}", command)


def just_accepted(job: Job, backend: EndsJobs) -> bool:
    """Whether the start of the job's first execution may still be on its way."""
    waited = backend.clock() - moment(job.created_at)
    return job.execution is None and waited < timedelta(seconds=backend.settings.accept_grace_seconds)


def take_over(ref: JobRef, execution: str | None, run: int | None, backend: JobService[J]) -> J:
    """The job, as that execution's; None is one that its run alone tells from others.

    Raises Superseded if another execution has it, or it is over.
    """
    job = backend.jobs.get(ref)
    if job.state not in ACTIVE or job.execution not in (None, execution) or run not in (None, job.run):
        raise Superseded(f"another execution has {backend.rules.NOUN} {job.id}, or it is over")
    if job.execution == execution and job.state is not State.ACCEPTED:
        return job
    first = State.PLANNING if backend.rules.IN_CHUNKS else State.RUNNING
    state = first if job.state is State.ACCEPTED else job.state
    started_at = job.started_at or stamp(backend.clock())
    return backend.jobs.move(job, state=state, execution=execution, started_at=started_at)


def begin_run(job: J, backend: JobService[J], **news: Any) -> J:
    """Give the job its next run."""
    state = job.state if backend.rules.IN_CHUNKS else State.ACCEPTED
    begun = backend.jobs.move(job, **{"state": state, "run": job.run + 1, "execution": None} | news)
    backend.rules.start(begun, backend)
    return begun


def cancel(ref: JobRef, backend: JobService[J]) -> J:
    """End the job early, also while others change it; what has a result keeps it. Raises Conflict for one that is
    over."""
    return _insist(lambda job: _cancel(job, backend), ref, backend)


def cut_short(ref: JobRef, reason: str, backend: JobService[J]) -> J:
    """Cancel the job at once, whoever works at it: they can settle nothing more. One that is over stays as it is."""

    def cut(job: J) -> J:
        gone = job.state in OVER or job.state is State.DELETING
        return publish_end(job, backend) if gone else _end_early(job, reason, backend)

    return _insist(cut, ref, backend)


def pause(ref: JobRef, backend: JobService[J]) -> J:
    """Begin nothing more; what is at a provider goes on there. Raises Conflict."""
    job = backend.jobs.get(ref)
    if job.state is State.PAUSED:
        return job
    require(job, {State.ACCEPTED, State.PLANNING, State.RUNNING}, "can't be paused", backend)
    goes_on = State.RUNNING if job.state is State.RUNNING else State.ACCEPTED
    until = expiry(job.tenant, backend)
    paused = backend.jobs.move(job, state=State.PAUSED, resumes_as=goes_on, expires_at=until)
    stop(job, backend)
    return paused


def resume(ref: JobRef, backend: JobService[J]) -> J:
    """Go on where the job was paused. Raises Conflict, QuotaExceeded."""
    job = backend.jobs.get(ref)
    if job.state in ACTIVE:
        return job
    require(job, {State.PAUSED}, "is not paused", backend)
    state = job.resumes_as or (State.RUNNING if job.chunks else State.ACCEPTED)
    with backend.quotas.admitted(ref, again=True):
        return begin_run(job, backend, state=state, resumes_as=None, expires_at=None)


def retry(ref: JobRef, backend: JobService[J], check: Callable[[J], None], **news: Any) -> J:
    """The job's next round, if `check` does not refuse it. Raises QuotaExceeded, and Conflict for a job
    that is not over."""
    job = backend.jobs.get(ref)
    if job.state in ACTIVE:
        return job
    require(job, OVER, "is not over", backend)
    job = publish_end(job, backend)
    check(job)
    with backend.quotas.admitted(ref, again=True):
        return begin_round(job, backend, **news)


def begin_round(job: J, backend: JobService[J], **news: Any) -> J:
    """Let a job that is over begin again, with what it is to do anew."""
    fresh = {"round": job.round + 1, "mishaps": 0, **dict.fromkeys(("error", "finished_at", "expires_at"))}
    return begin_run(job, backend, state=State.ACCEPTED, **fresh | news)


def delete(ref: JobRef, backend: JobService[J]) -> J:
    """Forget the job: at once for its owner, then everything of it."""
    job = publish_end(backend.jobs.get(ref), backend)
    if job.state is not State.DELETING:
        backend.rules.release(job, backend)
        before, job = job, backend.jobs.move(job, state=State.DELETING)
        stop(before, backend)
    backend.rules.ask_removal(job, backend)
    return job


def complete(job: J, backend: JobService[J], *also: Change, **news: Any) -> J:
    """End a job that has all that it is for, together with other items if there are any. Raises Superseded."""
    return publish_end(_end(job, State.COMPLETED, "", backend, *also, **news), backend)


def fail(job: J, reason: str, backend: JobService[J]) -> J:
    """End a job that nothing can come of. Raises Superseded."""
    return publish_end(_end(job, State.FAILED, reason, backend, error=reason), backend)


def stop(job: J, backend: JobService[J]) -> None:
    """Stop the execution of a job that was active."""
    if job.state in ACTIVE:
        backend.workflow.stop(job.execution or job.execution_name)


def require(job: J, states: set[State] | frozenset[State], otherwise: str, backend: JobService[J]) -> J:
    """The job, if it is in one of the states. Raises Conflict that says what it is `otherwise`."""
    if job.state not in states:
        raise Conflict(f"{backend.rules.NOUN} {job.id} is {job.state}: it {otherwise}", field="id")
    return job


def _cancel(job: J, backend: JobService[J]) -> J:
    if job.state in (State.CANCELLING, State.CANCELLED):
        return job
    require(job, {State.DRAFT, *ACTIVE, State.PAUSED}, "is over", backend)
    if job.state is State.RUNNING and backend.rules.IN_CHUNKS:
        return backend.jobs.move(job, state=State.CANCELLING, cancelling_at=stamp(backend.clock()))
    if job.state is State.PAUSED and job.chunks:
        news = {"cancelling_at": stamp(backend.clock()), "expires_at": None}
        return begin_run(job, backend, state=State.CANCELLING, **news)
    return _end_early(job, "it was cancelled", backend)


def _end_early(job: J, reason: str, backend: JobService[J]) -> J:
    cancelled = _end(job, State.CANCELLED, reason, backend)
    stop(job, backend)
    return publish_end(cancelled, backend)


def _end(job: J, state: State, reason: str, backend: JobService[J], *also: Change, **news: Any) -> J:
    """Move the job to its end, its accounts made; the end is still to be published."""
    closing = Closing() if job.state is State.DRAFT else backend.rules.close(job, state, reason, backend)
    known = {**ending_times(job, backend), **closing.news, **news}
    return backend.jobs.move(job, *closing.changes, *also, state=state, **known)


def _insist(step: Callable[[J], J], ref: JobRef, backend: JobService[J]) -> J:
    """Do it to the job as it is then, if somebody changes it at the same moment."""
    while True:
        with suppress(Superseded):
            return step(backend.jobs.get(ref))
