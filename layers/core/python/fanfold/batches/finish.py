"""Finish: when every chunk is settled, merge the results and close the job."""

from collections.abc import Iterator

from fanfold.batches.backend import Backend
from fanfold.batches.job import BatchJob
from fanfold.clock import stamp
from fanfold.errors import Incomplete, Superseded
from fanfold.jobs.chunks import Settled
from fanfold.jobs.job import Counts, JobRef, State


def finish(ref: JobRef, backend: Backend) -> BatchJob:
    """Close the job, its counts added up from its chunks.

    Raises Incomplete if a chunk is not settled, Superseded if the job was stopped.
    """
    job = backend.jobs.get(ref)
    if job.state is State.COMPLETED:
        return job
    if job.state is not State.RUNNING:
        raise Superseded(f"batch {job.id} is {job.state}")
    settled = list(backend.chunks.all(ref))
    if len(settled) != job.chunks:
        raise Incomplete(f"{len(settled)} of {job.chunks} chunks of {job.id} are settled")
    backend.blobs.put_stream(ref.folder + "results.jsonl", _merged(settled, backend))
    counts = sum((chunk.counts for chunk in settled), Counts())
    now = stamp(backend.clock())
    return backend.jobs.move(job, state=State.COMPLETED, counts=counts.model_dump(), finished_at=now)


def _merged(settled: list[Settled], backend: Backend) -> Iterator[bytes]:
    return (backend.blobs.get(chunk.results) for chunk in settled)
