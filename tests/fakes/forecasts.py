"""The whole forecast service on fakes, with the state machine `forecast` one step at a time."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fanfold.errors import FanfoldError
from fanfold.forecasts import rules
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.create import create_forecast
from fanfold.forecasts.execution import CreateForecast, ForecastExecution
from fanfold.forecasts.fit import FitChunk, FittedChunk, fit_chunk
from fanfold.forecasts.gather import gather
from fanfold.forecasts.job import KIND, ForecastJob
from fanfold.forecasts.narrowing import Narrowings
from fanfold.forecasts.observation_store import Posts
from fanfold.forecasts.plan import PlannedForecast, plan
from fanfold.forecasts.reading import read_file
from fanfold.forecasts.results import record, records
from fanfold.jobs.chunk_results import ChunkResults
from fanfold.jobs.halt import halt
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import JobRef
from fanfold.jobs.store import Jobs
from fanfold.jobs.usage_stats import UsageStats
from fanfold.ports import Ended
from fanfold.schedules.store import ScheduleStore
from fanfold.settings import Settings
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.events import MemoryEvents
from tests.fakes.quotas import accounts
from tests.fakes.schedules import MemoryScheduler
from tests.fakes.table import MemoryTable
from tests.fakes.workflow import MemoryWorkflow

ACME = Caller(tenant="acme", correlation_id="c-1", idempotency_key="k-1")
CHEAP = {"models_to_try": 2, "horizon": 3}
"""A configuration that fits in a moment."""


@dataclass
class FakePortfolios:
    """Everything behind a `ForecastBackend`, in memory. `now` moves only when it is told to."""

    table: MemoryTable = field(default_factory=MemoryTable)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    workflow: MemoryWorkflow = field(default_factory=MemoryWorkflow)
    schedules: MemoryScheduler = field(default_factory=MemoryScheduler)
    events: MemoryEvents = field(default_factory=MemoryEvents)
    settings: Settings = field(default_factory=lambda: Settings(chunk_series=4))
    now: datetime = datetime(2026, 11, 26, 12, tzinfo=UTC)
    fitted: list[FittedChunk] = field(default_factory=list)
    read: Callable[..., Any] = read_file
    through: Callable[[Any], Any] = lambda port: port
    """What every port is reached through."""

    def __post_init__(self) -> None:
        self.calm.tenants.create("acme")

    @property
    def backend(self) -> ForecastBackend:
        return self._made(self.through)

    @property
    def calm(self) -> ForecastBackend:
        """The same, reached by nobody's death."""
        return self._made(lambda port: port)

    def _made(self, through: Callable[[Any], Any]) -> ForecastBackend:
        table = through(self.table)
        shared = accounts(table, self.blobs, lambda: self.now)
        return ForecastBackend(
            tenants=shared.tenants,
            budgets=shared.budgets,
            usage_stats=UsageStats(table),
            quotas=shared.quotas,
            jobs=Jobs(table, ForecastJob, KIND),
            chunks=ChunkResults(table),
            posts=Posts(table),
            narrowings=Narrowings(table),
            blobs=through(self.blobs),
            workflow=through(self.workflow),
            schedules=lambda: through(self.schedules),
            schedule_store=ScheduleStore(table),
            events=through(self.events),
            read=self.read,
            clock=lambda: self.now,
            settings=self.settings,
            rules=rules,
        )

    def create(self, series: Iterable[Any], caller: Caller = ACME, **config: Any) -> ForecastJob:
        """A forecast of these series."""
        given = series if isinstance(series, dict) else list(series)
        body = {"series": given, **CHEAP, **config}
        return create_forecast(CreateForecast.model_validate(body), caller, self.backend)

    def create_from(self, upload: str, caller: Caller = ACME, **config: Any) -> ForecastJob:
        """A forecast of what was uploaded."""
        return create_forecast(
            CreateForecast.model_validate({"upload": upload, **CHEAP, **config}), caller, self.backend
        )

    def upload(self, body: bytes, name: str = "portfolio.csv") -> str:
        """A file sent with the form of `POST /v1/uploads`."""
        self.blobs.put(f"uploads/acme/x/{name}", body)
        return f"x/{name}"

    def run(self, job: ForecastJob) -> ForecastJob:
        """The execution of the job's run, from planning to the end; what ends it early is raised."""
        name = job.execution_name
        return self.execute(self.workflow.arn(name), json.loads(self.workflow.started[name]))

    def execute(self, id: str, given: dict[str, Any]) -> ForecastJob:
        """An execution with that input."""
        planned = self.plan(id, given)
        for line in self.manifest(planned):
            self.fit(line)
        return gather(JobRef(tenant=planned.tenant, job=planned.job), self.backend)

    def finish(self, job: ForecastJob, rest: Iterable[FitChunk]) -> ForecastJob:
        """The rest of the fan-out, and what comes behind it."""
        for line in rest:
            self.fit(line)
        return gather(job.ref, self.backend)

    def plan(self, id: str, given: dict[str, Any]) -> PlannedForecast:
        """The execution's first step."""
        return plan(ForecastExecution(id=id, input=given), self.backend)

    def manifest(self, planned: PlannedForecast) -> list[FitChunk]:
        """What the fan-out goes over."""
        return [FitChunk.model_validate_json(line) for line in self.blobs.get(planned.manifest).splitlines()]

    def manifest_of(self, job: ForecastJob) -> list[FitChunk]:
        """The same of a job that is planned."""
        return [
            FitChunk.model_validate_json(line)
            for line in self.blobs.get(f"{job.ref.folder}manifest.jsonl").splitlines()
        ]

    def fit(self, line: FitChunk) -> FittedChunk:
        """One child of the fan-out."""
        self.fitted.append(fit_chunk(line, self.backend))
        return self.fitted[-1]

    def fail(self, job: ForecastJob, error: FanfoldError) -> ForecastJob:
        """What Step Functions tells of an execution that ended with that error."""
        ended = Ended("FAILED", type(error).__name__, json.dumps({"errorMessage": str(error)}))
        return halt(job.ref, self.workflow.arn(job.execution_name), ended, self.backend)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def all_records(self, job: ForecastJob) -> list[dict[str, Any]]:
        """What every series came to, as it is kept."""
        return [record for _, _, record in records(self.backend.chunks.all(job.ref), self.backend)]

    def record_by_name(self, job: ForecastJob) -> dict[str, dict[str, Any]]:
        """The same by series."""
        return {each["name"]: each for each in self.all_records(job)}

    def record(self, job: ForecastJob, name: str) -> dict[str, Any]:
        """One series', by way of the index."""
        return record(job, name, self.backend)

    def records(self, job: ForecastJob) -> dict[str, dict[str, Any]]:
        """The job's results by series."""
        export = self.blobs.objects[f"{job.ref.folder}exports/{job.round}/json.json"]
        found: dict[str, dict[str, Any]] = json.loads(export)
        return found

    def history(self, job: ForecastJob, name: str) -> list[float | None]:
        """The values of a series as they were read."""
        lines = self.blobs.objects[job.ref.chunk_key(0)].splitlines()
        return next(one["values"] for one in map(json.loads, lines) if one["name"] == name)


def monthly(name: str, months: int = 36, level: float = 100.0, **more: Any) -> dict[str, Any]:
    """A series with a trend and a season."""
    values = [level + month + 10 * ((month % 12) - 5.5) for month in range(months)]
    dates = [f"{2020 + month // 12}-{month % 12 + 1:02d}-01" for month in range(months)]
    return {"name": name, "values": values, "dates": dates, **more}
