"""Actuals: what came, against what was forecast; and both kinds of news kept for the next edition."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel

from fanfold.clock import stamp
from fanfold.errors import Conflict, Invalid, KeyReused, NotFound
from fanfold.forecasting import SeriesForecast, check
from fanfold.forecasting.panel import Floats
from fanfold.forecasts.backend import Backend
from fanfold.forecasts.editions import shown
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.observations import MOST_OBSERVATIONS, Observation, PostObservations, day_of
from fanfold.forecasts.results import result
from fanfold.jobs.identity import Caller, job_id
from fanfold.jobs.job import JobRef, State

MOST_SERIES = 500
"""Series that actuals are compared for in one call: each takes three small reads."""
WIDTH = 16


class Noted(BaseModel):
    """The answer to observations: how many are kept for the next edition by now."""

    observations: int
    kept: int


class Accuracy(BaseModel):
    """One series' forecast against what came. Errors are in the series' unit; `bias` is relative to the forecast."""

    series: str
    compared: int
    mean_absolute_error: float | None
    bias: float | None
    outside: int
    """Actuals outside of their interval."""
    refit: bool


class Report(BaseModel):
    """The answer to actuals."""

    compared: int
    mean_absolute_percentage_error: float | None
    """Of all series together: absolute errors over actuals, summed (WAPE)."""
    outside_share: float | None
    refit: list[str]
    """Series whose actuals would be unlikely if the forecast still held."""
    unknown: list[str]
    """Names that the forecast does not have, and series without a step for their dates."""
    series: list[Accuracy]


class Compared(NamedTuple):
    """A series' accuracy, and the sums that it adds to the portfolio's."""

    accuracy: Accuracy
    absolute: float
    actual: float


def observe(job: str, post: PostObservations, caller: Caller, backend: Backend) -> Noted:
    """Keep the observations for the next edition; a post twice under one idempotency key is there once.

    Raises NotFound, and Conflict for more than are kept, KeyReused for other observations under the same key.
    """
    found = backend.jobs.get(JobRef(tenant=caller.tenant, job=job))
    first = JobRef(tenant=caller.tenant, job=found.edition_of or job)
    count, observed = len(post.observations), backend.jobs.get(first).observed
    if observed + count > MOST_OBSERVATIONS:
        raise Conflict(f"forecast {first.job} has {observed:,} observations: submit the portfolio anew", field="id")
    lines = b"".join(each.model_dump_json().encode() + b"\n" for each in post.observations)
    name, content = job_id("observations", caller.idempotency_key), blake2b(lines, digest_size=8).hexdigest()
    key = f"{first.folder}observations/{name}-{content}.jsonl"
    backend.blobs.put(key, lines)
    if not backend.posts.add(first, name, key, count, stamp(backend.clock())):
        _check_same(first, name, key, backend)
    return Noted(observations=count, kept=backend.jobs.get(first).observed)


def _check_same(first: JobRef, name: str, key: str, backend: Backend) -> None:
    """A post that is there already must have been this one. Raises KeyReused, NotFound if the forecast is gone."""
    before = backend.posts.get(first, name)
    if before is None:
        raise NotFound(f"there is no forecast {first.job!r}", field="id")
    if before != key:
        raise KeyReused("this Idempotency-Key was used with other observations", field="Idempotency-Key")


def compare(id: str, post: PostObservations, caller: Caller, backend: Backend) -> Report:
    """How the forecast that is shown has fared; the actuals are observations, too. Raises Conflict, Invalid."""
    job = shown(JobRef(tenant=caller.tenant, job=id), backend)
    if job.state not in (State.COMPLETED, State.CANCELLED):
        raise Conflict(f"forecast {job.id} is {job.state}: there is nothing to compare with yet", field="id")
    came: dict[str, list[Observation]] = {}
    for each in post.observations:
        came.setdefault(each.series, []).append(each)
    if len(came) > MOST_SERIES:
        raise Invalid(f"actuals of {len(came):,} series: post {MOST_SERIES} at a time", field="observations")
    with ThreadPoolExecutor(WIDTH) as pool:
        found = dict(zip(came, pool.map(lambda name: _compared(job, name, came[name], backend), came), strict=True))
    observe(id, post, caller, backend)
    return _report(found)


def _report(found: dict[str, Compared | None]) -> Report:
    known = [each for each in found.values() if each and each.accuracy.compared]
    compared = sum(each.accuracy.compared for each in known)
    actual = sum(each.actual for each in known)
    return Report(
        compared=compared,
        mean_absolute_percentage_error=sum(each.absolute for each in known) / actual if actual else None,
        outside_share=sum(each.accuracy.outside for each in known) / compared if compared else None,
        refit=[each.accuracy.series for each in known if each.accuracy.refit],
        unknown=[name for name, each in found.items() if each is None or not each.accuracy.compared],
        series=[each.accuracy for each in known],
    )


def _compared(job: ForecastJob, name: str, came: list[Observation], backend: Backend) -> Compared | None:
    try:
        forecast = result(job, name, backend)
    except NotFound:
        return None
    actual = _by_step(forecast, came)
    known = np.isfinite(actual)
    drift = check(forecast, list(actual), min(forecast.intervals)) if forecast.intervals else None
    errors = np.abs(actual - forecast.mean)[known]
    accuracy = Accuracy(
        series=name,
        compared=int(known.sum()),
        mean_absolute_error=float(errors.mean()) if len(errors) else None,
        bias=drift.bias if drift else None,
        outside=drift.outside if drift else 0,
        refit=drift.refit if drift else False,
    )
    return Compared(accuracy, float(errors.sum()), float(np.abs(actual[known]).sum()))


def _by_step(forecast: SeriesForecast, came: list[Observation]) -> Floats:
    """(h,) what came for each step; NaN where nothing did. Without dates their order counts."""
    actual = np.full(len(forecast.mean), np.nan)
    steps = {day_of(date): step for step, date in enumerate(forecast.dates)}
    for step, each in _placed(came, steps):
        if step < len(actual) and each.value is not None:
            actual[step] = each.value
    return actual


def _placed(came: list[Observation], steps: dict[str | int, int]) -> Iterator[tuple[int, Observation]]:
    undated = [each for each in came if each.date is None]
    yield from enumerate(undated)
    yield from (
        (steps[day_of(each.date)], each) for each in came if each.date is not None and day_of(each.date) in steps
    )
