"""What schedules tell whoever listens, beside the ends of the jobs that they start."""

from pydantic import BaseModel, ConfigDict

FILE_MISSING = "Scheduled file missing"
"""A schedule was due, and the file that it was to take was not there."""
RUN_REFUSED = "Scheduled run refused"
"""A schedule was due, and no job could be made: a quota, a template that is gone, a model that is."""


class ScheduleMissed(BaseModel):
    """A run that came to nothing. Tenant, schedule, `at` and the event's name tell it from others; it may be told more
    than once."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    schedule: str
    name: str
    """What the schedule is called."""
    kind: str
    """The kind of work: batch, forecast or retrain."""
    at: str
    """When it was due."""
    detail: str
    prefix: str | None = None
    """Where the file was looked for; None if that is not what was wrong."""
