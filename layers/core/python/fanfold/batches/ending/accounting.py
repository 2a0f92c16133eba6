"""Accounting: what is done with the money and the figures of a batch that ends, whichever way it ends."""

from collections.abc import Sequence

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob
from fanfold.clock import stamp
from fanfold.jobs.chunk_results import ChunkResult
from fanfold.jobs.job import Counts, State
from fanfold.jobs.usage_stats import Figures, JobUsage, UsageKey, usage_by_key


def account_for(job: BatchJob, state: State, settled: Sequence[ChunkResult], backend: BatchBackend) -> Counts:
    """Count the job in its tenant's statistics and spending, and give back what is left of its budget; its counts.

    Done again it changes nothing, so it comes before the job's move to its end.
    """
    counts = sum((chunk.counts for chunk in settled), Counts())
    usage = usage_by_key(settled)
    lead = _lead(job, backend)
    usage.setdefault(lead, Figures()).update(_avoidable(job, counts))
    ending = JobUsage(state, stamp(backend.clock()), lead, usage, job.options.tags, job.options.from_template)
    day = backend.usage_stats.record(job, ending)
    backend.budgets.close(job.ref, counts.spent_nanos, day)
    return counts


def _avoidable(job: BatchJob, counts: Counts) -> dict[str, int]:
    """What suggestions are made of: requests that asked what others did, and the room that answers were given."""
    found = {"repeated": 0 if job.options.collapse or job.shares else min(job.repeated, counts.succeeded)}
    if job.options.max_tokens:
        found |= {"limited": counts.succeeded, "limit_tokens": counts.succeeded * job.options.max_tokens}
    return {name: figure for name, figure in found.items() if figure}


def _lead(job: BatchJob, backend: BatchBackend) -> UsageKey:
    """The job's own model, whether or not its requests are for it."""
    provider = job.options.provider
    return UsageKey(provider, job.options.model or backend.provider(provider).default_model, job.goes.value)
