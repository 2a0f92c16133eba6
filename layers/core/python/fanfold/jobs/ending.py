"""What the end of a job sets, whichever way it ends, what follows it, and what is told of it on its way there."""

from datetime import timedelta
from typing import Any

from fanfold.clock import stamp
from fanfold.errors import Superseded
from fanfold.events import TenantEvent
from fanfold.jobs.events import ENDED, ended
from fanfold.jobs.job import Job, JobRef
from fanfold.jobs.protocols import EndsJobs, J, PublishesEnds


def ending_times(job: Job, backend: EndsJobs) -> dict[str, Any]:
    """The times of a job that ends now; its end is still to be told."""
    until = expiry(job.tenant, backend, job.retention_days)
    return {"finished_at": stamp(backend.clock()), "expires_at": until, "end_unpublished": True}


def publish_end(job: J, backend: PublishesEnds[J]) -> J:
    """Do what follows the end of a job that is over and publish it, if that is not done. Who dies before leaves it to
    the sweeper."""
    if not job.end_unpublished:
        return job
    backend.rules.after_end(job, backend)
    backend.events.publish(ENDED, ended(job))
    try:
        return backend.jobs.move(job, end_unpublished=None)
    except Superseded:
        return backend.jobs.get(job.ref)


def tell_once(event: TenantEvent, ref: JobRef, backend: PublishesEnds[J]) -> None:
    """Publish something that happened to a job on its way, unless it was; it is told again if who tells it dies."""
    if not backend.jobs.was_told(ref, event.event_id):
        backend.events.publish(event.NAME, event)
        backend.jobs.note_told(ref, event.event_id)


def expiry(tenant: str, backend: EndsJobs, own: int | None = None) -> str:
    """When what ends now is to be forgotten: by the tenant's retention, or the deployment's, or its own if sooner."""
    days = backend.tenants.retention_days(tenant) or backend.settings.retention_days
    days = min(days, own or days)
    return stamp(backend.clock() + timedelta(days=days))
