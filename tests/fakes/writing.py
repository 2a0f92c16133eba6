"""The whole writing service on fakes, and what runs its state machine."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fanfold.errors import Invalid, Retryable
from fanfold.jobs.identity import Caller
from fanfold.jobs.store import Jobs
from fanfold.jobs.usage_stats import UsageStats
from fanfold.ports import Ended
from fanfold.settings import Settings
from fanfold.writing import formats, rules
from fanfold.writing.backend import WritingBackend
from fanfold.writing.checkpoints import Checkpoints
from fanfold.writing.create import Generate, Train, generate, train
from fanfold.writing.documents import Documents
from fanfold.writing.job import KIND, WritingJob
from fanfold.writing.leases import Leases, WritingLimits
from fanfold.writing.reading import read_pdf
from fanfold.writing.run_guard import RunStep
from fanfold.writing.session import Session, SessionOptions
from fanfold.writing.session_commands import create_session
from fanfold.writing.sessions import Sessions
from fanfold.writing.steps import run
from fanfold.writing.sweep import sweep
from fanfold.writing.train import run_training
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.crash import Crash
from tests.fakes.events import MemoryEvents
from tests.fakes.quotas import accounts
from tests.fakes.state_machine import StateMachine, failure
from tests.fakes.table import MemoryTable
from tests.fakes.workflow import MemoryWorkflow
from tests.fakes.writer import MemoryWriter

TEXT = "# How we write\n\nShort sentences. Plain words. " + "The harbour wakes before the town does. " * 20
RETRIES = 4


@dataclass
class Studio:
    """Everything behind a `WritingBackend`, in memory. `now` moves only when it is told to."""

    table: MemoryTable = field(default_factory=MemoryTable)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    workflow: MemoryWorkflow = field(default_factory=MemoryWorkflow)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    writer: MemoryWriter = field(default_factory=MemoryWriter)
    plain: MemoryWriter = field(default_factory=lambda: MemoryWriter(files=False))
    """A provider that keeps no files."""
    settings: Settings = field(default_factory=Settings)
    now: datetime = datetime(2026, 11, 26, 12, tzinfo=UTC)
    through: Callable[[Any], Any] = lambda port: port
    """What every port is reached through."""
    fragile: bool = False
    """Whether a crash takes its execution down."""
    begun: list[str] = field(default_factory=list)
    """Executions in the order of their first step."""
    forms: tuple[str, ...] = ("markdown", "html")
    """The others take their time."""
    _keys: int = 0

    @property
    def backend(self) -> WritingBackend:
        table, writer, plain = self.through(self.table), self.through(self.writer), self.through(self.plain)
        limits = WritingLimits(
            self.settings.writing_jobs, self.settings.writing_jobs_per_tenant, self.settings.lease_seconds
        )

        def clock() -> datetime:
            return self.now

        def provider(name: str, tenant: str = "") -> Any:
            if name not in ("anthropic", "plain"):
                raise Invalid(f"there is no provider {name!r}", field="provider")
            return writer if name == "anthropic" else plain

        shared = accounts(table, self.blobs, clock)
        return WritingBackend(
            table=table,
            tenants=shared.tenants,
            sessions=Sessions(table, clock, self.settings.session_idle_days),
            documents=Documents(table),
            jobs=Jobs(table, WritingJob, KIND),
            sections=Checkpoints(table),
            leases=Leases(table, clock, limits, lambda tenant: shared.tenants.quotas(tenant).concurrency),
            budgets=shared.budgets,
            quotas=shared.quotas,
            usage_stats=UsageStats(table),
            blobs=self.through(self.blobs),
            workflow=self.through(self.workflow),
            events=self.through(self.events),
            provider=provider,
            answer=lambda question: provider(question.provider).__call__(question),
            price=lambda provider, model, outcome: outcome.usage.output_tokens * 10,
            read_pdf=read_pdf,
            forms={name: formats.renderer(name) for name in self.forms},
            clock=clock,
            settings=self.settings,
            rules=rules,
        )

    def configure(self, **settings: Any) -> None:
        """Change settings."""
        self.settings = self.settings.model_copy(update=settings)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def caller(self, tenant: str = "acme", key: str | None = None) -> Caller:
        """Somebody who asks, with a key of their own each time, a millisecond later."""
        self._keys += 1
        self.wait(0.001)
        return Caller(tenant=tenant, correlation_id="c", idempotency_key=key or f"k-{self._keys}")

    def open(self, tenant: str = "acme", **options: Any) -> Session:
        """A new session."""
        return create_session(SessionOptions(**options), self.caller(tenant), self.backend)

    def train(self, session: Session, text: str = TEXT, **more: Any) -> WritingJob:
        """A job that trains on a text."""
        return train(session.ref, Train(text=text, **more), self.caller(session.tenant), self.backend)

    def upload(self, session: Session, body: bytes, name: str = "style.pdf") -> str:
        """A file sent with a form of the session."""
        upload = f"{'a' * 32}/{name}"
        self.blobs.put(session.ref.uploads(session.epoch) + upload, body)
        return upload

    def trained(self, tenant: str = "acme", **options: Any) -> Session:
        """A session that has learnt from a text."""
        session = self.open(tenant, **options)
        self.train(session)
        self.run()
        return self.backend.sessions.get(session.ref)

    def generate(self, session: Session, words: int = 600, key: str | None = None, **more: Any) -> WritingJob:
        """A job that writes."""
        body = Generate.model_validate({"topic": "The harbour", "words": words, **more})
        return generate(session.ref, body, self.caller(session.tenant, key), self.backend)

    def job(self, job: WritingJob) -> WritingJob:
        """The job as it is now."""
        return Jobs(self.table, WritingJob, KIND).get(job.ref)

    def text(self, job: WritingJob) -> str:
        """What it wrote."""
        return self.blobs.get(job.ref.folder + "text.md").decode()

    def run(self) -> None:
        """Run every execution that was started, and those that they start, to the end."""
        while waiting := [name for name in self.workflow.started if self.workflow.arn(name) not in self.workflow.ends]:
            for name in waiting:
                self.execute(name)

    def settle(self, rounds: int = 40) -> None:
        """Run and sweep until nothing is open."""
        for _ in range(rounds):
            self.run()
            if not self.unfinished():
                return
            self.wait(self.settings.accept_grace_seconds + 1)
            self.alone(lambda: sweep(self.backend))
        raise AssertionError(f"still open: {self.unfinished()}")

    def unfinished(self) -> list[str]:
        """What something still has to happen to: jobs, removals, leases, tickets."""
        kept = [str(item.get("open", "")) for item in self.table.items.values()]
        leases = self.table.items.get(("WRITING", "LEASES"), {}).get("leases", [])  # type: ignore[call-overload]
        tickets = [key.sk for key in self.table.items if key.pk == "WRITING" and key.sk.startswith("W#")]
        open = [each for each in kept if each and not each.startswith("expiry#")]
        return open + [f"lease {lease['job']}" for lease in leases] + tickets

    def execute(self, name: str) -> None:
        """One execution of `statemachine/writing.asl.yaml`."""
        self.begun.append(name)
        ended: Ended | None = None
        try:
            self._states.run(self.workflow.arn(name), json.loads(self.workflow.started[name]))
        except (Exception, Crash) as error:
            told = failure(error)
            ended = Ended("FAILED", told["Error"], told["Cause"])
        self.workflow.ends.setdefault(self.workflow.arn(name), ended)

    @property
    def _states(self) -> StateMachine:
        functions = {
            "TrainFunction": lambda event: run_training(RunStep.model_validate(event), self.backend) and {},
            "WriteFunction": lambda event: run(event, self.backend, lambda name, error: None),
        }
        return StateMachine("writing", functions, self.wait, fragile=self.fragile)

    def step(self, event: dict[str, Any]) -> dict[str, Any]:
        """One step alone, tried again as the state machine does."""
        for _ in range(RETRIES):
            try:
                return run(event, self.backend, lambda name, error: None)
            except (Retryable, Crash) as error:
                last: BaseException = error
        raise last

    def alone(self, call: Callable[[], Any]) -> Any:
        """A call that somebody makes again, or nobody."""
        try:
            return call()
        except (Crash, Exception):
            return None
