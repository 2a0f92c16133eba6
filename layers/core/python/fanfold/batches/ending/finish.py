"""Finish: when every chunk is settled, merge the results and close the job."""

from collections.abc import Iterator

from fanfold.batches.backend import BatchBackend
from fanfold.batches.ending.accounting import account_for
from fanfold.batches.ending.alerts import tell_late
from fanfold.batches.ending.notes import expired_of, notes, unsent_of
from fanfold.batches.ending.waves import another_wave, next_wave
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.shard import ShardState
from fanfold.batches.results.drop_results import hand_out
from fanfold.batches.results.error_groups import sum_up
from fanfold.errors import Incomplete, Superseded
from fanfold.jobs.chunk_results import ChunkResult
from fanfold.jobs.ending import ending_times, publish_end
from fanfold.jobs.job import JobRef, State


def finish(ref: JobRef, backend: BatchBackend) -> BatchJob:
    """Close the job, its counts added up from its chunks.

    A job that was only planned is a draft again, and stays one. Raises Incomplete if a chunk is not settled,
    Superseded if the job was stopped.
    """
    job = backend.jobs.get(ref)
    if job.state is State.DRAFT:
        return job
    if job.state in (State.COMPLETED, State.CANCELLED):
        return publish_end(job, backend)
    if job.state not in (State.RUNNING, State.CANCELLING):
        raise Superseded(f"batch {job.id} is {job.state}")
    settled = list(backend.chunks.all(ref))
    unsent = unsent_of(settled)
    waiting = [shard.number for shard in backend.shards.of(ref) if shard.state is not ShardState.COLLECTED]
    if waiting or len(settled) != job.chunks:
        raise Incomplete(f"{len(settled)} of {job.chunks} chunks of {job.id} are settled, shards {waiting} are open")
    if unsent and another_wave(job, backend):
        return next_wave(job, backend)
    backend.blobs.put_stream(ref.folder + "results.jsonl", _merged(settled, backend))
    sum_up(ref, settled, backend)
    hand_out(job, backend)
    state = State.CANCELLED if job.state is State.CANCELLING else State.COMPLETED
    if expired_of(settled):
        tell_late(job, backend)
    counts = account_for(job, state, settled, backend)
    news = {"counts": counts.model_dump(), "ending_notes": notes(counts, unsent, job)}
    return publish_end(backend.jobs.move(job, state=state, **news, **ending_times(job, backend)), backend)


def _merged(settled: list[ChunkResult], backend: BatchBackend) -> Iterator[bytes]:
    return (backend.blobs.get(chunk.results) for chunk in settled)
