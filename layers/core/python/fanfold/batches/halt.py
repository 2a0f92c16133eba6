"""Halt: an execution that ended without finishing its job.

What trying again can't change fails the job; so does a stop in the console. Anything else (a lost worker, an
outage longer than the retries, a restart) gives the job another run, up to a limit; every step picks up where the
last one left.
"""

from collections.abc import Iterator

from fanfold.batches.accept import begin
from fanfold.batches.backend import Backend
from fanfold.batches.closing import account_for, closed
from fanfold.batches.job import BatchJob
from fanfold.batches.outbox import refuse
from fanfold.errors import FanfoldError, Final, Refused, reason
from fanfold.jobs.job import ACTIVE, JobRef, State
from fanfold.ports import Ended


def halt(ref: JobRef, execution: str, ended: Ended, backend: Backend) -> BatchJob:
    """Run the job again, or fail it with the reason. A job that another execution has is left alone."""
    job = backend.jobs.get(ref)
    if not _has(job, execution) or job.state not in ACTIVE:
        return job
    if _final(ended) or job.mishaps >= backend.settings.max_mishaps:
        refuse(job, _reason(ended), backend)
        account_for(job, State.FAILED, list(backend.chunks.all(ref)), backend)
        return backend.jobs.move(job, state=State.FAILED, error=_reason(ended), **closed(job, backend))
    again = backend.jobs.move(job, run=job.run + 1, mishaps=job.mishaps + 1, execution=None)
    backend.starts.send(begin(again))
    return again


def _has(job: BatchJob, execution: str) -> bool:
    """Whether the job is this execution's: it took the job over, or was started for it and died before it could."""
    if job.execution is None:
        return execution.rpartition(":")[2] == job.execution_name
    return job.execution == execution


def _final(ended: Ended) -> bool:
    return ended.status == "ABORTED" or ended.error in {kind.__name__ for kind in _kinds(Final, Refused)}


def _kinds(*roots: type[FanfoldError]) -> Iterator[type[FanfoldError]]:
    for root in roots:
        yield root
        yield from _kinds(*root.__subclasses__())


def _reason(ended: Ended) -> str:
    if ended.status == "ABORTED":
        return f"its execution was stopped{': ' + ended.cause if ended.cause else ''}"
    return reason(ended.error, ended.cause)
