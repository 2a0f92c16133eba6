"""What forecasts do in their own way in the life that all jobs have."""

from contextlib import suppress

from fanfold.errors import NotFound
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.editions import drop_edition, is_needed, observed_name
from fanfold.forecasts.job import OPTIONS, ForecastJob, retrain_schedule
from fanfold.jobs.identity import begin
from fanfold.jobs.job import JobRef, State
from fanfold.jobs.life_cycle import delete, just_accepted, start_execution
from fanfold.jobs.protocols import Closing

NOUN = "forecast"
IN_CHUNKS = True
keeps = is_needed
waits = just_accepted


def start(job: ForecastJob, backend: ForecastBackend) -> None:
    start_execution(begin(job), backend.workflow)


def close(job: ForecastJob, state: State, reason: str, backend: ForecastBackend) -> Closing:
    """Its series are counted as they are fitted."""
    return Closing()


def after_end(job: ForecastJob, backend: ForecastBackend) -> None:
    """Nothing has to follow."""


def release(job: ForecastJob, backend: ForecastBackend) -> None:
    if job.edition_of:
        drop_edition(job, backend)
    else:
        _end_schedules(job, backend)


def ask_removal(job: ForecastJob, backend: ForecastBackend) -> None:
    """The sweeper's next round removes it: a portfolio with its editions is too much for a call of the API."""


def remove(job: ForecastJob, backend: ForecastBackend) -> None:
    """Everything of a deleted forecast and its editions, wherever an earlier removal stopped; its own item last."""
    for edition in job.editions:
        with suppress(NotFound):
            remove(delete(JobRef(tenant=job.tenant, job=edition), backend), backend)
    if not job.edition_of:
        _end_schedules(job, backend)
    for source in job.sources if job.edition_of is None else ():
        if source.key.startswith("uploads/"):
            backend.blobs.remove_under(source.key)
        elif source.etag and backend.blobs.remove_if(source.key, source.etag):
            backend.blobs.remove_under(source.key + OPTIONS)
    backend.blobs.remove_under(job.ref.folder)
    backend.jobs.remove(job.ref)


def _end_schedules(job: ForecastJob, backend: ForecastBackend) -> None:
    """Before those that a forecast has as its own, one had the forecast's name."""
    schedule = retrain_schedule(job)
    for name in (schedule.id, job.id, observed_name(job)):
        backend.schedules().remove(name)
    backend.schedule_store.remove(schedule)
