"""A tenant's budget, as they see and set it."""

from pydantic import BaseModel, ConfigDict, Field

from fanfold.batches.backend import Backend
from fanfold.jobs.budget import BudgetLimits
from fanfold.pricing.tariff import dollars, nanos


class BudgetRequest(BaseModel):
    """The body of `PUT /v1/budget`: what the tenant's batches may spend in a day and a month of UTC; None is no limit.

    It holds for batches that are planned from now on.
    """

    model_config = ConfigDict(extra="forbid")

    daily_usd: float | None = Field(default=None, gt=0, le=10_000_000)
    monthly_usd: float | None = Field(default=None, gt=0, le=10_000_000)


class BudgetView(BudgetRequest):
    """The budget, and what batches under it have spent or set aside."""

    today_usd: float
    month_usd: float


def show_budget(tenant: str, backend: Backend) -> BudgetView:
    """The tenant's budget."""
    limits, spending = backend.budgets.limits(tenant), backend.budgets.spending(tenant)
    return BudgetView(
        daily_usd=None if limits.daily is None else dollars(limits.daily),
        monthly_usd=None if limits.monthly is None else dollars(limits.monthly),
        today_usd=dollars(spending.today),
        month_usd=dollars(spending.month),
    )


def set_budget(tenant: str, budget: BudgetRequest, backend: Backend) -> BudgetView:
    """Put the tenant under the budget, in place of any other."""
    daily, monthly = (None if each is None else nanos(each) for each in (budget.daily_usd, budget.monthly_usd))
    backend.budgets.limit(tenant, BudgetLimits(daily=daily, monthly=monthly))
    return show_budget(tenant, backend)
