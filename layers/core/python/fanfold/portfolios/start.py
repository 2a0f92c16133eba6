"""Start: the execution of a job's run, once."""

from fanfold.jobs.asking import begin
from fanfold.portfolios.backend import Backend
from fanfold.portfolios.job import ForecastJob


def start(job: ForecastJob, backend: Backend) -> None:
    """Start the execution of this run of the job; a second start under its name does nothing."""
    backend.workflow.start(job.execution_name, begin(job))
