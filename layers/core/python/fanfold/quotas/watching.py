"""Watching budgets: a tenant hears when half, four fifths and all of what they may spend is spent."""

from collections.abc import Iterator

from fanfold.accounts.tenants import Tenants
from fanfold.clock import Clock, stamp
from fanfold.events import BudgetReached
from fanfold.jobs.budget import Budgets
from fanfold.ports import Change, Events, Key, Table
from fanfold.sweeping import SweepRound

STEPS = (100, 80, 50)
"""Percent, the highest first."""
NANOS = 1_000_000_000


class SweptBudgets(SweepRound):
    """What a round did."""

    reached: int = 0


class BudgetWatch:
    """What of a tenant's budget is used up, and what of it was told."""

    def __init__(self, table: Table, budgets: Budgets, events: Events, clock: Clock) -> None:
        self._table, self._budgets, self._events, self._clock = table, budgets, events, clock

    def tell(self, tenant: str) -> int:
        """Tell what is reached and was not told; how many events. Who dies in between tells it again."""
        found = list(self._reached(tenant))
        told = set((self._table.get(_key(tenant)) or {}).get("events", ())) if found else set()
        fresh = [event for event in found if event.event_id not in told]
        for event in fresh:
            self._events.publish(event.NAME, event)
        if fresh:
            self._table.change(Change(key=_key(tenant), set={"events": [event.event_id for event in found]}))
        return len(fresh)

    def _reached(self, tenant: str) -> Iterator[BudgetReached]:
        limits = self._budgets.limits(tenant)
        if limits.daily is None and limits.monthly is None:
            return
        spent, now = self._budgets.spending(tenant), stamp(self._clock())
        periods = (
            ("day", now[:10], limits.daily, spent.today),
            ("month", f"{now[:7]}-01", limits.monthly, spent.month),
        )
        for period, beginning, limit, used in periods:
            percent = next((step for step in STEPS if limit and used * 100 >= step * limit), None)
            if limit and percent:
                yield BudgetReached(
                    tenant=tenant,
                    at=now,
                    period=period,
                    beginning=beginning,
                    percent=percent,
                    limit_usd=limit / NANOS,
                    spent_usd=used / NANOS,
                )


def watch(tenants: Tenants, budgets: BudgetWatch) -> SweptBudgets:
    """Tell every tenant what they have reached."""
    swept = SweptBudgets()
    for tenant in tenants.all():
        swept.reached += swept.attempt(f"T#{tenant.name}", budgets.tell, tenant.name) or 0
    return swept


def _key(tenant: str) -> Key:
    return Key(f"T#{tenant}", "BUDGETS-TOLD")
