"""What stands behind the batch service; `wiring.py` makes the real one, the tests one of fakes."""

from collections.abc import Callable
from dataclasses import dataclass

from fanfold.accounts.tenants import Tenants
from fanfold.batches.job import BatchJob
from fanfold.batches.ledger import Ledger
from fanfold.batches.shards import Shards
from fanfold.clock import Clock
from fanfold.jobs.chunks import Chunks
from fanfold.jobs.store import Jobs
from fanfold.ports import Blobs, Queue, Workflow
from fanfold.providers import Provider
from fanfold.settings import Settings


@dataclass(frozen=True)
class Backend:
    """Ports and stores, as the use cases of `batches` take them."""

    tenants: Tenants
    jobs: Jobs[BatchJob]
    chunks: Chunks
    shards: Shards
    ledger: Ledger
    blobs: Blobs
    starts: Queue
    removals: Queue
    exports: Queue
    workflow: Workflow
    provider: Callable[[str], Provider]
    """A provider by name, ready to be called. Raises Invalid for an unknown one."""
    clock: Clock
    settings: Settings
