"""What jobs of writing sessions do in their own way in the life that all jobs have.

A run waits for a lease before its execution starts. With a job's end go what its session has used and, if it trained,
that nothing comes of its document; then its lease is given back, and whoever's turn it is begins.
"""

from fanfold.errors import NotFound
from fanfold.jobs.job import State
from fanfold.jobs.protocols import Closing
from fanfold.ports import Change
from fanfold.writing.accounting import account_for, tallied, usage
from fanfold.writing.backend import WritingBackend
from fanfold.writing.documents import DocumentState, noted
from fanfold.writing.job import WritingJob, WritingTask
from fanfold.writing.start_waiting import start_waiting

NOUN = "job"
IN_CHUNKS = False


def start(job: WritingJob, backend: WritingBackend) -> None:
    backend.leases.release(job.ref, job.run - 1)
    backend.leases.queue(job.ref, job.created_at)
    start_waiting(backend)


def waits(job: WritingJob, backend: WritingBackend) -> bool:
    return job.state is State.ACCEPTED and backend.leases.is_queued(job.ticket)


def close(job: WritingJob, state: State, reason: str, backend: WritingBackend) -> Closing:
    tokens, cost = usage(list(backend.sections.all(job.ref)))
    tally, news = tallied(job, tokens, cost), {"counts": tokens.model_dump(), "cost": cost}
    if state is State.COMPLETED:
        return Closing((tally,), news)
    return Closing((tally, *_not_learnt(job, reason, backend)), news | {"error": reason})


def after_end(job: WritingJob, backend: WritingBackend) -> None:
    account_for(job, backend)
    backend.leases.release(job.ref, job.run)
    backend.leases.leave(job.ticket)
    start_waiting(backend)


def keeps(job: WritingJob, backend: WritingBackend) -> bool:
    return False


def release(job: WritingJob, backend: WritingBackend) -> None:
    backend.sessions.drop(job.session_ref, job.line)


def remove(job: WritingJob, backend: WritingBackend) -> None:
    backend.blobs.remove_under(job.ref.folder)
    backend.jobs.remove(job.ref)


ask_removal = remove


def _not_learnt(job: WritingJob, reason: str, backend: WritingBackend) -> tuple[Change, ...]:
    """The write that says of a training's document, if it still waits, that nothing will come of it."""
    if job.task is not WritingTask.TRAIN:
        return ()
    try:
        document = backend.documents.get(job.session_ref, job.epoch, job.id)
    except NotFound:
        return ()
    if document.state is not DocumentState.WAITING:
        return ()
    return (noted(job.session_ref, job.epoch, job.id, state=DocumentState.FAILED, error=reason),)
