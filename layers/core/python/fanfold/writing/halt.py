"""Halt: a run that failed or died. What trying again can't change fails the job; all else gives it another run.

Superseded is final for a run and not for its job: if nobody else has that, it goes on.
"""

from fanfold.errors import Superseded
from fanfold.jobs.endings import is_final, reason
from fanfold.jobs.job import State
from fanfold.ports import Ended
from fanfold.writing.backend import Backend
from fanfold.writing.closing import close, given_up, settle_up
from fanfold.writing.hold import Step, again
from fanfold.writing.job import WritingJob


def halt(step: Step, ended: Ended, backend: Backend) -> WritingJob:
    """Run the job again, or fail it with the reason. One that another run has, or that is over, is left as it is."""
    job = backend.jobs.get(step.ref)
    if job.over:
        return settle_up(job, backend)
    if job.run != step.run or job.state not in (State.ACCEPTED, State.RUNNING):
        return job
    if (is_final(ended) and ended.error != Superseded.__name__) or job.mishaps >= backend.settings.max_mishaps:
        why = reason(ended)
        return close(job, State.FAILED, backend, *given_up(job, why, backend), error=why)
    return again(job, backend, mishaps=job.mishaps + 1)
