"""Run: a schedule is due. However often it is started for a moment, it makes one job."""

from datetime import UTC

from pydantic import BaseModel, ConfigDict

from fanfold.clock import Moment, stamp
from fanfold.errors import FileMissing, Refused, Superseded
from fanfold.events import RunMissed, ScheduledFileMissing, ScheduledRunRefused
from fanfold.schedules.backend import ScheduleBackend
from fanfold.schedules.model import MOST_OUTCOMES, RunState, Schedule, ScheduleRef, ScheduleRun, ScheduleState
from fanfold.schedules.work import Turn

TRIES = 5


class StartSchedule(BaseModel):
    """What Scheduler starts a run with."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    schedule: str
    at: Moment
    """When it was due: the same moment if it is started twice."""

    @property
    def ref(self) -> ScheduleRef:
        return ScheduleRef(self.tenant, self.schedule)


def run(command: StartSchedule, backend: ScheduleBackend) -> ScheduleRun | None:
    """What became of it; None for a schedule that is paused, or gone: then it takes itself away.

    What a try may mend is raised. Raises Superseded if others change the schedule at the same time, again and again.
    """
    schedule, at = backend.store.find(command.ref), stamp(command.at)
    if schedule is None:
        backend.scheduler.remove(command.schedule)
        return None
    if schedule.state is ScheduleState.PAUSED:
        return None
    if before := next((each for each in schedule.outcomes if each.at == at), None):
        return before
    outcome = _outcome(schedule, command, backend)
    return _noted(schedule, outcome, backend)


def _outcome(schedule: Schedule, command: StartSchedule, backend: ScheduleBackend) -> ScheduleRun:
    at = stamp(command.at)
    turn = Turn(schedule.ref, schedule.name, schedule.work, command.at.astimezone(UTC), schedule.timing.zone)
    try:
        backend.tenants.admit(schedule.tenant)
        return ScheduleRun(at=at, state=RunState.STARTED, job=backend.works[schedule.kind]().start(turn))
    except FileMissing as error:
        _tell(ScheduledFileMissing, schedule, at, str(error), backend, error.prefix)
        return ScheduleRun(at=at, state=RunState.MISSING, detail=str(error))
    except (Refused, Superseded) as error:
        _tell(ScheduledRunRefused, schedule, at, str(error), backend)
        return ScheduleRun(at=at, state=RunState.REFUSED, detail=str(error))


def _noted(schedule: Schedule, outcome: ScheduleRun, backend: ScheduleBackend) -> ScheduleRun:
    """Keep the outcome with the schedule, whoever else changes it; one that is gone meanwhile keeps nothing."""
    found: Schedule | None = schedule
    for _ in range(TRIES):
        if found is None:
            return outcome
        outcomes = sorted((outcome, *found.outcomes), key=lambda each: each.at, reverse=True)[:MOST_OUTCOMES]
        try:
            backend.store.move(found, outcomes=[each.model_dump(mode="json", exclude_none=True) for each in outcomes])
        except Superseded:
            found = backend.store.find(schedule.ref)
        else:
            return outcome
    raise Superseded(f"schedule {schedule.id} is changed by others at the same time")


def _tell(
    kind: type[RunMissed], schedule: Schedule, at: str, detail: str, backend: ScheduleBackend, prefix: str | None = None
) -> None:
    missed = kind(
        tenant=schedule.tenant,
        schedule=schedule.id,
        name=schedule.name,
        kind=schedule.kind,
        at=at,
        detail=detail,
        prefix=prefix,
    )
    backend.events.publish(kind.NAME, missed)
