"""What the end of a job sets, whichever way it ends."""

from datetime import timedelta
from typing import Any, Protocol

from fanfold.clock import Clock, stamp
from fanfold.jobs.job import Job
from fanfold.settings import Settings


class Retention(Protocol):
    """Tenants, as far as it matters how long they keep what has ended."""

    def retention_days(self, tenant: str) -> int | None: ...


class Closing(Protocol):
    """What a service's backend has to have for its jobs to end."""

    @property
    def tenants(self) -> Retention: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def settings(self) -> Settings: ...


def closed(job: Job, backend: Closing) -> dict[str, Any]:
    """The times of a job that ends now."""
    return {"finished_at": stamp(backend.clock()), "expires_at": expiry(job.tenant, backend)}


def expiry(tenant: str, backend: Closing) -> str:
    """When what ends now is to be forgotten: by the tenant's retention, or the deployment's."""
    days = backend.tenants.retention_days(tenant) or backend.settings.retention_days
    return stamp(backend.clock() + timedelta(days=days))
