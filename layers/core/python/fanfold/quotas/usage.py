"""What a tenant may use, how much of it they use, and when that begins anew."""

from pydantic import BaseModel

from fanfold.accounts.quotas import Quotas
from fanfold.clock import Clock, stamp
from fanfold.jobs.budget import Budgets, Spending
from fanfold.pricing.tariff import dollars
from fanfold.quotas.guard import QuotaGuard, Unit
from fanfold.quotas.periods import day_ends, month_ends
from fanfold.quotas.stored import Storage


class QuotaUse(BaseModel):
    """A quota. `used` is None where it is not counted; `limit` is None without one, and then jobs and units are not."""

    limit: float | int | None = None
    used: float | int | None = None
    resets_at: str | None = None


class QuotaUsage(BaseModel):
    """The quotas that the operator has set, and what is used of each."""

    calls_per_minute: QuotaUse
    open_jobs: QuotaUse
    requests_per_day: QuotaUse
    series_per_day: QuotaUse
    stored_bytes: QuotaUse
    concurrency: QuotaUse
    daily_usd: QuotaUse
    monthly_usd: QuotaUse
    providers: tuple[str, ...] | None = None
    models: tuple[str, ...] | None = None
    """None is all of them."""
    stored_at: str | None = None
    """When the bytes were measured."""


def usage(tenant: str, guard: QuotaGuard, budgets: Budgets, storage: Storage, clock: Clock) -> QuotaUsage:
    """The tenant's quotas and what is used of them."""
    quotas, spent, stored = guard.of(tenant), budgets.spending(tenant), storage.measured(tenant)
    day, month = stamp(day_ends(clock())), stamp(month_ends(clock()))
    return QuotaUsage(
        calls_per_minute=QuotaUse(limit=quotas.calls_per_minute),
        open_jobs=QuotaUse(limit=quotas.open_jobs, used=guard.open_jobs(tenant) if quotas.open_jobs else None),
        requests_per_day=_of_day(tenant, Unit.REQUESTS, quotas, guard, day),
        series_per_day=_of_day(tenant, Unit.SERIES, quotas, guard, day),
        stored_bytes=QuotaUse(limit=quotas.stored_bytes, used=stored.bytes if stored else None),
        concurrency=QuotaUse(limit=quotas.concurrency),
        **_money(quotas, spent, day, month),
        providers=quotas.providers,
        models=quotas.models,
        stored_at=stored.at if stored else None,
    )


def _of_day(tenant: str, unit: Unit, quotas: Quotas, guard: QuotaGuard, day: str) -> QuotaUse:
    limit = unit.of(quotas)
    return QuotaUse() if limit is None else QuotaUse(limit=limit, used=guard.today(tenant, unit), resets_at=day)


def _money(quotas: Quotas, spent: Spending, day: str, month: str) -> dict[str, QuotaUse]:
    return {
        "daily_usd": QuotaUse(limit=quotas.daily_usd, used=dollars(spent.today), resets_at=day),
        "monthly_usd": QuotaUse(limit=quotas.monthly_usd, used=dollars(spent.month), resets_at=month),
    }
