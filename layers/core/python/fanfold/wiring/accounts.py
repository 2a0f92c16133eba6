"""Tenants, their keys, and everything that they have."""

from datetime import timedelta
from functools import cache

from fanfold.administration.deletion import Belongings
from fanfold.clock import utc_now
from fanfold.schedules.commands import forget_all
from fanfold.wiring.batches import batches
from fanfold.wiring.forecasts import forecasts
from fanfold.wiring.journal import journal_table
from fanfold.wiring.schedules import schedules
from fanfold.wiring.shared import api_keys as api_keys
from fanfold.wiring.shared import audit as audit
from fanfold.wiring.shared import blobs, settings, table
from fanfold.wiring.shared import provider_keys as provider_keys
from fanfold.wiring.shared import tenants as tenants
from fanfold.wiring.writing import writing
from fanfold.writing.tenant_removal import leave


@cache
def belongings() -> Belongings:
    """Everywhere that a tenant has something."""
    return Belongings(
        tenants=tenants(),
        keys=api_keys(),
        provider_keys=provider_keys(),
        table=table(),
        journal=journal_table(),
        blobs=blobs(),
        services=lambda: (batches(), forecasts()),
        schedules=lambda tenant: forget_all(tenant, schedules()),
        sessions=lambda tenant: leave(tenant, writing()),
        clock=utc_now,
        grace=timedelta(seconds=settings().removal_grace_seconds),
    )
