"""Live: what a tenant's batches are doing at this moment."""

from itertools import islice

from pydantic import BaseModel

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.shard import ShardState
from fanfold.batches.model.waiting import Waiting
from fanfold.batches.views.progress import live as shard_now
from fanfold.batches.views.progress import progress, waits_for
from fanfold.jobs.job import State

MOST_JOBS = 100


class LiveJob(BaseModel):
    """A batch that is under way."""

    id: str
    name: str | None
    state: State
    provider: str
    model: str | None
    requests: int
    done: int
    percent: int
    per_second: float | None
    eta_seconds: int | None
    open_shards: int
    in_flight: int
    """Requests that are at the provider and not answered."""
    waiting: int
    """Requests that are not sent."""
    waiting_for: list[Waiting] = []
    """What it waits for, and since when."""


class LiveView(BaseModel):
    """The tenant's batches that are under way, the oldest first, and what they come to."""

    open_jobs: int
    open_shards: int
    in_flight: int
    waiting: int
    per_second: float
    jobs: list[LiveJob]
    more: bool
    """Whether there are more than those that are shown and added up."""


def live(tenant: str, backend: BatchBackend) -> LiveView:
    """What goes on: a few reads for each batch that is under way."""
    ours = (job for job in backend.jobs.open() if job.tenant == tenant and job.state is not State.DELETING)
    found = list(islice(ours, MOST_JOBS + 1))
    jobs = [_live(job, backend) for job in found[:MOST_JOBS]]
    return LiveView(
        open_jobs=len(jobs),
        open_shards=sum(job.open_shards for job in jobs),
        in_flight=sum(job.in_flight for job in jobs),
        waiting=sum(job.waiting for job in jobs),
        per_second=round(sum(job.per_second or 0 for job in jobs), 3),
        jobs=jobs,
        more=len(found) > MOST_JOBS,
    )


def _live(job: BatchJob, backend: BatchBackend) -> LiveJob:
    shards = [shard_now(shard, backend) for shard in backend.shards.of(job.ref)] if job.shards else []
    seen = progress(job, backend.jobs.counts(job.ref), shards, backend.clock)
    flying = sum(max(shard.requests - shard.done, 0) for shard in shards if shard.state is ShardState.SUBMITTED)
    unsent = sum(s.requests for s in shards if s.state in (ShardState.PLANNED, ShardState.SUBMITTING))
    return LiveJob(
        **job.model_dump(include={"id", "state"}),
        **job.options.model_dump(include={"name", "provider", "model"}),
        **seen.model_dump(include={"done", "percent", "per_second", "eta_seconds"}),
        requests=job.total,
        open_shards=sum(shard.state is not ShardState.COLLECTED for shard in shards),
        in_flight=flying,
        waiting=unsent,
        waiting_for=waits_for(job, shards),
    )
