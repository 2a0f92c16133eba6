"""Schedules on fakes, with the services that have work for them, all on one table."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fanfold.batches.scheduled import BatchWork
from fanfold.forecasts.scheduled import ForecastWork, RetrainWork
from fanfold.jobs.identity import Caller
from fanfold.jobs.store import states_in
from fanfold.schedules import commands
from fanfold.schedules.backend import ScheduleBackend
from fanfold.schedules.model import Schedule, ScheduleRun
from fanfold.schedules.run import StartSchedule, run
from tests.fakes.cloud import ACME, FakeCloud
from tests.fakes.forecasts import FakePortfolios


@dataclass
class FakeScheduling:
    """Everything behind a `ScheduleBackend`. Time moves only when it is told to."""

    portfolios: FakePortfolios = field(default_factory=FakePortfolios)

    def __post_init__(self) -> None:
        shared = self.portfolios
        self.batches = FakeCloud(table=shared.table, blobs=shared.blobs, events=shared.events, now=shared.now)

    @property
    def now(self) -> datetime:
        return self.portfolios.now

    @property
    def backend(self) -> ScheduleBackend:
        portfolios = self.portfolios.backend
        return ScheduleBackend(
            tenants=portfolios.tenants,
            store=portfolios.schedule_store,
            job_states=states_in(self.portfolios.table),
            scheduler=self.portfolios.schedules,
            works={
                "batch": lambda: BatchWork(self.batches.backend),
                "forecast": lambda: ForecastWork(self.portfolios.backend),
                "retrain": lambda: RetrainWork(self.portfolios.backend),
            },
            blobs=self.portfolios.blobs,
            events=self.portfolios.events,
            clock=lambda: self.now,
        )

    def create(self, caller: Caller = ACME, **body: Any) -> Schedule:
        """A schedule of that body."""
        return commands.create(commands.CreateSchedule.model_validate(body), caller, self.backend)

    def wait_until(self, moment: datetime) -> None:
        """Let time pass."""
        self.portfolios.now = self.batches.now = moment

    def next_run(self, schedule: Schedule) -> datetime:
        return schedule.due.next_runs(self.now, 1)[0]

    def run_next(self, schedule: Schedule, tries: int = 1) -> ScheduleRun | None:
        """Let time pass until the schedule is due, and have Scheduler start it, once or more."""
        at = self.next_run(schedule)
        self.wait_until(at + timedelta(seconds=20))
        outcome = None
        for _ in range(tries):
            given = self.portfolios.schedules.due(schedule.id, at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
            outcome = run(StartSchedule.model_validate(given), self.backend)
        return outcome

    def put(self, name: str, body: bytes) -> None:
        """A file in the inbox that schedules take files from."""
        self.portfolios.blobs.put(f"inbox/acme/schedules/{name}", body)
