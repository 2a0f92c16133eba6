"""What stands behind the batch service; `fanfold.wiring` makes the real one, the tests one of fakes."""

from collections.abc import Callable
from dataclasses import dataclass

from fanfold.accounts.tenants import Tenants
from fanfold.batches.model.batch import BatchJob, Priority
from fanfold.batches.stores.chunk_claims import Claims
from fanfold.batches.stores.dead_letters import DeadLetters
from fanfold.batches.stores.response_cache import Cache
from fanfold.batches.stores.shards import Shards
from fanfold.batches.stores.submit_locks import SubmitLocks
from fanfold.batches.stores.templates import TemplateStore
from fanfold.clock import Clock
from fanfold.jobs.budget import Budgets
from fanfold.jobs.chunk_results import ChunkResults
from fanfold.jobs.protocols import JobRules
from fanfold.jobs.store import Jobs
from fanfold.jobs.usage_stats import UsageStats
from fanfold.limits.gate import Gates
from fanfold.ports import Blobs, Errands, Events, Queue, Workflow
from fanfold.pricing.catalogue import Prices
from fanfold.providers import Providers
from fanfold.quotas.guard import QuotaGuard
from fanfold.settings import Settings


@dataclass(frozen=True)
class BatchBackend:
    """Ports and stores, as the use cases of `batches` take them."""

    tenants: Tenants
    jobs: Jobs[BatchJob]
    chunks: ChunkResults
    shards: Shards
    submit_locks: SubmitLocks
    claims: Claims
    dead_letters: DeadLetters
    cache: Cache
    templates: TemplateStore
    gate: Gates
    budgets: Budgets
    quotas: QuotaGuard
    usage_stats: UsageStats
    prices: Prices
    blobs: Blobs
    starts: Errands
    removals: Errands
    exports: Errands
    work: Callable[[Priority], Queue]
    """The queue of real-time work of a priority."""
    workflow: Workflow
    events: Events
    provider: Providers
    clock: Clock
    settings: Settings
    rules: JobRules[BatchJob, "BatchBackend"]
