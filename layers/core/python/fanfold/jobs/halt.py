"""Halt: an execution that ended without finishing its job.

What trying again can't change fails the job; so does a stop in the console. Anything else (a lost worker, an
outage longer than the retries, a restart) gives the job another run, up to a limit; every step picks up where the
last one left. Superseded is final for a run and not for its job: if nobody else has that, it goes on.
"""

from collections.abc import Iterator

from fanfold import errors
from fanfold.errors import FanfoldError, Final, Refused, Superseded
from fanfold.jobs.ending import publish_end
from fanfold.jobs.job import ACTIVE, Job, JobRef
from fanfold.jobs.life_cycle import begin_run, fail
from fanfold.jobs.protocols import J, JobService
from fanfold.ports import Ended


def halt(ref: JobRef, execution: str, ended: Ended, backend: JobService[J]) -> J:
    """Run the job again, or fail it with the reason. One that another execution has is left alone; of one that is
    over, what follows its end is done."""
    job = backend.jobs.get(ref)
    if job.state not in ACTIVE:
        return publish_end(job, backend)
    if not _has(job, execution):
        return job
    if is_final(ended) or job.mishaps >= backend.settings.max_mishaps:
        return fail(job, reason(ended), backend)
    return begin_run(job, backend, mishaps=job.mishaps + 1)


def is_final(ended: Ended) -> bool:
    """Whether another run would end the same: it was stopped by hand, or by an error that stays."""
    stays = {kind.__name__ for kind in _kinds(Final, Refused) if kind is not Superseded}
    return ended.status == "ABORTED" or ended.error in stays


def reason(ended: Ended) -> str:
    """Why it ended, in words."""
    if ended.status == "ABORTED":
        return f"its execution was stopped{': ' + ended.cause if ended.cause else ''}"
    return errors.reason(ended.error, ended.cause)


def _has(job: Job, execution: str) -> bool:
    """Whether the job is this execution's: it took the job over, or was started for it and died before it could."""
    if job.execution is None:
        return execution.rpartition(":")[2] == job.execution_name
    return job.execution == execution


def _kinds(*roots: type[FanfoldError]) -> Iterator[type[FanfoldError]]:
    for root in roots:
        yield root
        yield from _kinds(*root.__subclasses__())
