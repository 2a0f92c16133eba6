"""What the end of a job sets, whichever way it ends."""

from datetime import timedelta
from typing import Any, Protocol, TypeVar

from fanfold.clock import Clock, stamp
from fanfold.errors import Superseded
from fanfold.jobs.events import ENDED, ended
from fanfold.jobs.job import Job
from fanfold.jobs.store import Jobs
from fanfold.ports import Events
from fanfold.settings import Settings

J = TypeVar("J", bound=Job)


class Retention(Protocol):
    """Tenants, as far as it matters how long they keep what has ended."""

    def retention_days(self, tenant: str) -> int | None: ...


class EndsJobs(Protocol):
    """What a service's backend has to have for its jobs to end."""

    @property
    def tenants(self) -> Retention: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def settings(self) -> Settings: ...


class PublishesEnds(Protocol[J]):
    """What a service's backend has to have for the ends of its jobs to be told."""

    @property
    def jobs(self) -> Jobs[J]: ...
    @property
    def events(self) -> Events: ...


def ending_times(job: Job, backend: EndsJobs) -> dict[str, Any]:
    """The times of a job that ends now; its end is still to be told."""
    until = expiry(job.tenant, backend, job.retention_days)
    return {"finished_at": stamp(backend.clock()), "expires_at": until, "end_unpublished": True}


def publish_end(job: J, backend: PublishesEnds[J]) -> J:
    """Publish the end of a job that is over, if that is not done. Who dies before leaves it to the sweeper."""
    if not job.end_unpublished:
        return job
    backend.events.publish(ENDED, ended(job))
    try:
        return backend.jobs.move(job, end_unpublished=None)
    except Superseded:
        return backend.jobs.get(job.ref)


def expiry(tenant: str, backend: EndsJobs, own: int | None = None) -> str:
    """When what ends now is to be forgotten: by the tenant's retention, or the deployment's, or its own if sooner."""
    days = backend.tenants.retention_days(tenant) or backend.settings.retention_days
    days = min(days, own or days)
    return stamp(backend.clock() + timedelta(days=days))
