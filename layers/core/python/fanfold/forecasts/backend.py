"""What stands behind the forecast service; `fanfold.wiring` makes the real one, the tests one of fakes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fanfold.accounts.tenants import Tenants
from fanfold.clock import Clock
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.narrowing import Narrowings
from fanfold.forecasts.observation_store import Posts
from fanfold.jobs.budget import Budgets
from fanfold.jobs.chunk_results import ChunkResults
from fanfold.jobs.protocols import JobRules
from fanfold.jobs.store import Jobs
from fanfold.jobs.usage_stats import UsageStats
from fanfold.ports import Blobs, Events, Scheduler, Workflow
from fanfold.quotas.guard import QuotaGuard
from fanfold.schedules.store import ScheduleStore
from fanfold.settings import Settings

if TYPE_CHECKING:
    from fanfold.forecasting.readers import ReadOptions
    from fanfold.forecasts.reading import Read


@dataclass(frozen=True)
class ForecastBackend:
    """Ports and stores, as the use cases of `forecasts` take them."""

    tenants: Tenants
    jobs: Jobs[ForecastJob]
    chunks: ChunkResults
    posts: Posts
    narrowings: Narrowings
    budgets: Budgets
    usage_stats: UsageStats
    quotas: QuotaGuard
    blobs: Blobs
    workflow: Workflow
    schedules: Callable[[], Scheduler]
    """Made when it is asked for: few functions are given what it needs."""
    schedule_store: ScheduleStore
    events: Events
    read: "Callable[[Path, str, ReadOptions], Read]"
    """How the file at a path is read that has a name and options."""
    clock: Clock
    settings: Settings
    rules: JobRules[ForecastJob, "ForecastBackend"]
