"""Sweep: find what a crash left lying, and move it on; let go of what has had its time.

Jobs whose execution ended unseen are halted, those that should wait get their ticket, leases of jobs that are over are
given back, removals that came to no end are started again; idle sessions and jobs past their retention go.
"""

from pydantic import BaseModel

from fanfold.clock import stamp
from fanfold.errors import NotFound, Superseded
from fanfold.jobs.job import State
from fanfold.ports import GONE
from fanfold.writing.admit import admit, start
from fanfold.writing.backend import Backend
from fanfold.writing.closing import abandon, settle_up
from fanfold.writing.halt import halt
from fanfold.writing.hold import Step
from fanfold.writing.job import WritingJob
from fanfold.writing.open_session import delete
from fanfold.writing.removal import ask_removal, removal_name, start_removal
from fanfold.writing.session import Session


class SweptWriting(BaseModel):
    """What a round did."""

    open: int = 0
    halted: int = 0
    admitted: int = 0
    released: int = 0
    idle: int = 0
    removals: int = 0
    expired: int = 0


def sweep(backend: Backend) -> SweptWriting:
    """One round over everything that is open."""
    swept, busy = SweptWriting(), set[tuple[str, str]]()
    held = {(lease.ref, lease.run) for lease in backend.leases.held()}
    for job in list(backend.jobs.open()):
        swept.open += not job.over
        busy.add((job.tenant, job.session))
        swept.halted += _move_on(job, (job.ref, job.run) in held, backend)
    swept.released = _release(backend)
    swept.admitted = admit(backend)
    swept.idle = _let_idle_go(busy, backend)
    swept.removals = sum(_remove(session, backend) for session in list(backend.sessions.unclear()))
    swept.expired = sum(_forget(job, backend) for job in list(backend.jobs.expired(stamp(backend.clock()))))
    return swept


def _move_on(job: WritingJob, leased: bool, backend: Backend) -> bool:
    """Whether the job had to be halted; of one that is over, what follows its end is done."""
    if job.over:
        settle_up(job, backend)
        return False
    session = backend.sessions.find(job.session_ref)
    if session is None or session.epoch != job.epoch:
        abandon(job, "its session was reset or deleted", backend)
        return True
    if job.state is State.ACCEPTED and not leased:
        backend.leases.queue(job.ref, job.created_at)
        return False
    ended = backend.workflow.ended(job.execution_name)
    if ended is None:
        return False
    if ended.status == GONE and job.state is State.ACCEPTED:
        start(job, backend)
        return False
    try:
        halt(Step(tenant=job.tenant, job=job.id, run=job.run), ended, backend)
    except Superseded:
        return False
    return True


def _release(backend: Backend) -> int:
    """Give back leases whose jobs are over, or gone."""
    released = 0
    for lease in backend.leases.held():
        try:
            job = backend.jobs.get(lease.ref)
            done = job.over or job.run != lease.run
        except NotFound:
            done = True
        if done:
            backend.leases.release(lease.ref, lease.run)
            released += 1
    return released


def _let_idle_go(busy: set[tuple[str, str]], backend: Backend) -> int:
    gone = 0
    for session in list(backend.sessions.idle()):
        if (session.tenant, session.id) not in busy:
            delete(session.ref, backend)
            gone += 1
    return gone


def _remove(session: Session, backend: Backend) -> int:
    """Start a removal that did not start, or one more in the place of one that failed."""
    ended = backend.workflow.ended(removal_name(session))
    if ended is None:
        return 0
    try:
        if ended.status == GONE and session.removals:
            start_removal(session, backend)
        else:
            ask_removal(session, backend)
    except Superseded:
        return 0
    return 1


def _forget(job: WritingJob, backend: Backend) -> int:
    """Let go of a job that is past its retention; its line in the history goes before it."""
    backend.blobs.remove_under(job.ref.folder)
    sk = f"H#{job.epoch:04d}#{job.created_at}#{job.id}"
    backend.sessions.drop(job.session_ref, sk)
    backend.jobs.remove(job.ref)
    return 1
