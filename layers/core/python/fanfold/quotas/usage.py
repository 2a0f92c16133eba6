"""What a tenant may use, how much of it they use, and when that begins anew."""

from pydantic import BaseModel

from fanfold.accounts.quotas import Quotas
from fanfold.clock import Clock, stamp
from fanfold.jobs.budget import Budgets, Spending
from fanfold.pricing.tariff import dollars
from fanfold.quotas.guard import QuotaGuard, Unit
from fanfold.quotas.periods import day_ends, month_ends
from fanfold.quotas.stored import Storage


class Used(BaseModel):
    """A quota. `used` is None where it is not counted; `limit` is None without one, and then jobs and units are not."""

    limit: float | int | None = None
    used: float | int | None = None
    resets_at: str | None = None


class Usage(BaseModel):
    """The quotas that the operator has set, and what is used of each."""

    calls_per_minute: Used
    open_jobs: Used
    requests_per_day: Used
    series_per_day: Used
    stored_bytes: Used
    concurrency: Used
    daily_usd: Used
    monthly_usd: Used
    providers: tuple[str, ...] | None = None
    models: tuple[str, ...] | None = None
    """None is all of them."""
    stored_at: str | None = None
    """When the bytes were measured."""


def usage(tenant: str, guard: QuotaGuard, budgets: Budgets, storage: Storage, clock: Clock) -> Usage:
    """The tenant's quotas and what is used of them."""
    quotas, spent, stored = guard.of(tenant), budgets.spending(tenant), storage.measured(tenant)
    day, month = stamp(day_ends(clock())), stamp(month_ends(clock()))
    return Usage(
        calls_per_minute=Used(limit=quotas.calls_per_minute),
        open_jobs=Used(limit=quotas.open_jobs, used=guard.open_jobs(tenant) if quotas.open_jobs else None),
        requests_per_day=_of_day(tenant, Unit.REQUESTS, quotas, guard, day),
        series_per_day=_of_day(tenant, Unit.SERIES, quotas, guard, day),
        stored_bytes=Used(limit=quotas.stored_bytes, used=stored.bytes if stored else None),
        concurrency=Used(limit=quotas.concurrency),
        **_money(quotas, spent, day, month),
        providers=quotas.providers,
        models=quotas.models,
        stored_at=stored.at if stored else None,
    )


def _of_day(tenant: str, unit: Unit, quotas: Quotas, guard: QuotaGuard, day: str) -> Used:
    limit = unit.of(quotas)
    return Used() if limit is None else Used(limit=limit, used=guard.today(tenant, unit), resets_at=day)


def _money(quotas: Quotas, spent: Spending, day: str, month: str) -> dict[str, Used]:
    return {
        "daily_usd": Used(limit=quotas.daily_usd, used=dollars(spent.today), resets_at=day),
        "monthly_usd": Used(limit=quotas.monthly_usd, used=dollars(spent.month), resets_at=month),
    }
