"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from typing import Any

from pydantic import Field

from fanfold_client.answers import Answer


class Run(Answer):
    """A run: when it was due, what became of it, and how the job does that it started."""

    at: str = ""
    state: str
    job: str | None = None
    job_state: str | None = None
    """None if it started none, or that job is gone."""
    detail: str | None = None


class Schedule(Answer):
    """A schedule as the API shows it."""

    id: str
    name: str = ""
    state: str
    kind: str = ""
    work: dict[str, Any] = Field(default_factory=dict)
    expression: str = ""
    """In words of EventBridge Scheduler, whatever it was asked for in."""
    every: int | None = None
    unit: str | None = None
    timezone: str = ""
    starts_at: str | None = None
    ends_at: str | None = None
    next_runs: list[str] = Field(default_factory=list)
    """The next five, in UTC; none of a schedule that is paused or over."""
    last: Run | None = None
    runs: list[Run] = Field(default_factory=list)
    """The last twenty, the newest first; lists of schedules have the last alone."""
    created_at: str = ""


class ScheduleList(Answer):
    """In the API ScheduleList."""

    schedules: list[Schedule] = Field(default_factory=list)
