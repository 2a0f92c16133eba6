"""Asking for a job: who asks, and the id that the job gets by it.

A job's id is made of what it was asked for with: the tenant and its idempotency key, an object's version, or an
execution. The same thing asked for twice is the same job.
"""

import json
from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from fanfold.errors import KeyReused
from fanfold.jobs.job import Job, JobRef
from fanfold.versions import VersionedMessage

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class Caller(BaseModel):
    """Who asks, and how to recognise the same question."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    correlation_id: str
    key_id: str | None = None
    """The API key that the question came with."""
    idempotency_key: Annotated[str, Field(min_length=1, max_length=2048)] = Field(default_factory=lambda: uuid4().hex)

    def ref(self, kind: str) -> JobRef:
        """The job of that kind that this question makes."""
        return JobRef(tenant=self.tenant, job=job_id(kind, self.tenant, self.idempotency_key))


class Begin(VersionedMessage):
    """What starts a job's execution: a message, and the execution's input."""

    kind: Literal["job"] = "job"
    tenant: str
    job: str
    run: int
    correlation_id: str

    @property
    def ref(self) -> JobRef:
        return JobRef(tenant=self.tenant, job=self.job)


class Execution(BaseModel):
    """An execution by its ARN, and its input as it was given."""

    model_config = ConfigDict(frozen=True)

    id: str
    input: dict[str, Any]

    @property
    def run(self) -> int | None:
        """The run that it was started for; None if it was started by hand."""
        return self.input.get("run")


def begin(job: Job) -> Begin:
    """What starts this run of the job."""
    return Begin(tenant=job.tenant, job=job.id, run=job.run, correlation_id=job.correlation_id)


def job_id(kind: str, *parts: str) -> str:
    """An id made of what a job is made of: the kind's first letter and 25 characters of base 32 (125 bits)."""
    number = int.from_bytes(sha256("\0".join(parts).encode()).digest(), "big")
    return kind[0] + "".join(ALPHABET[number >> (5 * place) & 31] for place in range(25))


def check_same(before: str, now: str) -> None:
    """What came before under an idempotency key, and what comes now, by their fingerprints. Raises KeyReused."""
    if before != now:
        raise KeyReused("this Idempotency-Key was used with another body", field="Idempotency-Key")


def fingerprint_of(body: dict[str, Any]) -> str:
    """SHA-256 of a body, whatever the order of its fields."""
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
