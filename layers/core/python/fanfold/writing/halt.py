"""Halt: a run that failed or died. What trying again can't change fails the job; all else gives it another run.

Superseded is final for a run and not for its job: if nobody else has that, it goes on.
"""

from fanfold.errors import Superseded
from fanfold.jobs.halt import is_final, reason
from fanfold.jobs.job import State
from fanfold.ports import Ended
from fanfold.writing.backend import WritingBackend
from fanfold.writing.ending import after_end, end_job, failure_changes
from fanfold.writing.job import WritingJob
from fanfold.writing.run_guard import RunStep, wait_again


def halt(step: RunStep, ended: Ended, backend: WritingBackend) -> WritingJob:
    """Run the job again, or fail it with the reason. One that another run has, or that is over, is left as it is."""
    job = backend.jobs.get(step.ref)
    if job.over:
        return after_end(job, backend)
    if job.run != step.run or job.state not in (State.ACCEPTED, State.RUNNING):
        return job
    if (is_final(ended) and ended.error != Superseded.__name__) or job.mishaps >= backend.settings.max_mishaps:
        why = reason(ended)
        return end_job(job, State.FAILED, backend, *failure_changes(job, why, backend), error=why)
    return wait_again(job, backend, mishaps=job.mishaps + 1)
