"""Tenants, budgets and quotas of a table, as the wiring joins them."""

from typing import Any, NamedTuple

from fanfold.accounts.tenants import Tenants
from fanfold.clock import Clock
from fanfold.jobs.budget import Budgets
from fanfold.ports import Blobs, Table
from fanfold.quotas.guard import QuotaGuard, allowed
from fanfold.quotas.stored import Storage


class Accounts(NamedTuple):
    tenants: Tenants
    budgets: Budgets
    quotas: QuotaGuard


def accounts(table: Table | Any, blobs: Blobs | Any, clock: Clock) -> Accounts:
    """All three on the same table."""
    tenants = Tenants(table, clock)
    budgets = Budgets(table, clock, lambda tenant: allowed(tenants, tenant))
    return Accounts(tenants, budgets, QuotaGuard(table, tenants, budgets, Storage(table, blobs, clock), clock))
