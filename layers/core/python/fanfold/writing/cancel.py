"""A job as its owner steers it."""

from fanfold.errors import Conflict
from fanfold.jobs.job import JobRef, State
from fanfold.writing.backend import WritingBackend
from fanfold.writing.ending import fail_job
from fanfold.writing.job import WritingJob


def cancel(ref: JobRef, backend: WritingBackend) -> WritingJob:
    """End the job early. Raises Conflict for one that is over otherwise."""
    job = backend.jobs.get(ref)
    if job.over and job.state is not State.CANCELLED:
        raise Conflict(f"job {job.id} is {job.state}: it is over", field="id")
    return fail_job(job, "it was cancelled", backend)
