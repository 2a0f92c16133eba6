"""Watching: whether a series' last forecast held, found when it is forecast anew with what came since.

A series whose values are unlikely under its last forecast has `drifted`; one of which far less can be foretold than
last time has `worsened`. Both are flags of its result, so every form and the job's notes tell them, and an event.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fanfold.clock import stamp
from fanfold.events import ForecastChanged, LowConfidence
from fanfold.forecasting import Series, SeriesForecast, check
from fanfold.forecasting.judged import JudgedSeries
from fanfold.forecasts.actuals import by_step
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.observations import Observation, day_of

DRIFTED, WORSENED = "drifted", "worsened"
FLAGS = frozenset({DRIFTED, WORSENED})
WORSE, LEAST_WORSE = 1.5, 0.05
"""How many times as large the expected error is, and by how much at least, of a series that has worsened."""


def watched(before: SeriesForecast, one: Series, now: SeriesForecast) -> SeriesForecast:
    """The new forecast, flagged by what came since the one before."""
    if now.status == "failed" or before.status == "failed":
        return now
    found = _drifted(before, one) | _worsened(before, now)
    return replace(now, flags=(*now.flags, *found), details={**now.details, **found}) if found else now


def _drifted(before: SeriesForecast, one: Series) -> dict[str, Any]:
    if not before.intervals:
        return {}
    drift = check(before, list(by_step(before, _since(before, one))), min(before.intervals))
    return {DRIFTED: {"compared": drift.compared, "outside": drift.outside, "bias": drift.bias}} if drift.refit else {}


def _since(before: SeriesForecast, one: Series) -> list[Observation]:
    """What the series has that the forecast did not know; by date, or else by order."""
    values = [None if value is None or value != value else float(value) for value in one.values]
    if one.dates is None:
        known = int(before.details.get("observations", len(before.history)))
        return [Observation(series=one.name, value=value) for value in values[known:]]
    latest = [*zip(one.dates, values, strict=True)][-2 * len(before.mean) :]
    return [Observation.model_construct(series=one.name, value=value, date=day_of(day)) for day, value in latest]


def _worsened(before: SeriesForecast, now: SeriesForecast) -> dict[str, Any]:
    old, new = before.expected_error, now.expected_error
    if old is None or new is None or new <= WORSE * old or new <= old + LEAST_WORSE:
        return {}
    return {WORSENED: {"before": old, "now": new}}


def is_told(record: Mapping[str, Any]) -> bool:
    """Whether something was flagged about it that its own edition told."""
    return not FLAGS.isdisjoint(record["flags"])


def forgotten(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record that is taken over: what was flagged about it was told by the edition that found it."""
    return {
        **record,
        "flags": [flag for flag in record["flags"] if flag not in FLAGS],
        "details": {name: value for name, value in record["details"].items() if name not in FLAGS},
    }


def tell(job: ForecastJob, judged: JudgedSeries, alerts: Mapping[str, Any], backend: ForecastBackend) -> None:
    """Publish what has changed and what is uncertain, if anything is; before the job is closed, so that it is told
    whoever dies."""
    about = {"tenant": job.tenant, "job": job.id, "edition_of": job.edition_of, "round": job.round}
    about |= {"at": stamp(backend.clock())}
    counts = {flag: judged.counts.get(flag, 0) for flag in (DRIFTED, WORSENED)}
    if any(counts.values()):
        first = {flag: judged.names[flag] for flag, count in counts.items() if count}
        backend.events.publish(ForecastChanged.NAME, ForecastChanged(**about, **counts, first=first))
    if alerts["count"]:
        doubtful = LowConfidence(**about, below=alerts["below"], series=alerts["count"], first=alerts["first"])
        backend.events.publish(LowConfidence.NAME, doubtful)
