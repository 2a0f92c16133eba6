"""A tenant's budget, as they see and set it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fanfold.batches.backend import BatchBackend
from fanfold.errors import Invalid
from fanfold.jobs.budget import BudgetLimits
from fanfold.pricing.tariff import dollars, nanos

Limit = Annotated[float, Field(ge=0.000_000_001, le=10_000_000)]
"""Dollars; what is less than a nanodollar is none."""


class BudgetRequest(BaseModel):
    """The body of `PUT /v1/budget`: what the tenant's batches may spend in a day and a month of UTC; None is no limit.

    It holds for batches that are planned from now on.
    """

    model_config = ConfigDict(extra="forbid")

    daily_usd: Limit | None = None
    monthly_usd: Limit | None = None


class BudgetView(BaseModel):
    """The budget, and what batches under it have spent or set aside."""

    daily_usd: float | None
    monthly_usd: float | None
    today_usd: float
    month_usd: float


def show_budget(tenant: str, backend: BatchBackend) -> BudgetView:
    """The tenant's budget."""
    limits, spending = backend.budgets.own(tenant), backend.budgets.spending(tenant)
    return BudgetView(
        daily_usd=None if limits.daily is None else dollars(limits.daily),
        monthly_usd=None if limits.monthly is None else dollars(limits.monthly),
        today_usd=dollars(spending.today),
        month_usd=dollars(spending.month),
    )


def set_budget(tenant: str, budget: BudgetRequest, backend: BatchBackend) -> BudgetView:
    """Put the tenant under the budget, in place of any other. Raises Invalid for more than the operator allows."""
    daily, monthly = (None if each is None else nanos(each) for each in (budget.daily_usd, budget.monthly_usd))
    _check(BudgetLimits(daily=daily, monthly=monthly), backend.budgets.allowed(tenant))
    backend.budgets.limit(tenant, BudgetLimits(daily=daily, monthly=monthly))
    return show_budget(tenant, backend)


def _check(own: BudgetLimits, allowed: BudgetLimits) -> None:
    for name, wanted in own:
        most = getattr(allowed, name)
        if wanted is not None and most is not None and wanted > most:
            raise Invalid(f"the operator lets you spend {dollars(most):g} USD at most", field=f"{name}_usd")
