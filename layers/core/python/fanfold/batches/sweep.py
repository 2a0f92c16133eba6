"""Sweep: find what a crash left lying, and move it on.

A job without an execution gets its start message again; a job whose execution ended unnoticed is halted.
"""

from datetime import timedelta

from pydantic import BaseModel

from fanfold.batches.accept import begin
from fanfold.batches.backend import Backend
from fanfold.batches.halt import halt
from fanfold.batches.job import BatchJob
from fanfold.clock import moment
from fanfold.errors import Superseded


class Swept(BaseModel):
    """What a round did: open jobs seen, started again, halted."""

    open: int = 0
    started: int = 0
    halted: int = 0


def sweep(backend: Backend) -> Swept:
    """One round over all open jobs."""
    swept = Swept()
    for job in backend.jobs.open():
        swept.open += 1
        if job.execution is None:
            swept.started += _start(job, backend)
        else:
            swept.halted += _halt(job, job.execution, backend)
    return swept


def _start(job: BatchJob, backend: Backend) -> bool:
    waited = backend.clock() - moment(job.created_at)
    if waited < timedelta(seconds=backend.settings.accept_grace_seconds):
        return False
    backend.starts.send(begin(job))
    return True


def _halt(job: BatchJob, execution: str, backend: Backend) -> bool:
    ended = backend.workflow.ended(execution)
    if ended is None:
        return False
    try:
        halt(job.ref, execution, ended, backend)
    except Superseded:
        return False
    return True
