"""The whole batch service on fakes, and a stand-in for the state machine that drives it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fanfold.accounts.tenants import Tenants
from fanfold.batches.admit import Execution
from fanfold.batches.backend import Backend
from fanfold.batches.collect import CollectShard, collect
from fanfold.batches.finish import finish
from fanfold.batches.job import KIND, BatchJob
from fanfold.batches.plan import plan
from fanfold.batches.poll import poll
from fanfold.batches.shards import Shards
from fanfold.batches.submit import SubmitShard, submit
from fanfold.errors import Invalid
from fanfold.jobs.chunks import Chunks
from fanfold.jobs.job import JobRef
from fanfold.jobs.store import Jobs
from fanfold.settings import Settings
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.provider import MemoryProvider
from tests.fakes.queue import MemoryQueue
from tests.fakes.table import MemoryTable
from tests.fakes.workflow import MemoryWorkflow


@dataclass
class FakeCloud:
    """Everything behind a `Backend`, in memory. `now` moves only when it is told to."""

    table: MemoryTable = field(default_factory=MemoryTable)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    starts: MemoryQueue = field(default_factory=MemoryQueue)
    workflow: MemoryWorkflow = field(default_factory=MemoryWorkflow)
    provider: MemoryProvider = field(default_factory=MemoryProvider)
    settings: Settings = field(default_factory=lambda: Settings(chunk_requests=3))
    now: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)

    @property
    def backend(self) -> Backend:
        return Backend(
            tenants=Tenants(self.table, lambda: self.now),
            jobs=Jobs(self.table, BatchJob, KIND),
            chunks=Chunks(self.table),
            shards=Shards(self.table),
            blobs=self.blobs,
            starts=self.starts,
            workflow=self.workflow,
            provider=self._provider,
            clock=lambda: self.now,
            settings=self.settings,
        )

    def configure(self, **settings: int) -> None:
        """Change settings."""
        self.settings = self.settings.model_copy(update=settings)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def run(self, job: BatchJob) -> BatchJob:
        """One execution of the state machine, from planning to the end."""
        execution = f"arn:execution:{job.execution_name}"
        planned = plan(
            Execution(
                id=execution,
                input={"tenant": job.tenant, "job": job.id, "run": job.run, "correlation_id": job.correlation_id},
            ),
            self.backend,
        )
        ref = JobRef(tenant=planned.tenant, job=planned.job)
        for shard in planned.shards:
            token = f"{execution}/{shard}"
            self.workflow.waiting.add(token)
            submit(SubmitShard(tenant=ref.tenant, job=ref.job, shard=shard, token=token), self.backend)
            self.provider.ended.update(self.provider.batches)
            poll(self.backend, self._raise)
            collect(CollectShard(tenant=ref.tenant, job=ref.job, shard=shard), self.backend)
        return finish(ref, self.backend)

    def _provider(self, name: str) -> MemoryProvider:
        if name not in ("openai", "echo"):
            raise Invalid(f"there is no provider {name!r}", field="provider")
        return self.provider

    @staticmethod
    def _raise(_: object, error: Exception) -> None:
        raise error
