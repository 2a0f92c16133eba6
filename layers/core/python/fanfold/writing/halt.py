"""Halt: a run that failed or died. What trying again can't change fails the job; all else gives it another run."""

from collections.abc import Iterator

from fanfold.errors import FanfoldError, Final, Refused, Superseded, reason
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
        settle_up(job, backend)
        return job
    if job.run != step.run or job.state not in (State.ACCEPTED, State.RUNNING):
        return job
    if _final(ended) or job.mishaps >= backend.settings.max_mishaps:
        why = _reason(ended)
        return close(job, State.FAILED, backend, *given_up(job, why, backend), error=why)
    return again(job, backend, mishaps=job.mishaps + 1)


def _final(ended: Ended) -> bool:
    """Superseded is final for a run and not for its job: if nobody else has that, it goes on."""
    kinds = {kind.__name__ for kind in _kinds(Final, Refused)} - {Superseded.__name__}
    return ended.status == "ABORTED" or ended.error in kinds


def _kinds(*roots: type[FanfoldError]) -> Iterator[type[FanfoldError]]:
    for root in roots:
        yield root
        yield from _kinds(*root.__subclasses__())


def _reason(ended: Ended) -> str:
    if ended.status == "ABORTED":
        return f"its execution was stopped{': ' + ended.cause if ended.cause else ''}"
    return reason(ended.error, ended.cause)
