"""Sweep: find what a crash left lying, and move it on; let go of what has had its time.

Jobs whose execution ended unseen are halted, those that should wait get their ticket, leases of jobs that are over are
given back, removals that came to no end are started again; idle sessions and jobs past their retention go.
"""

from fanfold.clock import stamp
from fanfold.errors import NotFound
from fanfold.jobs.job import State
from fanfold.ports import GONE
from fanfold.sweeping import SweepRound
from fanfold.writing.backend import WritingBackend
from fanfold.writing.ending import after_end, fail_job
from fanfold.writing.halt import halt
from fanfold.writing.job import WritingJob
from fanfold.writing.leases import WritingLease
from fanfold.writing.removal import ask_again, removal_name, start_removal
from fanfold.writing.run_guard import RunStep
from fanfold.writing.session import Session
from fanfold.writing.session_commands import delete
from fanfold.writing.start_waiting import start, start_waiting


class SweptWriting(SweepRound):
    """What a round did."""

    open: int = 0
    halted: int = 0
    admitted: int = 0
    released: int = 0
    idle: int = 0
    removals: int = 0
    expired: int = 0


def sweep(backend: WritingBackend) -> SweptWriting:
    """One round over everything that is open."""
    swept, busy = SweptWriting(), set[tuple[str, str]]()
    held = {(lease.ref, lease.run) for lease in backend.leases.held()}
    for job in list(backend.jobs.open(swept.fail)):
        swept.open += not job.over
        busy.add((job.tenant, job.session))
        leased = (job.ref, job.run) in held
        swept.halted += bool(swept.attempt(job.ref.partition, _move_on, job, leased, backend))
    for lease in list(backend.leases.held()):
        swept.released += bool(swept.attempt(lease.ref.partition, _release, lease, backend))
    swept.admitted = swept.attempt("waiting jobs", start_waiting, backend) or 0
    for session in list(backend.sessions.idle()):
        if (session.tenant, session.id) not in busy:
            swept.idle += bool(swept.attempt(session.ref.partition, _let_go, session, backend))
    for session in list(backend.sessions.unclear()):
        swept.removals += bool(swept.attempt(session.ref.partition, _remove, session, backend))
    for job in list(backend.jobs.expired(stamp(backend.clock()), swept.fail)):
        swept.expired += bool(swept.attempt(job.ref.partition, _forget, job, backend))
    return swept


def _move_on(job: WritingJob, leased: bool, backend: WritingBackend) -> bool:
    """Whether the job had to be halted; of one that is over, what follows its end is done."""
    if job.over:
        after_end(job, backend)
        return False
    session = backend.sessions.find(job.session_ref)
    if session is None or session.epoch != job.epoch:
        fail_job(job, "its session was reset or deleted", backend)
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
    halt(RunStep(tenant=job.tenant, job=job.id, run=job.run), ended, backend)
    return True


def _release(lease: WritingLease, backend: WritingBackend) -> bool:
    """Whether the lease was given back: its job is over, or gone."""
    try:
        job = backend.jobs.get(lease.ref)
        done = job.over or job.run != lease.run
    except NotFound:
        done = True
    if done:
        backend.leases.release(lease.ref, lease.run)
    return done


def _let_go(session: Session, backend: WritingBackend) -> bool:
    delete(session.ref, backend)
    return True


def _remove(session: Session, backend: WritingBackend) -> bool:
    """Start a removal that did not start, or one more in the place of one that failed."""
    ended = backend.workflow.ended(removal_name(session))
    if ended is None:
        return False
    if ended.status == GONE:
        start_removal(session, backend)
    else:
        ask_again(session, backend)
    return True


def _forget(job: WritingJob, backend: WritingBackend) -> bool:
    """Let go of a job that is past its retention; its line in the history goes before it."""
    backend.blobs.remove_under(job.ref.folder)
    sk = f"H#{job.epoch:04d}#{job.created_at}#{job.id}"
    backend.sessions.drop(job.session_ref, sk)
    backend.jobs.remove(job.ref)
    return True
