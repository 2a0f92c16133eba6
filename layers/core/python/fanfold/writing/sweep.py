"""Sweep: find what a crash left lying of jobs and sessions, and move it on; let go of what has had its time.

Jobs are swept as all jobs are. Then leases of jobs that are over are given back, whoever waits begins, sessions that
were left alone go, and removals that came to no end are started again.
"""

from fanfold.errors import NotFound
from fanfold.jobs.job import ACTIVE
from fanfold.jobs.sweep import SweptJobs, sweep_jobs
from fanfold.ports import GONE
from fanfold.writing.backend import WritingBackend
from fanfold.writing.leases import WritingLease
from fanfold.writing.removal import ask_again, removal_name, start_removal
from fanfold.writing.session import Session
from fanfold.writing.session_commands import delete
from fanfold.writing.start_waiting import start_waiting


class SweptWriting(SweptJobs):
    """What a round did."""

    admitted: int = 0
    released: int = 0
    idle: int = 0
    removals: int = 0


def sweep(backend: WritingBackend) -> SweptWriting:
    """One round over everything that is open."""
    swept = SweptWriting()
    sweep_jobs(swept, backend)
    for lease in list(backend.leases.held()):
        swept.released += bool(swept.attempt(lease.ref.partition, _release, lease, backend))
    swept.admitted = swept.attempt("waiting jobs", start_waiting, backend) or 0
    for session in _left_alone(backend):
        swept.idle += bool(swept.attempt(session.ref.partition, _let_go, session, backend))
    for session in list(backend.sessions.unclear()):
        swept.removals += bool(swept.attempt(session.ref.partition, _remove, session, backend))
    return swept


def _release(lease: WritingLease, backend: WritingBackend) -> bool:
    """Whether the lease was given back: its job is over, or gone."""
    try:
        job = backend.jobs.get(lease.ref)
        done = job.state not in ACTIVE or job.run != lease.run
    except NotFound:
        done = True
    if done:
        backend.leases.release(lease.ref, lease.run)
    return done


def _left_alone(backend: WritingBackend) -> list[Session]:
    """Sessions that were idle for too long and have no job that is open."""
    idle = list(backend.sessions.idle())
    busy = {job.session_ref for job in backend.jobs.open(lambda *_: None)} if idle else set()
    return [session for session in idle if session.ref not in busy]


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
