"""Hold: what every step of an execution begins with: is the job still this run's, and has it its lease?"""

from pydantic import BaseModel, ConfigDict

from fanfold.clock import stamp
from fanfold.errors import Superseded
from fanfold.jobs.job import JobRef, State
from fanfold.writing.backend import WritingBackend
from fanfold.writing.ending import fail_job
from fanfold.writing.job import WritingJob
from fanfold.writing.leases import Granted
from fanfold.writing.session import Session
from fanfold.writing.start_waiting import start_waiting


class RunStep(BaseModel):
    """A step of a run."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    job: str
    run: int

    @property
    def ref(self) -> JobRef:
        return JobRef(tenant=self.tenant, job=self.job)


def guard_run(step: RunStep, backend: WritingBackend) -> tuple[WritingJob, Session]:
    """The job, running, and its session. Raises Superseded if the run has nothing to do any more."""
    job = backend.jobs.get(step.ref)
    if job.over or job.run != step.run or job.state not in (State.ACCEPTED, State.RUNNING):
        raise Superseded(f"run {step.run} of job {job.id} is over")
    session = backend.sessions.find(job.session_ref)
    if session is None or session.epoch != job.epoch:
        fail_job(job, "its session was reset or deleted", backend)
        raise Superseded(f"the session of job {job.id} is gone")
    _lease(job, backend)
    if job.state is State.ACCEPTED:
        job = backend.jobs.move(job, state=State.RUNNING, started_at=job.started_at or stamp(backend.clock()))
    return job, session


def wait_again(job: WritingJob, backend: WritingBackend, *, mishaps: int) -> WritingJob:
    """Let the job wait for its next run, at its old place in the order. Raises Superseded."""
    waiting = backend.jobs.move(job, state=State.ACCEPTED, run=job.run + 1, mishaps=mishaps)
    backend.leases.release(job.ref, job.run)
    backend.leases.queue(job.ref, job.created_at)
    start_waiting(backend)
    return waiting


def _lease(job: WritingJob, backend: WritingBackend) -> None:
    """Keep the lease; one that ended meanwhile is taken again if there is a place, or else waited for again."""
    if backend.leases.renew(job.ref, job.run) or backend.leases.take(job.ref, job.run) is Granted.YES:
        return
    wait_again(job, backend, mishaps=job.mishaps)
    raise Superseded(f"the lease of job {job.id} has ended")
