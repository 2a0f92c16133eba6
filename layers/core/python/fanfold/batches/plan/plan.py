"""Plan: split a job's input and group its chunks into provider-sized shards.

Everything is written under names made of the job, so planning a job again after a crash writes the same again.
The job's move to `running` is the commit point.
"""

import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel

from fanfold.batches.backend import BatchBackend
from fanfold.batches.input.lines import LONGEST_LINE
from fanfold.batches.intake.takeover import BatchExecution, take_over
from fanfold.batches.model.batch import Again, BatchJob, LaneName, Mode
from fanfold.batches.model.fallback import named
from fanfold.batches.model.result import can_be_tried, read_results
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.plan.affordable import budget_notes
from fanfold.batches.plan.choose_lane import Facts, LaneChoice, Promises, choose
from fanfold.batches.plan.split import RequestChunk, Split, split
from fanfold.batches.results.reserve import open_budget
from fanfold.errors import JobRefused
from fanfold.jobs.chunk_results import ChunkResult
from fanfold.jobs.ending import expiry
from fanfold.jobs.job import State
from fanfold.pricing.estimate import Priced, Volume, estimated
from fanfold.providers import BatchLimits
from fanfold.quotas.guard import Unit
from fanfold.settings import Settings

FRAME = 200
"""Bytes that a provider's line may have around our stored one, at most."""
BYTES_A_TOKEN = 4
"""What a token is taken to be: the request's JSON around the text makes it an estimate on the safe side."""

CHUNKS_A_SHARD = 3
"""Large ones; small ones are more."""
FILLED = 0.98
"""Of a chunk's part, as its last request goes over it."""
REALTIME = BatchLimits(requests=100_000, bytes=sys.maxsize)
"""What one shard of the real-time lane holds: its item lists its chunks."""


class PlannedBatch(BaseModel):
    """What the rest of the execution needs to know."""

    tenant: str
    job: str
    correlation_id: str
    shards: list[int]


def plan(execution: BatchExecution, backend: BatchBackend) -> PlannedBatch:
    """Plan the execution's job. Raises JobRefused if none of its lines can be run, or not today."""
    job = take_over(execution, backend)
    if job.state is State.PLANNING and job.chunks:
        job = _again(job, backend)
    elif job.state is State.PLANNING:
        with TemporaryDirectory() as folder:
            job = _commit(job, _split(job, Path(folder), backend), backend)
    shards = [shard.number for shard in backend.shards.of(job.ref) if shard.state is not ShardState.COLLECTED]
    return PlannedBatch(tenant=job.tenant, job=job.id, correlation_id=job.correlation_id, shards=shards)


def _split(job: BatchJob, folder: Path, backend: BatchBackend) -> Split:
    try:
        provider = backend.provider(job.options.provider)
        quotas = backend.quotas.of(job.tenant)
        permits = partial(quotas.allows, job.options.provider)
        settings = _sized(backend.settings, provider.batch_limits)
        return split(job, provider, backend.blobs, settings, folder, partial(_lane, job, backend), permits)
    except KeyError as missing:
        raise JobRefused(f"its input {missing} is gone") from missing


def _sized(settings: Settings, limits: BatchLimits) -> Settings:
    """With chunks of which whole ones fill a batch of the provider: what is left over is one more batch to pay for."""
    if limits.enqueued_tokens is None:
        return settings
    most = int(limits.enqueued_tokens * BYTES_A_TOKEN / CHUNKS_A_SHARD * FILLED)
    return settings.model_copy(update={"chunk_bytes": min(settings.chunk_bytes, most)})


def _lane(job: BatchJob, backend: BatchBackend, volumes: Mapping[str, Volume]) -> LaneChoice:
    """Which lane so many requests go, and why."""
    options, settings = job.options, backend.settings
    facts = Facts(
        now=backend.clock(),
        requests=sum(volume.requests for volume in volumes.values()),
        lanes=backend.provider(options.provider).capabilities.lanes,
    )
    if options.mode is Mode.AUTO:
        costs = _priced(job, volumes, backend).estimate.lanes
        batch, realtime = costs[LaneName.BATCH].expected_usd, costs[LaneName.REALTIME].expected_usd
        facts = facts._replace(batch_usd=batch, realtime_usd=realtime)
    return choose(options, facts, Promises(settings.batch_promise_seconds, settings.few_requests))


def _commit(job: BatchJob, found: Split, backend: BatchBackend) -> BatchJob:
    """Write what the job is run with; one that is only planned is a draft again."""
    estimate, tariffs = _priced(job, found.volumes, backend)
    job = backend.jobs.move(
        job,
        total=found.total,
        rejected=found.rejected,
        samples=found.samples,
        lane=found.lane,
        lane_reason=found.lane_reason,
        notes=[*found.notes, *budget_notes(job.options, estimate, tariffs, found.lane)],
        kept_columns=found.columns,
        requests=found.requests,
        repeated=found.repeated,
        estimate=estimate.model_dump(mode="json"),
        tariffs={model: tariff.model_dump(mode="json") for model, tariff in tariffs.items()},
    )
    if not found.chunks:
        raise JobRefused(_nothing_to_run(found))
    if job.dry_run:
        return backend.jobs.move(job, state=State.DRAFT, expires_at=expiry(job.tenant, backend))
    shards = list(_shards(job, found.chunks, _limits(job, backend), first=0))
    for shard in shards:
        backend.shards.plan(shard)
    news = {"chunks": len(found.chunks), "shards": len(shards), "budgeted": open_budget(job, backend)}
    counted = backend.quotas.counted(job.tenant, Unit.REQUESTS, found.total)
    return backend.jobs.move(job, *counted, state=State.RUNNING, **news)


