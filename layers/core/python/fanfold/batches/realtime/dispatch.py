"""Dispatch: a shard's chunks as messages, to the workers of its job's priority.

The attempt with its task token is written first, so whichever worker settles the last chunk finds the token. A chunk
whose message was sent twice is worked on once.
"""

from collections.abc import Iterable, Iterator

from fanfold.batches.backend import Backend
from fanfold.batches.job import BatchJob, Shard
from fanfold.batches.realtime.work import WorkChunk
from fanfold.clock import stamp


def dispatch(shard: Shard, token: str, job: BatchJob, backend: Backend) -> Shard:
    """Send a message for every chunk that is not settled. Raises Superseded, and Incomplete if not all were taken."""
    _ = backend.provider(shard.provider, shard.tenant).account  # a shard without a key is refused as a whole
    shard = backend.shards.dispatched(shard, token, stamp(backend.clock()))
    left = [chunk for chunk in shard.chunks if chunk not in settled(shard, backend)]
    if not left:
        backend.workflow.wake(token)
    send(shard, left, job, backend)
    return shard


def send(shard: Shard, chunks: Iterable[int], job: BatchJob, backend: Backend) -> None:
    """A message for each of the chunks."""
    backend.work(job.options.priority).send_all(_messages(shard, chunks, job))


def settled(shard: Shard, backend: Backend) -> dict[int, int]:
    """The shard's chunks that are settled in its round, each with how many requests it has."""
    first, last, wanted = min(shard.chunks), max(shard.chunks), set(shard.chunks)
    found = (chunk for chunk in backend.chunks.between(shard.ref, first, last) if chunk.chunk in wanted)
    return {
        chunk.chunk: chunk.counts.succeeded + chunk.counts.failed for chunk in found if chunk.attempt >= shard.round
    }


def _messages(shard: Shard, chunks: Iterable[int], job: BatchJob) -> Iterator[WorkChunk]:
    for chunk in chunks:
        yield WorkChunk(
            tenant=shard.tenant,
            job=shard.job,
            correlation_id=job.correlation_id,
            shard=shard.number,
            chunk=chunk,
            of=len(shard.chunks),
            round=shard.round,
            provider=shard.provider,
            model=shard.model,
            priority=job.options.priority,
        )
