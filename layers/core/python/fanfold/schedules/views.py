"""What a tenant sees of their schedules."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from fanfold.clock import stamp
from fanfold.jobs.job import JobRef
from fanfold.schedules.backend import ScheduleBackend
from fanfold.schedules.model import RunState, Schedule, ScheduleRef, ScheduleRun, ScheduleState


class RunView(BaseModel):
    """A run: when it was due, what became of it, and how the job does that it started."""

    at: str
    state: RunState
    job: str | None
    job_state: str | None
    """None if it started none, or that job is gone."""
    detail: str | None


class ScheduleView(BaseModel):
    """A schedule as the API shows it."""

    id: str
    name: str
    state: ScheduleState
    kind: str
    work: dict[str, Any]
    expression: str
    """In words of EventBridge Scheduler, whatever it was asked for in."""
    every: int | None
    unit: str | None
    timezone: str
    starts_at: str | None
    ends_at: str | None
    next_runs: list[str]
    """The next five, in UTC; none of a schedule that is paused or over."""
    last: RunView | None
    runs: list[RunView]
    """The last twenty, the newest first; lists of schedules have the last alone."""
    created_at: str


class ScheduleList(BaseModel):
    schedules: list[ScheduleView]


def show(ref: ScheduleRef, backend: ScheduleBackend) -> ScheduleView:
    """One schedule, with its runs. Raises NotFound."""
    return view(backend.store.get(ref), backend)


def view(schedule: Schedule, backend: ScheduleBackend) -> ScheduleView:
    """A schedule, with its runs."""
    runs = _runs(schedule.tenant, schedule.outcomes, backend)
    return _view(schedule, runs, backend)


def listed(tenant: str, backend: ScheduleBackend) -> ScheduleList:
    """All schedules of a tenant, by name, each with its last run."""
    found = sorted(backend.store.all(tenant), key=lambda each: (each.name, each.id))
    lasts = {each.id: each.last for each in found if each.last}
    runs = dict(zip(lasts, _runs(tenant, list(lasts.values()), backend), strict=True))
    return ScheduleList(schedules=[_view(each, [runs[each.id]] if each.id in runs else [], backend) for each in found])


def _view(schedule: Schedule, runs: list[RunView], backend: ScheduleBackend) -> ScheduleView:
    timing, active = schedule.timing, schedule.state is ScheduleState.ACTIVE
    upcoming = schedule.due.next_runs(backend.clock()) if active else ()
    return ScheduleView(
        id=schedule.id,
        name=schedule.name,
        state=schedule.state,
        kind=schedule.kind,
        work=schedule.work,
        expression=schedule.expression,
        every=timing.every,
        unit=timing.unit if timing.every else None,
        timezone=timing.timezone,
        starts_at=stamp(timing.starts_at) if timing.starts_at else None,
        ends_at=stamp(timing.ends_at) if timing.ends_at else None,
        next_runs=[stamp(at) for at in upcoming],
        last=runs[0] if runs else None,
        runs=runs,
        created_at=schedule.created_at,
    )


def _runs(tenant: str, outcomes: Sequence[ScheduleRun], backend: ScheduleBackend) -> list[RunView]:
    jobs = [each.job for each in outcomes if each.job]
    states = backend.job_states([JobRef(tenant=tenant, job=job) for job in jobs])
    by_job = dict(zip(jobs, states, strict=True))
    return [RunView(**each.model_dump(), job_state=by_job[each.job] if each.job else None) for each in outcomes]
