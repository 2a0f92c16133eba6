"""What jobs tell whoever listens: webhooks, the journal, statistics. Services never call each other."""

from typing import ClassVar

from fanfold.events import TenantEvent
from fanfold.jobs.job import Job

ENDED = "Job ended"


class JobEnded(TenantEvent):
    """A job came to its end: `batch.completed`, `forecast.failed`, `writing.cancelled` and so on."""

    NAME: ClassVar[str] = ENDED
    UNTOLD: ClassVar[frozenset[str]] = TenantEvent.UNTOLD | {"callback_url"}

    job: str
    kind: str
    state: str
    round: int
    run: int
    name: str | None = None
    tags: tuple[str, ...] = ()
    total: int = 0
    succeeded: int = 0
    failed: int = 0
    error: str | None = None
    callback_url: str | None = None

    @property
    def event_kind(self) -> str:
        return f"{self.kind}.{self.state}"

    @property
    def subject(self) -> tuple[str, ...]:
        return self.job, str(self.round), self.at

    @property
    def callback(self) -> str | None:
        return self.callback_url


def ended(job: Job) -> JobEnded:
    """The event of a job that is over."""
    return JobEnded(
        tenant=job.tenant,
        job=job.id,
        kind=job.kind,
        state=job.state,
        round=job.round,
        run=job.run,
        name=job.label,
        tags=job.labels,
        at=job.finished_at or job.created_at,
        total=job.total,
        succeeded=job.counts.succeeded,
        failed=job.counts.failed,
        error=job.error,
        callback_url=job.callback_url,
    )
