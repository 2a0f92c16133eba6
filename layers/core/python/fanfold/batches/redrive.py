"""Redrive: dead letters sent again, once what killed their workers is mended."""

from collections import Counter

from pydantic import BaseModel, ConfigDict

from fanfold.batches import commands
from fanfold.batches.backend import BatchBackend
from fanfold.batches.stores.dead_letters import KIND, DeadLetter
from fanfold.errors import NotFound
from fanfold.jobs.job import OVER, JobRef


class Redrive(BaseModel):
    """The body of `POST /v1/dlq/redrive`: which batch's dead_letters; without one, all."""

    model_config = ConfigDict(extra="forbid")

    job: str | None = None


class DeadLetterPage(BaseModel):
    """A page of dead letters, newest first."""

    dead_letters: list[DeadLetter]
    cursor: str | None


class RedrivenBatch(BaseModel):
    """A batch whose dead_letters are sent again, or are left for now, and why."""

    job: str
    dead_letters: int
    left: str | None = None


class Redriven(BaseModel):
    batches: list[RedrivenBatch]


def dead_letters(tenant: str, limit: int, cursor: str | None, backend: BatchBackend) -> DeadLetterPage:
    """A page of the tenant's dead letters."""
    dead_letters, after = backend.dead_letters.page(tenant, limit, cursor)
    return DeadLetterPage(dead_letters=dead_letters, cursor=after)


def redrive(tenant: str, body: Redrive, backend: BatchBackend) -> Redriven:
    """Give each batch with dead letters a round for them alone. Raises NotFound for a batch that has none.

    A batch that is not over keeps its letters.
    """
    found = Counter(letter.job for letter in backend.dead_letters.all(tenant) if body.job in (None, letter.job))
    if body.job is not None and not found:
        raise NotFound(f"batch {body.job!r} has no dead letters", field="job")
    return Redriven(batches=[_sent(JobRef(tenant=tenant, job=job), each, backend) for job, each in found.items()])


def _sent(ref: JobRef, dead_letters: int, backend: BatchBackend) -> RedrivenBatch:
    job = backend.jobs.get(ref)
    if job.state not in OVER:
        return RedrivenBatch(
            job=ref.job, dead_letters=dead_letters, left=f"the batch is {job.state}: redrive when it is over"
        )
    commands.redrive(job, KIND, backend)
    return RedrivenBatch(job=ref.job, dead_letters=dead_letters)
