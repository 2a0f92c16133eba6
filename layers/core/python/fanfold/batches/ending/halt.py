"""Halt: an execution that ended without finishing its job.

What trying again can't change fails the job; so does a stop in the console. Anything else (a lost worker, an
outage longer than the retries, a restart) gives the job another run, up to a limit; every step picks up where the
last one left.
"""

from fanfold.batches.backend import Backend
from fanfold.batches.ending.accounting import account_for
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.results.drop_results import refuse
from fanfold.jobs import execution_end as endings
from fanfold.jobs.ending import ending_times, publish_end
from fanfold.jobs.identity import begin
from fanfold.jobs.job import ACTIVE, JobRef, State
from fanfold.ports import Ended


def halt(ref: JobRef, execution: str, ended: Ended, backend: Backend) -> BatchJob:
    """Run the job again, or fail it with the reason. A job that another execution has is left alone."""
    job = backend.jobs.get(ref)
    if not endings.has(job, execution) or job.state not in ACTIVE:
        return job
    if endings.is_final(ended) or job.mishaps >= backend.settings.max_mishaps:
        refuse(job, endings.reason(ended), backend)
        account_for(job, State.FAILED, list(backend.chunks.all(ref)), backend)
        failed = backend.jobs.move(job, state=State.FAILED, error=endings.reason(ended), **ending_times(job, backend))
        return publish_end(failed, backend)
    again = backend.jobs.move(job, run=job.run + 1, mishaps=job.mishaps + 1, execution=None)
    backend.starts.send(begin(again))
    return again
