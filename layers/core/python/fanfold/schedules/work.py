"""Work: what each kind of schedule has started when it is due. Services have one each; the wiring knows them all."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from fanfold.clock import stamp
from fanfold.jobs.identity import Caller, job_id
from fanfold.jobs.job import JobRef
from fanfold.schedules.model import Schedule, ScheduleRef

SCHEDULE = "schedule"
"""Who acts when a schedule is due, in place of a key."""


class Turn(NamedTuple):
    """A schedule that is due: which, what it knows about its work, and the moment on its own clock."""

    ref: ScheduleRef
    name: str
    work: Mapping[str, Any]
    at: datetime
    zone: ZoneInfo

    @property
    def local(self) -> datetime:
        return self.at.astimezone(self.zone)

    @property
    def fingerprint(self) -> dict[str, str]:
        """What tells its job from others."""
        return {"schedule": self.ref.id, "at": stamp(self.at)}

    @property
    def correlation_id(self) -> str:
        return f"{self.ref.id}-{self.at:%Y%m%dT%H%M}"

    def job(self, kind: str) -> JobRef:
        """The job that it makes: once, however often it is started."""
        return JobRef(tenant=self.ref.tenant, job=job_id(kind, self.ref.tenant, self.ref.id, stamp(self.at)))


class ScheduledWork(Protocol):
    """A kind of work."""

    def place(self, given: Any, caller: Caller) -> ScheduleRef:
        """Which schedule this work belongs to: the caller's question's, or the only one that the work can have."""

    def keep(self, given: Any, ref: ScheduleRef) -> dict[str, Any]:
        """What is to be kept about the work, its input in place. Raises Invalid, NotFound, Conflict, Forbidden."""

    def start(self, turn: Turn) -> str:
        """Make the job of the turn, or find it; its id. Raises FileMissing, and Refused for what can't be made."""

    def noted(self, schedule: Schedule, *, gone: bool = False) -> None:
        """Tell those that it is about that the schedule is there, as it is, or is gone."""


Works = Mapping[str, Callable[[], ScheduledWork]]
"""All kinds, by their names; made when they are asked for."""
