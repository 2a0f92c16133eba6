"""Gather: when every chunk is settled, write what people take away and close the job."""

from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

from fanfold.errors import Incomplete, Superseded
from fanfold.forecasting import exports
from fanfold.forecasting.exports import Details
from fanfold.forecasting.notes import Note
from fanfold.forecasts.backend import ForecastBackend
from fanfold.forecasts.editions import adopt, too_many
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.results import record_blocks
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
    """Every form of the results and the sorted lists, in one pass over the records; what they have in common."""
    notes = [Note(**note.model_dump()) for note in job.notes]
    with TemporaryDirectory() as folder, ExitStack() as stack:
        listings = stack.enter_context(closing(Listings(Path(folder), job.config.clean_outliers is not False)))
        files = {name: stack.enter_context((Path(folder) / name).open("w+b")) for name in forms(job)}
        outs = [(exports.form(name), file) for name, file in files.items()]
        with exports.opened(outs, _details(job, notes)) as add:
            for chunk, block in record_blocks(settled, backend):
                listings.add(chunk, block)
                add(block)
            notes += listings.judged.notes()
        listings.publish(job.ref.folder, backend.blobs)
        summary = summary_of(listings, job.config.alert_below)
        tell(job, listings.judged, summary["alerts"], backend)
        for name, file in files.items():
            file.seek(0)
            backend.blobs.put(export_key(job, name), file)
    return summary


def _details(job: ForecastJob, notes: list[Note]) -> Details:
    """What exports say of the job; the notes grow until the last record has come."""
    config = job.config
    return Details(
        title=config.title or config.name,
        horizon=config.horizon,
        levels=config.levels,
        language=config.language,
        preset=config.preset,
        created_at=job.created_at,
        notes=notes,
    )
