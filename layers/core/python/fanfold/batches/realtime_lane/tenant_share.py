"""Shares: one tenant's chunks fill no queue.

Of each queue a tenant has a share for messages that wait. What a shard has beyond it stays unsent; every round of the
poller counts what still waits and sends more, of the oldest shards first.
"""

from collections.abc import Callable, Iterable, Iterator

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.realtime_lane.chunk_message import WorkChunk
from fanfold.jobs.job import JobRef, State

TENANTS = 4
"""Tenants that it takes to fill a queue."""
AHEAD = 10
"""Chunks that wait for each that may be under way, where the operator has set how many may: what a minute takes."""


def take(shard: Shard, job: BatchJob, chunks: int, backend: BatchBackend) -> int:
    """How many of so many chunks may be sent now."""
    share = _share(shard.tenant, backend)
    return backend.shards.take_room(shard.tenant, job.options.priority, chunks, share) if chunks else 0


def send(shard: Shard, chunks: Iterable[int], job: BatchJob, backend: BatchBackend) -> None:
    """A message for each of the chunks. Raises Incomplete."""
    backend.work(job.options.priority).send_all(_messages(shard, chunks, job))


def send_more(
    shards: Iterable[Shard],
    job: Callable[[JobRef], BatchJob],
    backend: BatchBackend,
    report: Callable[[Shard, Exception], None],
) -> None:
    """Send what was held back, as far as there is room for it by now. What one shard raises stops no other's."""
    groups: dict[tuple[str, str], list[Shard]] = {}
    for shard in shards:
        if shard.state is ShardState.SUBMITTED and job(shard.ref).state is State.RUNNING:
            groups.setdefault((shard.tenant, job(shard.ref).options.priority), []).append(shard)
    for (tenant, queue), ours in groups.items():
        share, waiting = _share(tenant, backend), sum(shard.waiting_chunks for shard in ours)
        for shard in ours:
            try:
                waiting += _send_more(shard, job(shard.ref), share - waiting, backend)
            except Exception as error:  # a queue may be out of reach
                report(shard, error)
        backend.shards.note_waiting(tenant, queue, waiting)


def _send_more(shard: Shard, job: BatchJob, room: int, backend: BatchBackend) -> int:
    """Sent before it is noted: a message twice does no harm, and one that never came would."""
    sent = len(shard.sent_chunks)
    more = shard.chunks[sent : sent + max(0, room)]
    if more:
        send(shard, more, job, backend)
        backend.shards.sent_more(shard, sent + len(more))
    return len(more)


def _share(tenant: str, backend: BatchBackend) -> int:
    share = max(1, backend.settings.most_waiting_chunks // TENANTS)
    under_way = backend.quotas.of(tenant).concurrency
    return share if under_way is None else min(share, under_way * AHEAD)


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
