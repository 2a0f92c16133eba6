"""Editions: a portfolio forecast anew, with what was observed since; each edition is a job of its own."""

from contextlib import suppress

from fanfold.clock import stamp
from fanfold.errors import Conflict, NotFound, Superseded
from fanfold.jobs.asking import Caller, fingerprint_of
from fanfold.jobs.job import OVER, JobRef, State
from fanfold.portfolios.backend import Backend
from fanfold.portfolios.job import ForecastJob, Schedule
from fanfold.portfolios.question import Retrain
from fanfold.portfolios.start import start

MOST_EDITIONS = 24
"""Kept of one portfolio; the oldest are forgotten, but for the one that is shown."""


def next_edition(command: Retrain, backend: Backend) -> ForecastJob:
    """The edition for that moment, made once. Raises Superseded if the portfolio is gone."""
    first = _first(JobRef(tenant=command.tenant, job=command.retrain), backend)
    edition = ForecastJob(
        tenant=first.tenant,
        id=command.ref.job,
        created_at=stamp(backend.clock()),
        fingerprint=fingerprint_of({"edition_of": first.id, "at": command.at}),
        correlation_id=first.correlation_id,
        config=first.config,
        sources=first.sources,
        edition_of=first.id,
    )
    before = backend.jobs.accept(edition)
    _note(first.ref, edition.id, backend)
    return before or edition


def retrain(ref: JobRef, caller: Caller, backend: Backend) -> ForecastJob:
    """Forecast the portfolio anew, now; under one idempotency key once. Raises Conflict while it is not over."""
    first = _first(ref, backend)
    if first.state not in OVER:
        raise Conflict(f"forecast {first.id} is {first.state}: wait for its end", field="id")
    edition = next_edition(Retrain(tenant=first.tenant, retrain=first.id, at=caller.idempotency_key), backend)
    if edition.execution is None and edition.state is State.ACCEPTED:
        start(edition, backend)
    return edition


def set_schedule(ref: JobRef, schedule: Schedule, backend: Backend) -> ForecastJob:
    """Have the portfolio forecast anew every so often."""
    first = _first(ref, backend)
    payload = {"tenant": first.tenant, "retrain": first.id}
    backend.schedules.put(first.id, f"rate({schedule.every} {_unit(schedule)})", payload)
    return backend.jobs.move(first, schedule=schedule.model_dump())


def end_schedule(ref: JobRef, backend: Backend) -> ForecastJob:
    """Forecast it no more by itself; without a schedule nothing happens."""
    first = _first(ref, backend)
    backend.schedules.remove(first.id)
    return backend.jobs.move(first, schedule=None) if first.schedule else first


def show_edition(ref: JobRef, edition: str, backend: Backend) -> ForecastJob:
    """Let an earlier or later edition be the one that is shown. Raises NotFound, Conflict for one without results."""
    first = _first(ref, backend)
    if edition not in (first.id, *first.editions):
        raise NotFound(f"forecast {first.id} has no edition {edition!r}", field="edition")
    found = backend.jobs.get(JobRef(tenant=ref.tenant, job=edition))
    if found.state is not State.COMPLETED:
        raise Conflict(f"edition {edition} is {found.state}: it has no results to show", field="edition")
    return backend.jobs.move(first, current=None if edition == first.id else edition)


def shown(ref: JobRef, backend: Backend) -> ForecastJob:
    """The job whose results are shown under this id: itself, or its current edition."""
    job = backend.jobs.get(ref)
    return backend.jobs.get(JobRef(tenant=ref.tenant, job=job.current)) if job.current else job


def adopt(edition: ForecastJob, backend: Backend) -> list[str]:
    """Show an edition that has come to its end; the editions that are now too many."""
    if edition.edition_of is None:
        return []
    while True:
        first = backend.jobs.get(JobRef(tenant=edition.tenant, job=edition.edition_of))
        kept = first.editions[-MOST_EDITIONS:]
        with suppress(Superseded):
            backend.jobs.move(first, current=edition.id, editions=list(kept))
            return [old for old in first.editions if old not in kept]


def _note(ref: JobRef, edition: str, backend: Backend) -> None:
    while edition not in (first := backend.jobs.get(ref)).editions:
        with suppress(Superseded):  # somebody changed it at the same moment: once more
            backend.jobs.move(first, editions=[*first.editions, edition])


def _first(ref: JobRef, backend: Backend) -> ForecastJob:
    """The first of the editions, whichever was named. Raises NotFound, Superseded."""
    job = backend.jobs.get(ref)
    first = backend.jobs.get(JobRef(tenant=ref.tenant, job=job.edition_of)) if job.edition_of else job
    if first.state is State.DELETING:
        raise Superseded(f"forecast {first.id} is being deleted")
    return first


def _unit(schedule: Schedule) -> str:
    return schedule.unit.removesuffix("s") if schedule.every == 1 else schedule.unit
