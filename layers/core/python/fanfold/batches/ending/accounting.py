"""Accounting: what is done with the money and the figures of a batch that ends, whichever way it ends."""

from collections.abc import Sequence

from fanfold.batches.backend import Backend
from fanfold.batches.model.batch import BatchJob
from fanfold.clock import stamp
from fanfold.jobs.chunks import Settled
from fanfold.jobs.job import Counts, State
from fanfold.jobs.tallies import Course, Ending, courses


def account_for(job: BatchJob, state: State, settled: Sequence[Settled], backend: Backend) -> Counts:
    """Count the job in its tenant's statistics and spending, and give back what is left of its budget; its counts.

    Done again it changes nothing, so it comes before the job's move to its end.
    """
    counts = sum((chunk.counts for chunk in settled), Counts())
    ending = Ending(state, stamp(backend.clock()), _lead(job, backend), courses(settled), job.options.tags)
    day = backend.tallies.tell(job, ending)
    backend.budgets.close(job.ref, counts.spent_nanos, day)
    return counts


def _lead(job: BatchJob, backend: Backend) -> Course:
    """The job's own model, whether or not its requests are for it."""
    provider = job.options.provider
    return Course(provider, job.options.model or backend.provider(provider).default_model, job.goes.value)
