"""What a schedule is made of: when it is due, what is started then, and how its runs went."""

from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from fanfold.clock import moment
from fanfold.ports import Key
from fanfold.schedules.timing import Due, Timing

MOST_OUTCOMES = 20
"""Kept of a schedule, the newest first."""


class ScheduleRef(NamedTuple):
    """A schedule by its tenant and id."""

    tenant: str
    id: str

    @property
    def key(self) -> Key:
        return Key(partition(self.tenant), self.id)

    @property
    def folder(self) -> str:
        """Where its input is kept, if that was handed in with it."""
        return f"jobs/{self.tenant}/{self.id}/"


def partition(tenant: str) -> str:
    """Where all schedules of a tenant are."""
    return f"T#{tenant}#SCHEDULES"


class ScheduleState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class RunState(StrEnum):
    """How a run of a schedule went."""

    STARTED = "started"
    """A job was made."""
    MISSING = "missing"
    """The file that it was to take did not come."""
    REFUSED = "refused"
    """No job could be made, for the reason that is told."""


class ScheduleRun(BaseModel):
    """A run: when it was due, and what became of it."""

    model_config = ConfigDict(frozen=True)

    at: str
    state: RunState
    job: str | None = None
    detail: str | None = None


class Schedule(BaseModel):
    """Work that is started again and again, as its item keeps it."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    id: str
    name: str
    kind: str
    """The kind of work: batch, forecast or retrain."""
    work: dict[str, Any]
    """What that kind needs to know."""
    timing: Timing
    anchor: str
    """A whole minute: when a rate is due first, and what a cron expression is not due before."""
    expression: str
    """The timing, in Scheduler's words."""
    state: ScheduleState = ScheduleState.ACTIVE
    created_at: str
    fingerprint: str
    """SHA-256 of what was asked for: a replay under the same idempotency key must match it."""
    version: int = 0
    outcomes: tuple[ScheduleRun, ...] = ()

    @property
    def ref(self) -> ScheduleRef:
        return ScheduleRef(self.tenant, self.id)

    @property
    def due(self) -> Due:
        return Due(self.expression, self.timing.timezone, moment(self.anchor), self.timing.ends_at)

    @property
    def last(self) -> ScheduleRun | None:
        return self.outcomes[0] if self.outcomes else None
