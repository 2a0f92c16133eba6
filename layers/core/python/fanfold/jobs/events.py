"""What jobs tell whoever listens: webhooks, the journal, statistics. Services never call each other."""

from pydantic import BaseModel, ConfigDict

from fanfold.jobs.job import Job

ENDED = "Job ended"


class JobEnded(BaseModel):
    """A job came to its end. Tenant, job, round and state name the event; it may be told more than once."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    job: str
    kind: str
    state: str
    round: int
    run: int
    at: str
    """When it ended."""
    total: int = 0
    succeeded: int = 0
    failed: int = 0
    error: str | None = None


def ended(job: Job) -> JobEnded:
    """The event of a job that is over."""
    return JobEnded(
        tenant=job.tenant,
        job=job.id,
        kind=job.kind,
        state=job.state,
        round=job.round,
        run=job.run,
        at=job.finished_at or job.created_at,
        total=job.total,
        succeeded=job.counts.succeeded,
        failed=job.counts.failed,
        error=job.error,
    )
