"""Merge: a portfolio's series together with what was observed since."""

from collections.abc import Iterable, Iterator

from fanfold.forecasts import Series
from fanfold.jobs.job import JobRef
from fanfold.portfolios.backend import Backend
from fanfold.portfolios.job import ForecastJob
from fanfold.portfolios.observations import Observation, begun, extended

LONGEST_LINE = 4096


def merged(job: ForecastJob, series: Iterable[Series], backend: Backend) -> Iterator[Series]:
    """The series, those with observations extended, and behind them series that are new."""
    news = _observed(job, backend)
    for one in series:
        yield extended(one, news.pop(one.name)) if one.name in news else one
    for name, found in news.items():
        yield begun(name, found)


def _observed(job: ForecastJob, backend: Backend) -> dict[str, list[Observation]]:
    ref = JobRef(tenant=job.tenant, job=job.edition_of or job.id)
    found: dict[str, list[Observation]] = {}
    for key in backend.posts.keys(ref):
        for line in backend.blobs.lines(key, LONGEST_LINE):
            each = Observation.model_validate_json(line)
            found.setdefault(each.series, []).append(each)
    return found
