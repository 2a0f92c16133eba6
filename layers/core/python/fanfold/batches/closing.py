"""What the end of a job sets, whichever way it ends."""

from datetime import timedelta
from typing import Any

from fanfold.batches.backend import Backend
from fanfold.batches.job import BatchJob
from fanfold.clock import stamp
from fanfold.errors import Superseded
from fanfold.jobs.events import ENDED, ended


def closed(job: BatchJob, backend: Backend) -> dict[str, Any]:
    """The times of a job that ends now."""
    return {"finished_at": stamp(backend.clock()), "expires_at": expiry(job.tenant, backend), "untold": True}


def tell(job: BatchJob, backend: Backend) -> BatchJob:
    """Publish the end of a job that is over, if that is not done. Who dies before leaves it to the sweeper."""
    if not job.untold:
        return job
    backend.events.publish(ENDED, ended(job))
    try:
        return backend.jobs.move(job, untold=None)
    except Superseded:
        return backend.jobs.get(job.ref)


def expiry(tenant: str, backend: Backend) -> str:
    """When what ends now is to be forgotten: by the tenant's retention, or the deployment's."""
    days = backend.tenants.retention_days(tenant) or backend.settings.retention_days
    return stamp(backend.clock() + timedelta(days=days))