def _priced(job: BatchJob, volumes: Mapping[str, Volume], backend: BatchBackend) -> Priced:
    """What the job will cost, at the prices of today, by which it is charged to its end; fallbacks have theirs."""
    provider, now = job.options.provider, backend.clock()
    mean = partial(backend.usage_stats.mean_output, job.tenant, provider)
    estimate, tariffs = estimated(volumes, provider, backend.prices, mean, now)
    others = (named(fallback, job.options, backend.provider) for fallback in job.options.fallbacks)
    known = {model: tariff for name, model in others if (tariff := backend.prices.tariff(name, model, now))}
    return Priced(estimate, known | tariffs)


def _again(job: BatchJob, backend: BatchBackend) -> BatchJob:
    """Shards of what failed, but for what open shards hold already."""
    limits = _limits(job, backend)
    shards = list(backend.shards.of(job.ref))
    held = {chunk for shard in shards if shard.state is not ShardState.COLLECTED for chunk in shard.chunks}
    failed = {chunk.chunk: again for chunk in backend.chunks.all(job.ref) if (again := _again_in(chunk, job, backend))}
    lines = backend.blobs.lines(job.ref.folder + "manifest.jsonl", LONGEST_LINE)
    chunks = [chunk for chunk in map(RequestChunk.model_validate_json, lines) if chunk.chunk in failed.keys() - held]
    fewer = [chunk.model_copy(update={"requests": failed[chunk.chunk]}) for chunk in chunks]
    made = list(_shards(job, fewer, limits, first=len(shards)))
    for shard in made:
        backend.shards.plan(shard)
    news = {"shards": len(shards) + len(made), "budgeted": open_budget(job, backend)}
    counted = backend.quotas.counted(job.tenant, Unit.REQUESTS, sum(shard.requests for shard in made))
    return backend.jobs.move(job, *counted, state=State.RUNNING, **news)


def _again_in(chunk: ChunkResult, job: BatchJob, backend: BatchBackend) -> int:
    """How many of the chunk's requests are to be tried again."""
    if job.only:
        return sum(group.count for group in chunk.faults or () if group.kind == job.only)
    if job.again == (Again.FAILED,) or not can_be_tried(chunk.counts, job.again):
        return can_be_tried(chunk.counts, job.again)
    counts = chunk.counts
    return counts.succeeded + counts.failed - len(read_results(chunk, backend.blobs, again=job.again))


def _nothing_to_run(found: Split) -> str:
    if not found.rejected:
        return "its input is empty"
    first = found.samples[0]
    return f"none of its {found.rejected} lines can be run; line {first['line']}: {first['detail']}"


def _shards(job: BatchJob, chunks: list[RequestChunk], limits: BatchLimits, first: int) -> Iterator[Shard]:
    for number, group in enumerate(_groups(chunks, limits), first):
        yield Shard(
            tenant=job.tenant,
            job=job.id,
            number=number,
            chunks=[chunk.chunk for chunk in group],
            requests=sum(chunk.requests for chunk in group),
            tokens=sum(chunk.bytes for chunk in group) // BYTES_A_TOKEN,
            provider=job.options.provider,
            lane=job.goes,
            model=group[0].model,
            round=job.round,
            only=job.only,
            again=job.again,
        )


def _limits(job: BatchJob, backend: BatchBackend) -> BatchLimits:
    """The provider's limits, or less if the job asks for less; in real time, what is sent together."""
    if job.goes is LaneName.REALTIME:
        return REALTIME
    limits = backend.provider(job.options.provider).batch_limits
    return limits._replace(requests=min(limits.requests, job.options.batch_size or limits.requests))


def _groups(chunks: list[RequestChunk], limits: BatchLimits) -> Iterator[list[RequestChunk]]:
    """Chunks of one model, as many as one batch of the provider holds."""
    groups: dict[str, list[RequestChunk]] = {}
    for chunk in chunks:
        group = groups.setdefault(chunk.model, [])
        if group and not _fits([*group, chunk], limits):
            yield group
            group = groups[chunk.model] = []
        group.append(chunk)
    yield from groups.values()


def _fits(group: list[RequestChunk], limits: BatchLimits) -> bool:
    requests, size = sum(chunk.requests for chunk in group), sum(chunk.bytes for chunk in group)
    few = limits.enqueued_tokens is None or size // BYTES_A_TOKEN <= limits.enqueued_tokens
    return few and requests <= limits.requests and size + FRAME * requests <= limits.bytes
