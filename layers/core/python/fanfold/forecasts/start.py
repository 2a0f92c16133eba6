"""Start: the execution of a job's run, once."""

from fanfold.forecasts.backend import Backend
from fanfold.forecasts.job import ForecastJob
from fanfold.jobs.identity import begin


def start(job: ForecastJob, backend: Backend) -> None:
    """Start the execution of this run of the job; a second start under its name does nothing."""
    backend.workflow.start(job.execution_name, begin(job))
