"""Remove: everything of a deleted batch, here and at its provider. The job's own item goes last."""

from collections.abc import Callable

from fanfold.batches.backend import BatchBackend
from fanfold.batches.ending.accounting import account_for
from fanfold.batches.model.batch import LaneName
from fanfold.batches.model.shard import Shard
from fanfold.batches.realtime_lane.worker import is_dead
from fanfold.batches.results.drop_results import forget
from fanfold.errors import NotFound, ProviderRefused
from fanfold.jobs.job import JobRef, State
from fanfold.versions import VersionedMessage


class RemoveBatch(JobRef, VersionedMessage):
    """The message that has a deleted job removed."""


def remove(command: RemoveBatch, backend: BatchBackend, report: Callable[[Shard, Exception], None]) -> None:
    """Take up the removal wherever an earlier one stopped. What a provider will not delete is reported."""
    ref = JobRef(tenant=command.tenant, job=command.job)
    try:
        job = backend.jobs.get(ref)
    except NotFound:
        return
    if job.state is not State.DELETING:
        return
    shards = list(backend.shards.of(ref))
    if any(_is_worked_on(shard, backend) for shard in shards):
        return  # the sweeper asks again
    for shard in shards:
        if shard.batch is not None:
            _discard(shard, shard.batch, backend, report)
    for source in job.sources:
        if source.key.startswith("uploads/"):
            backend.blobs.remove_under(source.key)
    backend.blobs.remove_under(ref.folder)
    if not backend.usage_stats.knows(ref):
        account_for(job, State.CANCELLED, list(backend.chunks.all(ref)), backend)
    forget(job, backend)
    backend.jobs.remove(ref)


def _is_worked_on(shard: Shard, backend: BatchBackend) -> bool:
    """Whether a worker may be at one of its chunks: what it writes now would be left behind."""
    if shard.lane is LaneName.BATCH:
        return False
    return any(claim.held_at and not is_dead(claim, backend) for claim in backend.claims.of(shard).values())


def _discard(shard: Shard, batch: str, backend: BatchBackend, report: Callable[[Shard, Exception], None]) -> None:
    try:
        backend.provider(shard.provider, shard.tenant).discard(batch)
    except ProviderRefused as error:
        report(shard, error)
