"""What a tenant does with schedules. Calls may be repeated: one that finds its work done answers like the first.

A schedule is put into Scheduler before it is written down: who dies between the two leaves a start that finds no
schedule, and takes itself away.
"""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from fanfold.clock import stamp
from fanfold.errors import Conflict, Invalid, Superseded
from fanfold.jobs.identity import Caller, check_same, fingerprint_of
from fanfold.ports import Timetable
from fanfold.problems import invalid
from fanfold.schedules.backend import ScheduleBackend
from fanfold.schedules.model import Schedule, ScheduleRef, ScheduleState
from fanfold.schedules.timing import Due, Timing, due

MOST_SCHEDULES = 100
"""Of one tenant."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class SetWork(BaseModel):
    """What is started: one of these."""

    model_config = ConfigDict(extra="forbid")

    batch: dict[str, Any] | None = None
    """Options of a batch, as `POST /v1/batches` takes them, with `requests`, an `upload`, or the `prefix` of files."""
    forecast: dict[str, Any] | None = None
    """The configuration of a forecast, as `POST /v1/forecasts` takes it, with `series`, an `upload` or a `prefix`."""
    retrain: str | None = None
    """A forecast that is forecast anew, with what was observed since."""

    @property
    def given(self) -> dict[str, Any]:
        """The work by its kind."""
        kinds = ("batch", "forecast", "retrain")
        return {kind: value for kind in kinds if (value := getattr(self, kind)) is not None}


class CreateSchedule(SetWork, Timing):
    """The body of `POST /v1/schedules`: when it is due, and what is started then."""

    name: Name | None = None

    @model_validator(mode="after")
    def _has_one_work(self) -> Self:
        if len(self.given) != 1:
            raise ValueError("say one of batch, forecast and retrain")
        return self

    @property
    def timing(self) -> Timing:
        return Timing.model_validate(self.model_dump(include=set(Timing.model_fields)))


class ChangeSchedule(SetWork):
    """The body of `PATCH /v1/schedules/{id}`: what is to be otherwise. A new work is of the same kind."""

    name: Name | None = None
    expression: str | None = None
    every: int | None = None
    unit: str | None = None
    timezone: str | None = None
    starts_at: str | None = None
    ends_at: str | None = None


def create(body: CreateSchedule, caller: Caller, backend: ScheduleBackend) -> Schedule:
    """A new schedule, or the one that this idempotency key made before; a forecast has one, which is changed.

    Raises Invalid, NotFound, KeyReused, Superseded, and Conflict beyond the most that a tenant has.
    """
    return _created(body, caller, backend) if body.retrain is None else replace(body, caller, backend)


def replace(body: CreateSchedule, caller: Caller, backend: ScheduleBackend) -> Schedule:
    """The only schedule that its work can have, as the body says. Raises Invalid, NotFound, Conflict, Superseded."""
    ((kind, given),) = body.given.items()
    before = backend.store.find(backend.works[kind]().place(given, caller))
    if before is None:
        return _created(body, caller, backend)
    news = {**_timed(body.timing, backend), "state": ScheduleState.ACTIVE, "name": body.name or before.name}
    return _move(before, news, backend)


def _created(body: CreateSchedule, caller: Caller, backend: ScheduleBackend) -> Schedule:
    ((kind, given),) = body.given.items()
    work = backend.works[kind]()
    ref = work.place(given, caller)
    fingerprint = fingerprint_of(body.model_dump(mode="json", exclude_none=True))
    if before := backend.store.find(ref):
        check_same(before.fingerprint, fingerprint)
        return _put(before, backend)
    _check_room(ref.tenant, backend)
    when = _due(body.timing, backend)
    schedule = Schedule(
        tenant=ref.tenant,
        id=ref.id,
        name=body.name or kind,
        kind=kind,
        work=work.keep(given, ref),
        timing=body.timing,
        anchor=stamp(when.anchor),
        expression=when.expression,
        created_at=stamp(backend.clock()),
        fingerprint=fingerprint,
    )
    _put(schedule, backend)
    if not backend.store.add(schedule):
        return _put(backend.store.get(ref), backend)
    work.noted(schedule)
    return schedule


def change(ref: ScheduleRef, body: ChangeSchedule, backend: ScheduleBackend) -> Schedule:
    """The schedule, as the body says. Raises NotFound, Invalid, Conflict, Superseded."""
    schedule = backend.store.get(ref)
    news: dict[str, Any] = {"name": body.name} if body.name else {}
    if given := body.given:
        if list(given) != [schedule.kind]:
            raise Conflict(f"schedule {ref.id} is of a {schedule.kind}: make another one", field=next(iter(given)))
        news["work"] = backend.works[schedule.kind]().keep(given[schedule.kind], ref)
    if timing := _changed(schedule.timing, body):
        news |= _timed(timing, backend)
    return _move(schedule, news, backend)


def pause(ref: ScheduleRef, backend: ScheduleBackend) -> Schedule:
    """Start nothing until it is resumed."""
    return _move(backend.store.get(ref), {"state": ScheduleState.PAUSED}, backend)


def resume(ref: ScheduleRef, backend: ScheduleBackend) -> Schedule:
    """Go on; what was due meanwhile is not made up for."""
    return _move(backend.store.get(ref), {"state": ScheduleState.ACTIVE}, backend)


def delete(ref: ScheduleRef, backend: ScheduleBackend) -> Schedule:
    """Start it no more, and forget it; jobs that it started stay. Raises NotFound."""
    schedule = backend.store.get(ref)
    forget(schedule, backend)
    return schedule


def forget(schedule: Schedule, backend: ScheduleBackend) -> None:
    """Everything of a schedule, its own item last."""
    backend.scheduler.remove(schedule.id)
    backend.works[schedule.kind]().noted(schedule, gone=True)
    backend.blobs.remove_under(schedule.ref.folder)
    backend.store.remove(schedule.ref)


def forget_all(tenant: str, backend: ScheduleBackend) -> int:
    """Everything of all schedules of a tenant whose jobs go as well; how many there were."""
    found = list(backend.store.all(tenant))
    for schedule in found:
        backend.scheduler.remove(schedule.id)
        backend.store.remove(schedule.ref)
    return len(found)


def _move(schedule: Schedule, news: dict[str, Any], backend: ScheduleBackend) -> Schedule:
    """Put it as it will be, then write it down; whoever was faster is put again."""
    wanted = Schedule.model_validate(schedule.model_dump() | news)
    _put(wanted, backend)
    try:
        moved = backend.store.move(schedule, **wanted.model_dump(mode="json", include=set(news)))
    except Superseded:
        if now := backend.store.find(schedule.ref):
            _put(now, backend)
        raise
    backend.works[moved.kind]().noted(moved)
    return moved


def _put(schedule: Schedule, backend: ScheduleBackend) -> Schedule:
    """Have Scheduler start it, from its next run on: it takes no date that is past, and starts a rate without one."""
    now = backend.clock()
    upcoming = schedule.due.next_runs(now, 1)
    if not upcoming:  # all its runs are past: there is nothing that Scheduler could start
        backend.scheduler.remove(schedule.id)
        return schedule
    enabled = schedule.state is ScheduleState.ACTIVE
    table = Timetable(schedule.expression, schedule.timing.timezone, upcoming[0], schedule.timing.ends_at, enabled)
    backend.scheduler.put(schedule.id, table, {"tenant": schedule.tenant, "schedule": schedule.id})
    return schedule


def _timed(timing: Timing, backend: ScheduleBackend) -> dict[str, Any]:
    when = _due(timing, backend)
    return {"timing": timing.model_dump(mode="json"), "anchor": stamp(when.anchor), "expression": when.expression}


def _due(timing: Timing, backend: ScheduleBackend) -> Due:
    """The timing from now on. Raises Invalid for one that is never due."""
    when, now = due(timing, backend.clock()), backend.clock()
    if not when.next_runs(now, 1):
        raise Invalid("it is never due from now on", field="expression" if timing.expression else "ends_at")
    return when


def _changed(timing: Timing, body: ChangeSchedule) -> Timing | None:
    """The timing with what the body says of it; None if that is nothing. Raises Invalid."""
    news = body.model_dump(include=set(Timing.model_fields) & body.model_fields_set)
    if not news:
        return None
    kept = timing.model_dump(exclude={"expression", "every"} if news.keys() & {"expression", "every"} else None)
    try:
        return Timing.model_validate(kept | {name: value for name, value in news.items() if value is not None})
    except ValidationError as error:
        raise invalid(error, "the timing is not as it should be") from None


def _check_room(tenant: str, backend: ScheduleBackend) -> None:
    if sum(1 for _ in backend.store.all(tenant)) >= MOST_SCHEDULES:
        raise Conflict(f"there are {MOST_SCHEDULES} schedules already: delete one", field="name")
