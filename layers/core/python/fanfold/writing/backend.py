"""What stands behind the writing service; `fanfold.wiring` makes the real one, the tests one of fakes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from fanfold.accounts.tenants import Tenants
from fanfold.clock import Clock
from fanfold.jobs.budget import Budgets
from fanfold.jobs.protocols import JobRules
from fanfold.jobs.store import Jobs
from fanfold.jobs.usage_stats import UsageStats
from fanfold.ports import Blobs, Events, Table, Workflow
from fanfold.providers import Outcome, Providers
from fanfold.quotas.guard import QuotaGuard
from fanfold.settings import Settings
from fanfold.writing.checkpoints import Checkpoints
from fanfold.writing.documents import Documents
from fanfold.writing.formats import Renderer
from fanfold.writing.job import WritingJob
from fanfold.writing.leases import Leases
from fanfold.writing.reading import DocumentReading
from fanfold.writing.sessions import Sessions


class Answers(Protocol):
    """One request at a provider, under the limits that hold for its key and model."""

    def __call__(self, question: "ModelRequest") -> Outcome:
        """The outcome. Raises ProviderUnavailable (and its kinds) for what may pass, ProviderRefused for what won't."""


@dataclass(frozen=True)
class ModelRequest:
    """A request in the provider's own shape, and whose it is."""

    id: str
    tenant: str
    provider: str
    model: str
    body: dict[str, Any]


Prices = Callable[[str, str, Outcome], int | None]
"""What an answer of a provider and model costs, in nanodollars; None if nobody knows."""


@dataclass(frozen=True)
class WritingBackend:
    """Ports and stores, as the use cases of `writing` take them."""

    table: Table
    tenants: Tenants
    sessions: Sessions
    documents: Documents
    jobs: Jobs[WritingJob]
    sections: Checkpoints
    leases: Leases
    budgets: Budgets
    quotas: QuotaGuard
    usage_stats: UsageStats
    blobs: Blobs
    workflow: Workflow
    events: Events
    provider: Providers
    answer: Answers
    price: Prices
    read_pdf: Callable[[bytes], DocumentReading]
    forms: Mapping[str, Renderer]
    """What a text is made into at its end, by name."""
    clock: Clock
    settings: Settings
    rules: JobRules[WritingJob, "WritingBackend"]
