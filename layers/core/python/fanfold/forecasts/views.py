"""What a tenant sees of their forecasts."""

from typing import Any

from pydantic import BaseModel

from fanfold.clock import moment
from fanfold.errors import Conflict, Invalid
from fanfold.forecasting import exports, texts
from fanfold.forecasting.records import from_record
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.editions import shown
from fanfold.forecasts.gather import export_key, forms
from fanfold.forecasts.job import ForecastConfig, ForecastJob, KeptNote
from fanfold.forecasts.results import record
from fanfold.jobs.job import Counts, JobRef, State
from fanfold.jobs.listing import JobFilter, find_jobs
from fanfold.schedules.timing import Timing

ENDED = (State.COMPLETED, State.CANCELLED)


class ForecastProgress(BaseModel):
    """Series: all of them, and how many are done. Seconds since the start, and those that the rest may take."""

    total: int
    done: int
    succeeded: int
    failed: int
    percent: int
    """Rounded down."""
    elapsed_seconds: float | None
    eta_seconds: float | None


class ForecastView(BaseModel):
    """A forecast as the API shows it."""

    id: str
    state: State
    outcome: str
    """The state in words: how many series failed, if any did."""
    created_at: str
    started_at: str | None
    finished_at: str | None
    error: str | None
    config: ForecastConfig
    rejected: int
    rejected_lines: tuple[dict[str, Any], ...]
    """The first few flaws of the input; all of them: `GET …/rejected`."""
    notes: tuple[KeptNote, ...]
    """What was decided about the input, and the options that decide otherwise."""
    progress: ForecastProgress
    summary: dict[str, Any] | None
    edition_of: str | None
    editions: tuple[str, ...]
    current: str | None
    """The edition whose results are shown under this id, if it is not this one."""
    schedule: Timing | None
    observations: int


class ForecastPage(BaseModel):
    forecasts: list[ForecastView]
    cursor: str | None


class SeriesView(BaseModel):
    """One series: history, forecast, and what is to be said about it in the portfolio's language or another."""

    name: str
    status: str
    explanation: str
    recommendation: str
    result: dict[str, Any]


class ForecastReceipt(BaseModel):
    """The answer to a new forecast: only what never changes, so that a replay gets the same."""

    id: str
    state: State = State.ACCEPTED
    created_at: str


class Tongue(BaseModel):
    """The query of a series."""

    language: str | None = None


def accepted(job: ForecastJob) -> ForecastReceipt:
    """The receipt of the job."""
    return ForecastReceipt(id=job.id, created_at=job.created_at)


def show(ref: JobRef, backend: ForecastBackend) -> ForecastView:
    """The forecast with its progress. Raises NotFound."""
    job = backend.jobs.get(ref)
    counts = job.counts if job.state in ENDED else backend.jobs.counts(ref)
    return view(job, counts, backend)


def view(job: ForecastJob, counts: Counts, backend: ForecastBackend) -> ForecastView:
    """The job with these counters."""
    known = job.model_dump(include=set(ForecastView.model_fields))
    notes = (*job.notes, *(job.summary or {}).get("notes", ()))
    own = {"outcome": outcome(job, counts), "rejected_lines": job.samples, "observations": job.observed, "notes": notes}
    return ForecastView.model_validate(known | own | {"progress": progress(job, counts, backend)})


def outcome(job: ForecastJob, counts: Counts) -> str:
    """`completed, 1 of 2,000 failed`: a forecast with failures says so beside its state."""
    ended = job.state in ENDED and counts.failed
    return f"{job.state}, {counts.failed:,} of {job.total:,} failed" if ended else str(job.state)


def page(tenant: str, asked: JobFilter, backend: ForecastBackend) -> ForecastPage:
    """A page of the tenant's forecasts, newest first; counters are those of their ends."""
    jobs, cursor = find_jobs(backend.jobs, tenant, asked, lambda job: job.config)
    return ForecastPage(forecasts=[view(job, job.counts, backend) for job in jobs], cursor=cursor)


def progress(job: ForecastJob, counts: Counts, backend: ForecastBackend) -> ForecastProgress:
    """How far the job is, and when it may be done at this pace."""
    done = counts.succeeded + counts.failed
    until = moment(job.finished_at) if job.finished_at else backend.clock()
    elapsed = (until - moment(job.started_at)).total_seconds() if job.started_at else None
    runs = job.state is State.RUNNING and done and elapsed
    return ForecastProgress(
        total=job.total,
        done=done,
        succeeded=counts.succeeded,
        failed=counts.failed,
        percent=100 * done // job.total if job.total else 0,
        elapsed_seconds=elapsed and round(elapsed, 3),
        eta_seconds=round(elapsed * (job.total - done) / done, 3) if runs and elapsed else None,
    )


def show_series(ref: JobRef, name: str, tongue: Tongue, backend: ForecastBackend) -> SeriesView:
    """One series by its name: three small reads, whatever the portfolio's size. Raises NotFound, Conflict, Invalid."""
    job = _finished(ref, backend)
    language = tongue.language or job.config.language
    if language not in texts.names():
        raise Invalid(f"there are no texts in {language!r}; there are: {', '.join(texts.names())}", field="language")
    found = record(job, name, backend)
    forecast = from_record(found)
    return SeriesView(
        name=name,
        status=forecast.status,
        explanation=texts.explain(forecast, language),
        recommendation=texts.recommend(forecast, language),
        result={key: value for key, value in found.items() if key not in ("name", "status", "digest")},
    )


def export_link(ref: JobRef, format: str, backend: ForecastBackend) -> str:
    """A URL of the results in that form for a while. Raises Invalid for an unknown form, Conflict before the end."""
    if format not in exports.names():
        raise Invalid(f"there is no format {format!r}; there are: {', '.join(exports.names())}", field="format")
    job = _finished(ref, backend)
    if format not in forms(job):
        raise Conflict(
            f"{job.total:,} series are too many for {format}; there are: {', '.join(forms(job))}", field="format"
        )
    return backend.blobs.link(export_key(job, format), f"{job.id}.{exports.form(format).extension}")


def _finished(ref: JobRef, backend: ForecastBackend) -> ForecastJob:
    job = shown(ref, backend)
    if job.state not in ENDED or job.summary is None:
        raise Conflict(f"forecast {job.id} is {job.state}: its results are not complete", field="id")
    return job
