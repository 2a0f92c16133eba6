"""Forecasts."""

from functools import cache
from pathlib import Path
from typing import Any

from fanfold.aws.queue import SqsQueue
from fanfold.clock import utc_now
from fanfold.forecasts import rules
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.job import KIND, ForecastJob
from fanfold.forecasts.narrowing import Narrowings
from fanfold.forecasts.observation_store import Posts
from fanfold.jobs.chunk_results import ChunkResults
from fanfold.jobs.store import Jobs
from fanfold.jobs.usage_stats import UsageStats
from fanfold.schedules.store import ScheduleStore
from fanfold.wiring.shared import audit as audit
from fanfold.wiring.shared import blobs, budgets, events, machine, queue, quotas, scheduler, table, tenants
from fanfold.wiring.shared import settings as settings


@cache
def forecasts() -> ForecastBackend:
    return ForecastBackend(
        tenants=tenants(),
        jobs=Jobs(table(), ForecastJob, KIND),
        chunks=ChunkResults(table()),
        posts=Posts(table()),
        narrowings=Narrowings(table()),
        budgets=budgets(),
        usage_stats=UsageStats(table()),
        quotas=quotas(),
        blobs=blobs(),
        workflow=machine("forecast_machine_arn"),
        schedules=lambda: scheduler("forecast_machine_arn"),
        schedule_store=ScheduleStore(table()),
        events=events(),
        read=_read_portfolio,
        clock=utc_now,
        settings=settings(),
        rules=rules,
    )


def _read_portfolio(path: Path, filename: str, options: Any) -> Any:
    """Few functions have the packages that this needs."""
    from fanfold.forecasts.reading import read_confined

    return read_confined(path, filename, options)


@cache
def refused_observations() -> SqsQueue:
    return queue("refused_observations_queue_url")
