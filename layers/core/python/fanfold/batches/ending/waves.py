"""Waves: in the batch lane, requests that there was no money set aside for go when others have given theirs back.

What a request can cost at most is set aside before it is sent, and most cost far less. So when all that was sent has
ended, the batch begins a round by itself for what was not: twice at most, and only if its answers can come in time.
"""

from datetime import timedelta

from fanfold.batches.backend import BatchBackend
from fanfold.batches.model.batch import BatchJob, LaneName
from fanfold.batches.results.settle_chunk import UNAFFORDABLE
from fanfold.jobs.identity import begin
from fanfold.jobs.job import State

MOST_WAVES = 2


def another_wave(job: BatchJob, backend: BatchBackend) -> bool:
    """Whether requests that were not sent are tried once more."""
    if job.goes is not LaneName.BATCH or job.state is not State.RUNNING or job.waves >= MOST_WAVES:
        return False
    promise = timedelta(seconds=backend.settings.batch_promise_seconds)
    in_time = job.options.deadline is None or backend.clock() + promise <= job.options.deadline
    return in_time and job.budgeted and backend.budgets.left(job.ref) > 0


def next_wave(job: BatchJob, backend: BatchBackend) -> BatchJob:
    """The job's next round, for what was not sent."""
    news = {"round": job.round + 1, "waves": job.waves + 1, "only": UNAFFORDABLE, "run": job.run + 1}
    begun = backend.jobs.move(job, state=State.ACCEPTED, execution=None, mishaps=0, **news)
    backend.starts.send(begin(begun))
    return begun
