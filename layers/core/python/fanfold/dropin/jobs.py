"""Batches as surfaces find them: under a prefix of theirs, in pages, and once where an SDK asks again by itself."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

from fanfold.batches.backend import BatchBackend
from fanfold.batches.intake.create import CreateBatch, create_batch
from fanfold.batches.model.batch import KIND, BatchJob, Surface
from fanfold.batches.views.batch import current_counts
from fanfold.clock import moment
from fanfold.errors import NotFound, Superseded
from fanfold.jobs import life_cycle
from fanfold.jobs.identity import Caller, check_same, fingerprint_of
from fanfold.jobs.job import Counts, JobRef, State

RECENT = timedelta(minutes=15)
"""How long after a call its SDK may make it again: it waits for ten minutes at most, and then for a few seconds."""
MOST_READ = 100
"""Counters that are read at once."""
TRIES = 4
LOOKED_AT = 50
"""Jobs among which a call looks for the one that it made before."""


class Call(NamedTuple):
    """A call that makes a batch."""

    caller: Caller
    keyed: bool = False
    """Whether it came with an Idempotency-Key."""
    again: bool = False
    """Whether its SDK says that it made it before, and has seen no answer: no SDK sends a key of its own."""


def begin(asked: CreateBatch, surface: Surface, said: Mapping[str, Any], call: Call, backend: BatchBackend) -> BatchJob:
    """A new batch, or the one that the same call made before; `said` is what tells it from others.

    Raises as `create_batch` does.
    """
    surface = surface.model_copy(update={"asked": fingerprint_of(dict(said))})
    before = _before(surface, call, backend)
    return before or create_batch(asked, call.caller, backend, surface)


def _before(surface: Surface, call: Call, backend: BatchBackend) -> BatchJob | None:
    if call.keyed:
        try:
            found = backend.jobs.get(call.caller.ref(KIND))
        except NotFound:
            return None
        check_same(found.surface.asked if found.surface else found.fingerprint, surface.asked)
        return found
    if not call.again:
        return None
    since = backend.clock() - RECENT
    recent = backend.jobs.older(call.caller.tenant, LOOKED_AT)
    return next((job for job in recent if moment(job.created_at) >= since and _same(job, surface)), None)


def _same(job: BatchJob, surface: Surface) -> bool:
    return job.state is not State.DELETING and job.surface is not None and job.surface.asked == surface.asked


def found(tenant: str, id: str, prefix: str, backend: BatchBackend) -> BatchJob:
    """The batch. Raises NotFound, also for one that is being deleted."""
    if not id.startswith(prefix):
        raise NotFound(f"there is no batch {id!r}", field="id")
    job = backend.jobs.get(JobRef(tenant=tenant, job=id.removeprefix(prefix)))
    if job.state is State.DELETING:
        raise NotFound(f"there is no batch {id!r}", field="id")
    return job


def cancelled(job: BatchJob, backend: BatchBackend) -> BatchJob:
    """The batch, its end begun: a step of its own at the same moment is waited for. Raises Conflict, Superseded."""
    for _ in range(TRIES):
        with suppress(Superseded):
            return life_cycle.cancel(job.ref, backend)
    return life_cycle.cancel(job.ref, backend)


def deleted(job: BatchJob, backend: BatchBackend) -> None:
    """Forget the batch, as `cancelled`."""
    for _ in range(TRIES):
        with suppress(Superseded):
            life_cycle.delete(job.ref, backend)
            return
    life_cycle.delete(job.ref, backend)


class JobsPage(NamedTuple):
    """Newest first."""

    jobs: list[BatchJob]
    more: bool
    """Whether there are others, in the direction that was asked for."""


def page(
    tenant: str, limit: int, backend: BatchBackend, *, after: BatchJob | None = None, before: BatchJob | None = None
) -> JobsPage:
    """So many batches behind one, or those just before one."""
    jobs: list[BatchJob] = []
    last = before or after
    read = backend.jobs.newer if before else backend.jobs.older
    while len(jobs) <= limit:
        batch = read(tenant, limit + 1, last)
        jobs += [job for job in batch if job.state is not State.DELETING]
        if len(batch) <= limit:
            break
        last = batch[-1]
    kept = jobs[:limit]
    return JobsPage(kept[::-1] if before else kept, len(jobs) > limit)


def counted(jobs: list[BatchJob], backend: BatchBackend) -> Iterator[tuple[BatchJob, Counts]]:
    """Each job with its counters as they are now."""
    for start in range(0, len(jobs), MOST_READ):
        some = jobs[start : start + MOST_READ]
        yield from zip(some, current_counts(some, backend), strict=True)
