"""What is done to a forecast beside what all jobs know: fitted again, or started again before it was a job."""

from typing import Any

from pydantic import RootModel

from fanfold.errors import Conflict, NotFound
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.execution import ForecastExecution
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.remaining import series_left
from fanfold.jobs import life_cycle
from fanfold.jobs.halt import halt, is_final
from fanfold.jobs.job import JobRef, State
from fanfold.ports import Ended
from fanfold.quotas.guard import Unit


class ExecutionInput(RootModel[dict[str, Any]]):
    """An execution's input, whatever it is."""


def retry(ref: JobRef, backend: ForecastBackend) -> ForecastJob:
    """Fit again what failed or was not fitted, and only that.

    Raises Conflict if there is nothing, QuotaExceeded for more series than the day has left.
    """

    def check(job: ForecastJob) -> None:
        if job.state is State.COMPLETED and not job.counts.failed:
            raise Conflict(f"nothing in forecast {job.id} has failed", field="id")
        backend.quotas.check_day(job.tenant, Unit.SERIES, series_left(job, backend))

    return life_cycle.retry(ref, backend, check, started_at=None)


def halt_execution(execution: ForecastExecution, ended: Ended, backend: ForecastBackend) -> None:
    """`halt` the execution's job; one that died before it could make its job is started once more, as it was.

    Raises Refused for an execution that is nobody's job.
    """
    try:
        halt(execution.ref, execution.id, ended, backend)
    except NotFound:
        if "job" in execution.input or is_final(ended):
            raise
        backend.workflow.start(f"{execution.ref.job}-0", ExecutionInput(execution.input))
