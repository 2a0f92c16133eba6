"""What every step of an execution begins with: is the job still this run's, and has it its lease?

What becomes of a job whose execution died is in `fanfold.jobs.halt`.
"""

from pydantic import BaseModel, ConfigDict

from fanfold.errors import Superseded
from fanfold.jobs.ending import publish_end
from fanfold.jobs.job import JobRef
from fanfold.jobs.life_cycle import begin_run, cut_short, take_over
from fanfold.writing.backend import WritingBackend
from fanfold.writing.job import WritingJob
from fanfold.writing.leases import Granted
from fanfold.writing.session import EMPTIED, Session


class RunStep(BaseModel):
    """A step of a run."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    job: str
    run: int

    @property
    def ref(self) -> JobRef:
        return JobRef(tenant=self.tenant, job=self.job)

    @property
    def execution(self) -> str:
        """The name of its execution."""
        return f"{self.job}-{self.run}"


def guard_run(step: RunStep, backend: WritingBackend) -> tuple[WritingJob, Session]:
    """The job, running, and its session. Raises Superseded if the run has nothing to do any more."""
    job = take_over(step.ref, None, step.run, backend)
    session = backend.sessions.find(job.session_ref)
    if session is None or session.epoch != job.epoch:
        cut_short(job.ref, EMPTIED, backend)
        raise Superseded(f"the session of job {job.id} is gone")
    _keep_lease(job, backend)
    return job, session


def closed_by(step: RunStep, backend: WritingBackend) -> WritingJob | None:
    """The job if this run has closed it already: a doubled call only does again what comes after."""
    job = backend.jobs.get(step.ref)
    return publish_end(job, backend) if job.over and job.run == step.run else None


def _keep_lease(job: WritingJob, backend: WritingBackend) -> None:
    """Keep the lease; one that ended meanwhile is taken again if there is a place, or else waited for again."""
    if backend.leases.renew(job.ref, job.run) or backend.leases.take(job.ref, job.run) is Granted.YES:
        return
    begin_run(job, backend)
    raise Superseded(f"the lease of job {job.id} has ended")
