"""Sweep: find the jobs of one kind that a crash left lying, and move them on.

A job that no execution was started for is started again; one whose execution ended unnoticed, even before it could
take the job over, is halted. An end that was not published is. Removals that did not get to their end are asked for
again, and jobs past their retention are deleted.
"""

from fanfold.clock import stamp
from fanfold.jobs.ending import expiry, publish_end
from fanfold.jobs.halt import halt
from fanfold.jobs.job import State
from fanfold.jobs.life_cycle import delete
from fanfold.jobs.protocols import J, JobService
from fanfold.ports import GONE
from fanfold.sweeping import SweepRound


class SweptJobs(SweepRound):
    """What a round did: jobs whose time had come, open jobs seen, started again, halted, and removed."""

    expired: int = 0
    open: int = 0
    started: int = 0
    halted: int = 0
    removed: int = 0


def sweep(backend: JobService[J]) -> SweptJobs:
    """One round over all open jobs and those whose time has come. What is wrong with one job stops no other's."""
    swept = SweptJobs()
    sweep_jobs(swept, backend)
    return swept


def sweep_jobs(swept: SweptJobs, backend: JobService[J]) -> None:
    """The same, as a part of a round."""
    for job in backend.jobs.expired(stamp(backend.clock()), swept.fail):
        swept.expired += bool(swept.attempt(job.ref.partition, _expire, job, backend))
    for job in backend.jobs.open(swept.fail):
        swept.open += 1
        swept.attempt(job.ref.partition, _move_on, job, swept, backend)


def _expire(job: J, backend: JobService[J]) -> bool:
    if backend.rules.keeps(job, backend):
        backend.jobs.move(job, expires_at=expiry(job.tenant, backend))
        return False
    delete(job.ref, backend)
    return True


def _move_on(job: J, swept: SweptJobs, backend: JobService[J]) -> None:
    if job.state is State.DELETING:
        backend.rules.remove(job, backend)
        swept.removed += 1
    elif job.end_unpublished:
        publish_end(job, backend)
    elif not backend.rules.waits(job, backend):
        _look_after(job, swept, backend)


def _look_after(job: J, swept: SweptJobs, backend: JobService[J]) -> None:
    execution = job.execution or job.execution_name
    ended = backend.workflow.ended(execution)
    if ended is None:
        return
    if ended.status == GONE and job.execution is None:
        backend.rules.start(job, backend)
        swept.started += 1
    else:
        halt(job.ref, execution, ended, backend)
        swept.halted += 1
