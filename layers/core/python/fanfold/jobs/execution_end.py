"""Endings of executions: whose they are, whether another run can change them, and what they say."""

from collections.abc import Iterator

from fanfold import errors
from fanfold.errors import FanfoldError, Final, Refused
from fanfold.jobs.job import Job
from fanfold.ports import Ended


def has(job: Job, execution: str) -> bool:
    """Whether the job is this execution's: it took the job over, or was started for it and died before it could."""
    if job.execution is None:
        return execution.rpartition(":")[2] == job.execution_name
    return job.execution == execution


def is_final(ended: Ended) -> bool:
    """Whether another run would end the same: it was stopped by hand, or by an error that stays."""
    return ended.status == "ABORTED" or ended.error in {kind.__name__ for kind in _kinds(Final, Refused)}


def reason(ended: Ended) -> str:
    """Why it ended, in words."""
    if ended.status == "ABORTED":
        return f"its execution was stopped{': ' + ended.cause if ended.cause else ''}"
    return errors.reason(ended.error, ended.cause)


def _kinds(*roots: type[FanfoldError]) -> Iterator[type[FanfoldError]]:
    for root in roots:
        yield root
        yield from _kinds(*root.__subclasses__())
