"""What stands behind the forecast service; `wiring.py` makes the real one, the tests one of fakes."""

from collections.abc import Callable
from dataclasses import dataclass

from fanfold.accounts.tenants import Tenants
from fanfold.clock import Clock
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.narrowing import Narrowings
from fanfold.forecasts.observation_store import Posts
from fanfold.jobs.budget import Budgets
from fanfold.jobs.chunk_results import ChunkResults
from fanfold.jobs.service import JobRules
from fanfold.jobs.store import Jobs
from fanfold.ports import Blobs, Events, Schedules, Workflow
from fanfold.quotas.guard import QuotaGuard
from fanfold.settings import Settings


@dataclass(frozen=True)
class Backend:
    """Ports and stores, as the use cases of `forecasts` take them."""

    tenants: Tenants
    jobs: Jobs[ForecastJob]
    chunks: ChunkResults
    posts: Posts
    narrowings: Narrowings
    budgets: Budgets
    quotas: QuotaGuard
    blobs: Blobs
    workflow: Workflow
    schedules: Callable[[], Schedules]
    """Made when it is asked for: few functions are given what it needs."""
    events: Events
    clock: Clock
    settings: Settings
    rules: JobRules[ForecastJob, "Backend"]
