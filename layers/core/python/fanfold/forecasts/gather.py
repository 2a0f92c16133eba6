"""Gather: when every chunk is settled, write what people take away and close the job."""

from pathlib import Path
from tempfile import TemporaryDirectory

from fanfold.errors import Incomplete, Superseded
from fanfold.forecasting import exports
from fanfold.forecasting.exports import Details
from fanfold.forecasting.notes import Note
from fanfold.forecasting.records import from_record
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.editions import adopt, too_many
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.results import records
from fanfold.forecasts.sorting import Listings, summary_of
from fanfold.forecasts.watching import tell
from fanfold.jobs.chunk_results import ChunkResult
from fanfold.jobs.ending import ending_times, publish_end
from fanfold.jobs.job import Counts, JobRef, State
from fanfold.jobs.life_cycle import delete

MOST_SERIES = {"xlsx": 20_000}
"""A workbook takes longer to write than all other forms together, and has a million rows at most."""


def gather(ref: JobRef, backend: ForecastBackend) -> ForecastJob:
    """Close the job, its counts added up from its chunks.

    Raises Incomplete if a chunk is not settled, Superseded if the job was stopped.
    """
    job = backend.jobs.get(ref)
    if job.state in (State.RUNNING, State.CANCELLING):
        job = _closed(job, backend)
    if job.state not in (State.COMPLETED, State.CANCELLED):
        raise Superseded(f"forecast {job.id} is {job.state}")
    if job.state is State.COMPLETED and job.edition_of:
        adopt(job, backend)
        for old in too_many(job, backend):
            delete(old, backend)
    return publish_end(job, backend)


def _closed(job: ForecastJob, backend: ForecastBackend) -> ForecastJob:
    settled = list(backend.chunks.all(job.ref))
    if len(settled) != job.chunks and job.state is State.RUNNING:
        raise Incomplete(f"{len(settled)} of {job.chunks} chunks of {job.id} are settled")
    summary = _written(job, settled, backend)
    counts = sum((chunk.counts for chunk in settled), Counts())
    state = State.CANCELLED if job.state is State.CANCELLING else State.COMPLETED
    news = {"counts": counts.model_dump(), "summary": summary, **ending_times(job, backend)}
    return backend.jobs.move(job, state=state, **news)


def forms(job: ForecastJob) -> tuple[str, ...]:
    """The forms that a portfolio of its size can be had in."""
    return tuple(name for name in exports.names() if job.total <= MOST_SERIES.get(name, job.total))


def export_key(job: ForecastJob, format: str) -> str:
    """The object of one form of the results; a retry ends in another round."""
    return f"{job.ref.folder}exports/{job.round}/{format}.{exports.form(format).extension}"


def _written(job: ForecastJob, settled: list[ChunkResult], backend: ForecastBackend) -> dict[str, object]:
    """Every form of the results and the sorted lists; what they have in common."""
    with TemporaryDirectory() as folder:
        listings = Listings(Path(folder), mended=job.config.clean_outliers is not False)
        try:
            for chunk, position, record in records(settled, backend):
                listings.add(chunk, position, record)
            listings.publish(job.ref.folder, backend.blobs)
            summary = summary_of(listings, job.config.alert_below)
            tell(job, listings.judged, summary["alerts"], backend)
            notes = [*(Note(**note.model_dump()) for note in job.notes), *listings.judged.notes()]
        finally:
            listings.close()
        for format in forms(job):
            _export(job, format, settled, notes, Path(folder) / "export", backend)
    return summary


def _export(
    job: ForecastJob, format: str, settled: list[ChunkResult], notes: list[Note], file: Path, backend: ForecastBackend
) -> None:
    config = job.config
    details = Details(
        title=config.title or config.name,
        horizon=config.horizon,
        levels=config.levels,
        language=config.language,
        preset=config.preset,
        created_at=job.created_at,
        notes=notes,
    )
    with file.open("w+b") as out:
        exports.export(format, (from_record(record) for _, _, record in records(settled, backend)), out, details)
        out.seek(0)
        backend.blobs.put(export_key(job, format), out)
