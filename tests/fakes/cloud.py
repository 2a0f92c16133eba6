"""The whole batch service on fakes."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fanfold.batches import rules
from fanfold.batches.backend import BatchBackend
from fanfold.batches.intake.create import CreateBatch, create_batch
from fanfold.batches.model.batch import KIND, BatchJob, Priority
from fanfold.batches.stores.chunk_claims import Claims
from fanfold.batches.stores.dead_letters import DeadLetters
from fanfold.batches.stores.response_cache import Cache
from fanfold.batches.stores.shards import Shards
from fanfold.batches.stores.submit_locks import SubmitLocks
from fanfold.batches.stores.templates import TemplateStore
from fanfold.errors import Invalid
from fanfold.jobs.chunk_results import ChunkResults
from fanfold.jobs.identity import Caller
from fanfold.jobs.store import Jobs
from fanfold.jobs.usage_stats import UsageStats
from fanfold.limits.breaker import Breaker
from fanfold.limits.bucket import Bucket
from fanfold.limits.gate import Gate, Gates
from fanfold.limits.route import Route, rate_of
from fanfold.settings import Settings
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.errands import MemoryErrands
from tests.fakes.events import MemoryEvents
from tests.fakes.machine import Machine
from tests.fakes.prices import MemoryPrices
from tests.fakes.provider import MemoryProvider
from tests.fakes.queue import MemoryQueue
from tests.fakes.quotas import accounts
from tests.fakes.table import MemoryTable
from tests.fakes.workflow import MemoryWorkflow

ACME = Caller(tenant="acme", correlation_id="c-1", idempotency_key="k-1")


@dataclass
class FakeCloud:
    """Everything behind a `BatchBackend`, in memory. `now` moves only when it is told to."""

    table: MemoryTable = field(default_factory=MemoryTable)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    starts: MemoryErrands = field(default_factory=MemoryErrands)
    removals: MemoryErrands = field(default_factory=MemoryErrands)
    exports: MemoryErrands = field(default_factory=MemoryErrands)
    work: dict[Priority, MemoryQueue] = field(default_factory=lambda: {each: MemoryQueue() for each in Priority})
    workflow: MemoryWorkflow = field(default_factory=MemoryWorkflow)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    provider: MemoryProvider = field(default_factory=MemoryProvider)
    plugins: dict[str, Any] = field(default_factory=dict)
    """Further providers, by name."""
    prices: MemoryPrices = field(default_factory=MemoryPrices)
    settings: Settings = field(default_factory=lambda: Settings(chunk_requests=3))
    now: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)
    through: Callable[[Any], Any] = lambda port: port
    """What every port is reached through."""

    @property
    def backend(self) -> BatchBackend:
        table = self.through(self.table)
        shared = accounts(table, self.blobs, lambda: self.now)
        return BatchBackend(
            tenants=shared.tenants,
            jobs=Jobs(table, BatchJob, KIND),
            chunks=ChunkResults(table),
            shards=Shards(table),
            submit_locks=SubmitLocks(table, lambda: self.now, self.settings.provider_timeout_seconds),
            claims=Claims(table),
            dead_letters=DeadLetters(table),
            cache=Cache(table, self.through(self.blobs), lambda: self.now),
            templates=TemplateStore(table),
            gate=Gates(lambda route: self._gate(route, table)),
            budgets=shared.budgets,
            quotas=shared.quotas,
            usage_stats=UsageStats(table),
            prices=self.prices,
            blobs=self.through(self.blobs),
            starts=self.through(self.starts),
            removals=self.through(self.removals),
            exports=self.through(self.exports),
            work=lambda priority: self.through(self.work[priority]),
            workflow=self.through(self.workflow),
            events=self.through(self.events),
            provider=self._provider,
            clock=lambda: self.now,
            settings=self.settings,
            rules=rules,
        )

    @property
    def machine(self) -> Machine:
        """The state machine, its queue and its schedules."""
        return Machine(self)

    def configure(self, **settings: Any) -> None:
        """Change settings."""
        self.settings = self.settings.model_copy(update=settings)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def create(self, requests: list[Any], caller: Caller = ACME, **options: Any) -> BatchJob:
        """A batch of these requests."""
        return create_batch(CreateBatch.model_validate({"requests": requests, **options}), caller, self.backend)

    def upload(self, text: str, file: str = "input.jsonl", caller: Caller = ACME, **options: Any) -> BatchJob:
        """A batch of an uploaded file of this text."""
        self.blobs.put(f"uploads/acme/{file}", text.encode())
        return create_batch(CreateBatch.model_validate({"upload": file, **options}), caller, self.backend)

    def draft(self, caller: Caller = ACME) -> BatchJob:
        """A draft without requests."""
        return create_batch(CreateBatch(draft=True), caller, self.backend)

    def run(self, job: BatchJob) -> BatchJob:
        """One execution of the job, from planning to the end; what ends it early is raised."""
        return self.machine.run(job)

    def results(self, job: BatchJob) -> list[dict[str, Any]]:
        """The merged results."""
        return [json.loads(line) for line in self.blobs.get(job.ref.folder + "results.jsonl").splitlines()]

    def _gate(self, route: Route, table: Any) -> Gate:
        def clock() -> datetime:
            return self.now

        bucket = Bucket(table, clock, lambda route: rate_of(route, self.settings.rate_limits))
        breaker = Breaker(table, clock, self.settings.probe_seconds)
        return Gate(route, bucket, breaker, clock, min(self.settings.in_flight, self.settings.flush_requests))

    def _provider(self, name: str, tenant: str = "") -> Any:
        if name in self.plugins:
            return self.plugins[name]
        if name not in ("openai", "echo"):
            raise Invalid(f"there is no provider {name!r}", field="provider")
        return self.through(self.provider)
