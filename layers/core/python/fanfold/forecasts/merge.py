"""Merge: a portfolio's series together with what was observed since."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting import Series
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.observations import Observation, begun, extended
from fanfold.jobs.job import JobRef

LONGEST_LINE = 4096


def merged(job: ForecastJob, series: Iterable[Series | Flaw], backend: ForecastBackend) -> Iterator[Series | Flaw]:
    """The series, those with observations extended, and behind them series that are new.

    The first edition is the portfolio as it was handed in: later ones start from it, and from all that was observed.
    """
    news = _observed(job, backend) if job.edition_of else {}
    frequency = job.config.frequency
    for one in series:
        if isinstance(one, Flaw) or one.name not in news:
            yield one
        else:
            yield _or_flaw(extended, one, news.pop(one.name), frequency)
    for name, found in news.items():
        yield _or_flaw(begun, name, found, frequency)


def _or_flaw(make: Callable[..., Series], *given: Any) -> Series | Flaw:
    try:
        return make(*given)
    except Invalid as invalid:
        return invalid.flaws[0]


def _observed(job: ForecastJob, backend: ForecastBackend) -> dict[str, list[Observation]]:
    ref = JobRef(tenant=job.tenant, job=job.edition_of or job.id)
    found: dict[str, list[Observation]] = {}
    for key in backend.posts.keys(ref):
        for line in backend.blobs.lines(key, LONGEST_LINE):
            each = Observation.model_validate_json(line)
            found.setdefault(each.series, []).append(each)
    return found
