"""Editions: a portfolio forecast anew, with what was observed since; each edition is a job of its own."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, timedelta
from typing import Any

from fanfold.clock import moment, stamp
from fanfold.errors import Conflict, NotFound, Superseded
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.execution import Retrain
from fanfold.forecasts.job import ForecastJob
from fanfold.jobs.identity import Caller, fingerprint_of
from fanfold.jobs.job import OVER, JobRef, State
from fanfold.ports import Timetable

MOST_EDITIONS = 24
"""Kept of one portfolio; the oldest are forgotten, but for the one that is shown."""


def next_edition(command: Retrain, backend: ForecastBackend) -> ForecastJob:
    """The edition for that moment, made once. Raises Superseded if the portfolio is gone."""
    first = first_of(JobRef(tenant=command.tenant, job=command.retrain), backend)
    edition = ForecastJob(
        tenant=first.tenant,
        id=command.ref.job,
        created_at=stamp(backend.clock()),
        fingerprint=fingerprint_of({"edition_of": first.id, "at": command.at}),
        correlation_id=first.correlation_id,
        key_id=first.key_id,
        config=first.config,
        sources=first.sources,
        notes=first.notes,
        edition_of=first.id,
    )
    before = backend.jobs.accept(edition)
    change_first(first.ref, lambda first: {"editions": _with(first.editions, edition.id)}, backend)
    return before or edition


def too_many(edition: ForecastJob, backend: ForecastBackend) -> list[JobRef]:
    """The oldest editions beyond those that are kept, but for the one that is shown."""
    first = backend.jobs.get(_first_ref(edition))
    old = (each for each in first.editions[:-MOST_EDITIONS] if each != first.current)
    return [JobRef(tenant=edition.tenant, job=each) for each in old]


def retrain(ref: JobRef, caller: Caller, backend: ForecastBackend) -> ForecastJob:
    """Forecast the portfolio anew, now; under one idempotency key once. Raises Conflict while it is not over."""
    first = first_of(ref, backend)
    if first.state not in OVER:
        raise Conflict(f"forecast {first.id} is {first.state}: wait for its end", field="id")
    wanted = Retrain(tenant=first.tenant, retrain=first.id, at=caller.idempotency_key)
    with backend.quotas.admitted(wanted.ref):
        edition = next_edition(wanted, backend)
    if edition.execution is None and edition.state is State.ACCEPTED:
        backend.rules.start(edition, backend)
    return edition


def retrain_after(first: ForecastJob, backend: ForecastBackend) -> None:
    """Have a portfolio that asks for it forecast anew a pause after its first new observation, once for all that come.

    The start is put before it is noted, so that who dies between the two leaves one that the next observation moves.
    """
    now = backend.clock()
    if first.config.retrain is None or (first.retrain_at and moment(first.retrain_at) > now):
        return
    at = now + timedelta(minutes=first.config.retrain_pause_minutes)
    payload = {"tenant": first.tenant, "retrain": first.id}
    once = Timetable(f"at({at.astimezone(UTC):%Y-%m-%dT%H:%M:%S})")
    backend.schedules().put(observed_name(first), once, payload)
    change_first(first.ref, lambda _: {"retrain_at": stamp(at)}, backend)


def observed_name(first: ForecastJob) -> str:
    """What the start that observations asked for is called."""
    return f"{first.id}-observed"


def show_edition(ref: JobRef, edition: str, backend: ForecastBackend) -> ForecastJob:
    """Let an earlier or later edition be the one that is shown. Raises NotFound, Conflict for one without results."""
    first = first_of(ref, backend)
    if edition not in (first.id, *first.editions):
        raise NotFound(f"forecast {first.id} has no edition {edition!r}", field="edition")
    found = backend.jobs.get(JobRef(tenant=ref.tenant, job=edition))
    if found.state is not State.COMPLETED:
        raise Conflict(f"edition {edition} is {found.state}: it has no results to show", field="edition")
    return backend.jobs.move(first, current=None if edition == first.id else edition)


def shown(ref: JobRef, backend: ForecastBackend) -> ForecastJob:
    """The job whose results are shown under this id: itself, or its current edition."""
    job = backend.jobs.get(ref)
    return backend.jobs.get(JobRef(tenant=ref.tenant, job=job.current)) if job.current else job


def adopt(edition: ForecastJob, backend: ForecastBackend) -> None:
    """Show an edition that has come to its end, instead of the one before."""
    change_first(_first_ref(edition), lambda _: {"current": edition.id}, backend)


def drop_edition(edition: ForecastJob, backend: ForecastBackend) -> None:
    """Strike an edition that is deleted off the first one's list; if it is the one shown, the first one is again."""

    def news(first: ForecastJob) -> dict[str, Any]:
        left = [each for each in first.editions if each != edition.id]
        return {"editions": left, "current": None if first.current == edition.id else first.current}

    change_first(_first_ref(edition), news, backend)


def is_needed(job: ForecastJob, backend: ForecastBackend) -> bool:
    """Whether a forecast outlives its time: the first one of a portfolio with a schedule or later editions, and what
    is shown of one with a schedule."""
    if job.edition_of is None:
        return job.schedule is not None or bool(job.editions)
    try:
        first = backend.jobs.get(_first_ref(job))
    except NotFound:
        return False
    return first.schedule is not None and first.current == job.id


def change_first(ref: JobRef, news: Callable[[ForecastJob], dict[str, Any]], backend: ForecastBackend) -> None:
    """Change the first edition, however often somebody else does at the same moment; one that is gone stays so."""
    while True:
        try:
            first = backend.jobs.get(ref)
        except NotFound:
            return
        with suppress(Superseded):
            backend.jobs.move(first, **news(first))
            return


def _first_ref(job: ForecastJob) -> JobRef:
    return JobRef(tenant=job.tenant, job=job.edition_of or job.id)


def _with(editions: tuple[str, ...], edition: str) -> list[str]:
    return [*editions] if edition in editions else [*editions, edition]


def first_of(ref: JobRef, backend: ForecastBackend) -> ForecastJob:
    """The first of the editions, whichever was named. Raises NotFound, Superseded."""
    job = backend.jobs.get(ref)
    first = backend.jobs.get(_first_ref(job)) if job.edition_of else job
    if first.state is State.DELETING:
        raise Superseded(f"forecast {first.id} is being deleted")
    return first
