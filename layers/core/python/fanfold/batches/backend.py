"""What stands behind the batch service; `wiring.py` makes the real one, the tests one of fakes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fanfold.accounts.tenants import Tenants
from fanfold.batches.cache import Cache
from fanfold.batches.job import BatchJob, Priority
from fanfold.batches.ledger import Ledger
from fanfold.batches.letters import Letters
from fanfold.batches.realtime.claims import Claims
from fanfold.batches.shards import Shards
from fanfold.clock import Clock
from fanfold.jobs.budget import Budgets
from fanfold.jobs.chunks import Chunks
from fanfold.jobs.store import Jobs
from fanfold.jobs.tallies import Tallies
from fanfold.limits.gate import Gates
from fanfold.ports import Blobs, Events, Queue, Workflow
from fanfold.pricing.catalogue import Prices
from fanfold.providers import Provider
from fanfold.settings import Settings


class Providers(Protocol):
    """Providers by name."""

    def __call__(self, name: str, tenant: str = "") -> Provider:
        """The provider, ready to be called with the tenant's key. Raises Invalid for an unknown name."""


@dataclass(frozen=True)
class Backend:
    """Ports and stores, as the use cases of `batches` take them."""

    tenants: Tenants
    jobs: Jobs[BatchJob]
    chunks: Chunks
    shards: Shards
    ledger: Ledger
    claims: Claims
    letters: Letters
    cache: Cache
    gate: Gates
    budgets: Budgets
    tallies: Tallies
    prices: Prices
    blobs: Blobs
    starts: Queue
    removals: Queue
    exports: Queue
    work: Callable[[Priority], Queue]
    """The queue of real-time work of a priority."""
    workflow: Workflow
    events: Events
    provider: Providers
    clock: Clock
    settings: Settings
