"""Plan: a portfolio's input into chunk objects and a manifest for the fan-out.

Everything is written under names made of the job, so planning a job again after a crash writes the same again. The
job's move to `running` is the commit point.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel

from fanfold.errors import JobRefused
from fanfold.forecasting import Series
from fanfold.forecasting.borrowing import lend
from fanfold.forecasting.frequency import spelled
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.chunking import split_into_chunks
from fanfold.forecasts.engine_request import is_heavy
from fanfold.forecasts.execution import ForecastExecution
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.paying import pay
from fanfold.forecasts.remaining import series_left
from fanfold.forecasts.sources import Sources
from fanfold.forecasts.takeover import take_over
from fanfold.jobs.job import State
from fanfold.jobs.rejects import rejects_key
from fanfold.quotas.guard import Unit

MANIFEST = "manifest.jsonl"
MICRO = 1_000_000


class PlannedForecast(BaseModel):
    """What the rest of the execution needs to know. `heavy` picks the function that fits, and `parallel_chunks` is how
    many of them the map has at work at a time."""

    tenant: str
    job: str
    correlation_id: str
    manifest: str
    heavy: bool
    parallel_chunks: int


class ManifestLine(BaseModel):
    """A line of the manifest: one chunk, and everything its child needs."""

    tenant: str
    job: str
    chunk: int
    series: int


def plan(execution: ForecastExecution, backend: ForecastBackend) -> PlannedForecast:
    """Plan the execution's job. Raises JobRefused if it has no series, or more than it or its tenant may have."""
    job = take_over(execution, backend)
    if not job.chunks:
        with TemporaryDirectory() as folder:
            job = _split(job, Path(folder), backend)
    elif job.state is State.PLANNING:
        counted = backend.quotas.counted(job.tenant, Unit.SERIES, series_left(job, backend))
        job = backend.jobs.move(job, *counted, state=State.RUNNING)
    return PlannedForecast(
        tenant=job.tenant,
        job=job.id,
        correlation_id=job.correlation_id,
        manifest=job.ref.folder + MANIFEST,
        heavy=is_heavy(job.config),
        parallel_chunks=_parallel_chunks(job, backend),
    )


def _parallel_chunks(job: ForecastJob, backend: ForecastBackend) -> int:
    """As many as were asked for; the deployment's most may be fewer by now."""
    most = backend.settings.forecast_concurrency
    return min(job.config.parallel_chunks or most, most)


def _split(job: ForecastJob, folder: Path, backend: ForecastBackend) -> ForecastJob:
    with closing(Sources(job, folder, backend)) as source:
        lines = list(_cut(job, source, folder, backend))
        if not lines:
            raise JobRefused(source.nothing())
        manifest = b"".join(line.model_dump_json().encode() + b"\n" for line in lines)
        backend.blobs.put(job.ref.folder + MANIFEST, manifest)
        source.rejects.publish(backend.blobs, rejects_key(job.ref))
        total = sum(line.series for line in lines)
        counted = backend.quotas.counted(job.tenant, Unit.SERIES, total)
        pay(job, total, backend)
        return backend.jobs.move(
            job,
            *counted,
            state=State.RUNNING,
            total=total,
            rejected=source.rejects.count,
            samples=source.rejects.samples,
            notes=[note.record() for note in source.notes],
            chunks=len(lines),
        )


def _cut(job: ForecastJob, source: "Sources", folder: Path, backend: ForecastBackend) -> Iterator[ManifestLine]:
    """Write the chunks. Raises JobRefused once there are more series than may be."""
    most, total = most_series(job, backend), 0
    usual, most_bytes = backend.settings.chunk_series, backend.settings.chunk_bytes
    for number, piece in enumerate(split_into_chunks(_lent(job, source), usual, most_bytes, folder)):
        total += len(piece.names)
        if total > most:
            raise JobRefused(f"the portfolio has more than the {most:,} series that its limits allow")
        backend.blobs.put(job.ref.chunk_key(number), b"".join(piece.lines))
        yield ManifestLine(tenant=job.tenant, job=job.id, chunk=number, series=len(piece.lines))


def _lent(job: ForecastJob, source: Iterable[Series]) -> Iterator[Series]:
    """The series with what new ones take from their group: chunks may later be fitted in parts, and groups not."""
    if job.config.borrowing is False:
        return iter(source)
    fresh = (one if one.lent is None else replace(one, lent=None) for one in source)
    placed = lend(enumerate(fresh), spelled(job.config.frequency), job.config.missing or "line")
    return (one for _, one in placed)


def most_series(job: ForecastJob, backend: ForecastBackend) -> int:
    """How many series the job's limits allow, and the deployment's."""
    price = backend.settings.series_price_microusd
    cost = job.config.max_cost_usd
    by_cost = None if cost is None else int(cost * MICRO / price)
    limits = (job.config.max_series, by_cost, backend.settings.max_portfolio_series)
    return min(limit for limit in limits if limit is not None)
