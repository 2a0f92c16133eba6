"""Actuals: what came, against what was forecast; they are kept for the next edition."""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel

from fanfold.errors import Conflict, Invalid, NotFound
from fanfold.forecasting import SeriesForecast, check
from fanfold.forecasting.drift import Drift
from fanfold.forecasting.panel import Floats
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.editions import shown
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.observations import Observation, Periods, PostObservations, day_of
from fanfold.forecasts.observing import check_names, observe
from fanfold.forecasts.results import result
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import JobRef, State

MOST_COMPARED = 20_000
"""Actuals in one call: each takes some 180 bytes of the answer."""
MOST_SERIES = 500
"""Series that actuals are compared for in one call: each takes three small reads."""
WIDTH = 16


class ComparedStep(BaseModel):
    """One actual against its forecast, in the series' unit; `error` is actual less forecast."""

    date: str | int | None
    step: int
    forecast: float
    actual: float
    error: float
    low: float | None
    high: float | None
    outside: bool | None
    """Of the interval; None where there is none."""


class Accuracy(BaseModel):
    """One series' forecast against what came. Errors are in the series' unit; `bias` is relative to the forecast."""

    series: str
    compared: int
    mean_absolute_error: float | None
    bias: float | None
    outside: int
    """Actuals outside of their interval of the report's level."""
    refit: bool
    why: str
    """What speaks for that."""
    steps: list[ComparedStep]


class ComparisonView(BaseModel):
    """The answer to actuals."""

    compared: int
    mean_absolute_percentage_error: float | None
    """Of all series together: absolute errors over actuals, summed (WAPE)."""
    level: int | None
    """Of the interval that actuals are outside of, in percent: the widest of the forecast."""
    outside_share: float | None
    refit: list[str]
    """Series whose actuals would be unlikely if the forecast still held."""
    unknown: list[str]
    """New series, and those without a step for their dates."""
    series: list[Accuracy]


class Compared(NamedTuple):
    """A series' accuracy, and the sums that it adds to the portfolio's."""

    accuracy: Accuracy
    absolute: float
    actual: float


def compare(id: str, post: PostObservations, caller: Caller, backend: ForecastBackend) -> ComparisonView:
    """How the forecast that is shown has fared; the actuals are observations, too.

    Raises Conflict, Invalid; names that the forecast does not have are refused as `observe` does.
    """
    job = shown(JobRef(tenant=caller.tenant, job=id), backend)
    if job.state not in (State.COMPLETED, State.CANCELLED):
        raise Conflict(f"forecast {job.id} is {job.state}: there is nothing to compare with yet", field="id")
    came: dict[str, list[Observation]] = {}
    for each in post.observations:
        came.setdefault(each.series, []).append(each)
    if len(came) > MOST_SERIES:
        raise Invalid(f"actuals of {len(came):,} series: post {MOST_SERIES} at a time", field="observations")
    if len(post.observations) > MOST_COMPARED:
        raise Invalid(f"{len(post.observations):,} actuals: post {MOST_COMPARED:,} at a time", field="observations")
    check_names(JobRef(tenant=caller.tenant, job=job.edition_of or job.id), post, backend)
    with ThreadPoolExecutor(WIDTH) as pool:
        found = dict(zip(came, pool.map(lambda name: _compared(job, name, came[name], backend), came), strict=True))
    observe(id, post, caller, backend)
    return _report(found, max(job.config.levels, default=None))


def _report(found: dict[str, Compared | None], level: int | None) -> ComparisonView:
    known = [each for each in found.values() if each and each.accuracy.compared]
    compared = sum(each.accuracy.compared for each in known)
    actual = sum(each.actual for each in known)
    return ComparisonView(
        compared=compared,
        mean_absolute_percentage_error=sum(each.absolute for each in known) / actual if actual else None,
        level=level,
        outside_share=sum(each.accuracy.outside for each in known) / compared if compared else None,
        refit=[each.accuracy.series for each in known if each.accuracy.refit],
        unknown=[name for name, each in found.items() if each is None or not each.accuracy.compared],
        series=[each.accuracy for each in known],
    )


def _compared(job: ForecastJob, name: str, came: list[Observation], backend: ForecastBackend) -> Compared | None:
    try:
        forecast = result(job, name, backend)
    except NotFound:
        return None
    actual = by_step(forecast, came)
    steps = [_step(forecast, step, float(actual[step])) for step in np.flatnonzero(np.isfinite(actual)).tolist()]
    drift = check(forecast, list(actual), min(forecast.intervals)) if forecast.intervals else None
    errors = [abs(each.error) for each in steps]
    accuracy = Accuracy(
        series=name,
        compared=len(steps),
        mean_absolute_error=sum(errors) / len(errors) if errors else None,
        bias=drift.bias if drift else None,
        outside=sum(bool(each.outside) for each in steps),
        refit=drift.refit if drift else False,
        why=_why(drift, forecast),
        steps=steps,
    )
    return Compared(accuracy, sum(errors), sum(abs(each.actual) for each in steps))


def _step(forecast: SeriesForecast, step: int, actual: float) -> ComparedStep:
    mean = float(forecast.mean[step])
    interval = forecast.intervals[max(forecast.intervals)] if forecast.intervals else None
    low, high = (None, None) if interval is None else (float(interval.low[step]), float(interval.high[step]))
    return ComparedStep(
        date=forecast.dates[step] if step < len(forecast.dates) else None,
        step=step + 1,
        forecast=mean,
        actual=actual,
        error=actual - mean,
        low=low,
        high=high,
        outside=None if low is None or high is None else not low <= actual <= high,
    )


def _why(drift: Drift | None, forecast: SeriesForecast) -> str:
    """What speaks for or against a refit."""
    if drift is None:
        return "the forecast has no interval to judge by"
    said = f"{drift.outside} of {drift.compared} outside of the {min(forecast.intervals)} % interval"
    percent = f"{100 * drift.chance:.1f}" if drift.chance >= 0.001 else "under 0.1"
    return f"{said}: by chance {'only ' if drift.refit else ''}in {percent} % of cases"


def by_step(forecast: SeriesForecast, came: list[Observation]) -> Floats:
    """(h,) what came for each step; NaN where nothing did. Without dates their order counts."""
    actual = np.full(len(forecast.mean), np.nan)
    steps = {day_of(date): step for step, date in enumerate(forecast.dates)}
    place = Periods(list(steps), forecast.frequency)
    dated = {each.date: each for each in came if each.date is not None}
    undated = [each for each in came if each.date is None]
    placed = [(steps.get(place.of(date), len(actual)), each) for date, each in dated.items()]
    for step, each in (*enumerate(undated), *placed):
        if step < len(actual) and each.value is not None:
            actual[step] = each.value + (0.0 if np.isnan(actual[step]) else actual[step])
    return actual
