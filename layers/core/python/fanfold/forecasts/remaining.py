"""What of a forecast is still to be done; without the engine, for functions that have no NumPy."""

from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.job import ForecastJob


def series_left(job: ForecastJob, backend: ForecastBackend) -> int:
    """Series of a planned job that have no forecast."""
    return job.total - backend.jobs.counts(job.ref).succeeded
