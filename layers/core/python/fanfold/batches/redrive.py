"""Redrive: dead letters sent again, once what killed their workers is mended."""

from collections import Counter

from pydantic import BaseModel, ConfigDict

from fanfold.batches.backend import Backend
from fanfold.batches.commands import again
from fanfold.batches.stores.dead_letters import KIND, Letter
from fanfold.errors import NotFound
from fanfold.jobs.job import OVER, JobRef


class Redrive(BaseModel):
    """The body of `POST /v1/dlq/redrive`: which batch's letters; without one, all."""

    model_config = ConfigDict(extra="forbid")

    job: str | None = None


class Letters(BaseModel):
    """A page of dead letters, newest first."""

    letters: list[Letter]
    cursor: str | None


class Sent(BaseModel):
    """A batch whose letters are sent again, or are left for now, and why."""

    job: str
    letters: int
    left: str | None = None


class Redriven(BaseModel):
    batches: list[Sent]


def dead_letters(tenant: str, limit: int, cursor: str | None, backend: Backend) -> Letters:
    """A page of the tenant's dead letters."""
    letters, after = backend.letters.page(tenant, limit, cursor)
    return Letters(letters=letters, cursor=after)


def redrive(tenant: str, body: Redrive, backend: Backend) -> Redriven:
    """Give each batch with dead letters a round for them alone. Raises NotFound for a batch that has none.

    A batch that is not over keeps its letters.
    """
    found = Counter(letter.job for letter in backend.letters.all(tenant) if body.job in (None, letter.job))
    if body.job is not None and not found:
        raise NotFound(f"batch {body.job!r} has no dead letters", field="job")
    return Redriven(batches=[_sent(JobRef(tenant=tenant, job=job), each, backend) for job, each in found.items()])


def _sent(ref: JobRef, letters: int, backend: Backend) -> Sent:
    job = backend.jobs.get(ref)
    if job.state not in OVER:
        return Sent(job=ref.job, letters=letters, left=f"the batch is {job.state}: redrive when it is over")
    again(job, backend, only=KIND)
    return Sent(job=ref.job, letters=letters)
