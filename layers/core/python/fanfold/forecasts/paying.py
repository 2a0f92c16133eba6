"""Paying: what a portfolio's fits are taken to cost comes out of its tenant's budget before they begin."""

from fanfold.clock import stamp
from fanfold.errors import JobRefused
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.job import ForecastJob
from fanfold.jobs.budget import Bound
from fanfold.jobs.usage_stats import Figures, JobUsage, UsageKey

NANOS_A_MICRO = 1000
KEY = "series"
FITTED = UsageKey("fanfold", "forecast", "fit")
"""What the ledger calls a series' forecast in place of a provider, a model and a lane."""


def pay(job: ForecastJob, series: int, backend: ForecastBackend) -> None:
    """Take the cost of so many series, once. Raises JobRefused if the tenant's budget has less left."""
    cost = round(series * backend.settings.series_price_microusd * NANOS_A_MICRO)
    budgets, day = backend.budgets, stamp(backend.clock())[:10]
    if budgets.open(job.ref, None, cost) and not budgets.reserve(job.ref, KEY, [Bound(0, cost)]).covers(0):
        budgets.close(job.ref, 0, day)
        raise JobRefused(f"the budget has less left than the {cost / 1e9:g} USD that {series:,} series cost")
    budgets.close(job.ref, cost, day)
    figures = Figures({"spent_nanos": cost, "list_nanos": cost, "succeeded": series})
    ending = JobUsage(job.state, stamp(backend.clock()), FITTED, {FITTED: figures}, job.config.tags)
    backend.usage_stats.bill(job, ending)
