"""The life of a forecast after it was accepted: cancel, retry, delete; and what a crash left lying."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from pydantic import RootModel

from fanfold.clock import moment, stamp
from fanfold.errors import Conflict, NotFound
from fanfold.forecasts.backend import Backend
from fanfold.forecasts.editions import drop_edition, is_needed
from fanfold.forecasts.execution import ForecastExecution
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.start import start
from fanfold.jobs import execution_end as endings
from fanfold.jobs.ending import ending_times, expiry, publish_end
from fanfold.jobs.job import ACTIVE, OVER, JobRef, State
from fanfold.ports import GONE, Ended
from fanfold.sweeping import SweepRound


class GivenSeriesMap(RootModel[dict[str, Any]]):
    """An execution's input, whatever it is."""


class SweptForecasts(SweepRound):
    """What a round did: jobs whose time had come, open jobs seen, started or halted, and removed."""

    expired: int = 0
    open: int = 0
    moved: int = 0
    removed: int = 0


def cancel(ref: JobRef, backend: Backend) -> ForecastJob:
    """End the forecast early; what is fitted is kept. Raises Conflict for one that is over."""
    job = backend.jobs.get(ref)
    if job.state in (State.CANCELLING, State.CANCELLED):
        return job
    if job.state not in ACTIVE:
        raise Conflict(f"forecast {job.id} is {job.state}: it is over", field="id")
    if job.state is State.RUNNING:
        return backend.jobs.move(job, state=State.CANCELLING)
    cancelled = backend.jobs.move(job, state=State.CANCELLED, **ending_times(job, backend))
    backend.workflow.stop(job.execution or job.execution_name)
    return publish_end(cancelled, backend)


def retry(ref: JobRef, backend: Backend) -> ForecastJob:
    """Fit again what failed or was not fitted, and only that. Raises Conflict if there is nothing."""
    job = backend.jobs.get(ref)
    if job.state in ACTIVE:
        return job
    if job.state not in OVER:
        raise Conflict(f"forecast {job.id} is {job.state}: it is not over", field="id")
    job = publish_end(job, backend)
    if job.state is State.COMPLETED and not job.counts.failed:
        raise Conflict(f"nothing in forecast {job.id} has failed", field="id")
    fresh: dict[str, Any] = dict.fromkeys(("error", "started_at", "finished_at", "expires_at")) | {"mishaps": 0}
    with backend.quotas.admitted(ref, again=True):
        return _run_again(job, backend, round=job.round + 1, **fresh)


def delete(ref: JobRef, backend: Backend) -> ForecastJob:
    """Forget the forecast, the first one with its editions: at once for its owner, then everything of it."""
    job = publish_end(backend.jobs.get(ref), backend)
    if job.state is State.DELETING:
        return job
    if job.edition_of:
        drop_edition(job, backend)
    deleted = backend.jobs.move(job, state=State.DELETING)
    if job.state in ACTIVE:
        backend.workflow.stop(job.execution or job.execution_name)
    if not job.edition_of:
        backend.schedules().remove(job.id)
    return deleted


def halt(ref: JobRef, execution: str, ended: Ended, backend: Backend) -> ForecastJob:
    """Run the job again, or fail it with the reason, after an execution that did not finish it.

    A job that another execution has is left alone.
    """
    job = backend.jobs.get(ref)
    if not endings.has(job, execution) or job.state not in ACTIVE:
        return job
    if endings.is_final(ended) or job.mishaps >= backend.settings.max_mishaps:
        failed = backend.jobs.move(job, state=State.FAILED, error=endings.reason(ended), **ending_times(job, backend))
        return publish_end(failed, backend)
    return _run_again(job, backend, mishaps=job.mishaps + 1)


def halt_execution(execution: ForecastExecution, ended: Ended, backend: Backend) -> None:
    """`halt` the execution's job; one that died before it could make its job is started once more, as it was.

    Raises Refused for an execution that is nobody's job.
    """
    try:
        halt(execution.ref, execution.id, ended, backend)
    except NotFound:
        if "job" in execution.input or endings.is_final(ended):
            raise
        backend.workflow.start(f"{execution.ref.job}-0", GivenSeriesMap(execution.input))


def sweep(backend: Backend) -> SweptForecasts:
    """One round over all open jobs and those whose time has come. What is wrong with one job stops no other's."""
    swept = SweptForecasts()
    for job in backend.jobs.expired(stamp(backend.clock()), swept.fail):
        swept.expired += bool(swept.attempt(job.ref.partition, _expired, job, backend))
    for job in backend.jobs.open(swept.fail):
        swept.open += 1
        swept.attempt(job.ref.partition, _move_on, job, swept, backend)
    return swept


def _move_on(job: ForecastJob, swept: SweptForecasts, backend: Backend) -> None:
    if job.state is State.DELETING:
        remove(job, backend)
        swept.removed += 1
    elif job.end_unpublished:
        publish_end(job, backend)
    else:
        swept.moved += _moved(job, backend)


def remove(job: ForecastJob, backend: Backend) -> None:
    """Everything of a deleted forecast and its editions, wherever an earlier removal stopped; its own item last."""
    for edition in job.editions:
        with suppress(NotFound):
            remove(backend.jobs.get(delete(JobRef(tenant=job.tenant, job=edition), backend).ref), backend)
    if not job.edition_of:
        backend.schedules().remove(job.id)
    for source in job.sources:
        if source.key.startswith("uploads/") and job.edition_of is None:
            backend.blobs.remove_under(source.key)
    backend.blobs.remove_under(job.ref.folder)
    backend.jobs.remove(job.ref)


def _expired(job: ForecastJob, backend: Backend) -> bool:
    """Delete a forecast whose time has come, unless it is part of a portfolio that is forecast anew."""
    if is_needed(job, backend):
        backend.jobs.move(job, expires_at=expiry(job.tenant, backend))
        return False
    delete(job.ref, backend)
    return True


def _moved(job: ForecastJob, backend: Backend) -> bool:
    """Start or halt a job whose execution is not there or has ended, if nobody else does."""
    waited = backend.clock() - moment(job.created_at)
    if job.execution is None and waited < timedelta(seconds=backend.settings.accept_grace_seconds):
        return False
    ended = backend.workflow.ended(job.execution or job.execution_name)
    if ended is None:
        return False
    if ended.status == GONE and job.execution is None:
        start(job, backend)
        return True
    halt(job.ref, job.execution or job.execution_name, ended, backend)
    return True


def _run_again(job: ForecastJob, backend: Backend, **news: Any) -> ForecastJob:
    state = State.CANCELLING if job.state is State.CANCELLING else State.ACCEPTED
    again = backend.jobs.move(job, state=state, run=job.run + 1, execution=None, **news)
    start(again, backend)
    return again
