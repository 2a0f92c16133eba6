"""Sweep: find what a crash left lying, and move it on.

A job that no execution was started for gets its start message again; a job whose execution ended unnoticed, even
before it could take the job over, is halted. An end that was not told of is told.
Removals that did not get to their end are asked for again, and jobs past their retention are deleted.
"""

from datetime import timedelta

from fanfold.batches.backend import Backend
from fanfold.batches.commands import delete
from fanfold.batches.ending.halt import halt
from fanfold.batches.model.batch import BatchJob
from fanfold.clock import moment, stamp
from fanfold.jobs.ending import publish_end
from fanfold.jobs.identity import begin
from fanfold.jobs.job import State
from fanfold.ports import GONE
from fanfold.sweeping import SweepRound


class SweptBatches(SweepRound):
    """What a round did: jobs whose time had come, open jobs seen, started again, halted."""

    expired: int = 0
    open: int = 0
    started: int = 0
    halted: int = 0


def sweep(backend: Backend) -> SweptBatches:
    """One round over all open jobs. What is wrong with one job stops no other's."""
    swept = SweptBatches()
    for job in backend.jobs.expired(stamp(backend.clock()), swept.fail):
        swept.expired += swept.attempt(job.ref.partition, delete, job.ref, backend) is not None
    for job in backend.jobs.open(swept.fail):
        swept.open += 1
        swept.attempt(job.ref.partition, _move_on, job, swept, backend)
    return swept


def _move_on(job: BatchJob, swept: SweptBatches, backend: Backend) -> None:
    if job.state is State.DELETING:
        delete(job.ref, backend)
    elif job.end_unpublished:
        publish_end(job, backend)
    elif ended := None if _fresh(job, backend) else backend.workflow.ended(job.execution or job.execution_name):
        if ended.status == GONE and job.execution is None:
            backend.starts.send(begin(job))
            swept.started += 1
        else:
            halt(job.ref, job.execution or job.execution_name, ended, backend)
            swept.halted += 1


def _fresh(job: BatchJob, backend: Backend) -> bool:
    """Its start message may still be on its way."""
    waited = backend.clock() - moment(job.created_at)
    return job.execution is None and waited < timedelta(seconds=backend.settings.accept_grace_seconds)
