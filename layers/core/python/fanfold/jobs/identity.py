"""Who asks, and what makes the same question the same job."""

import json
from hashlib import sha256
from typing import Annotated, Any
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field


class Caller(BaseModel):
    """Who asks, and how to recognise the same question."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    correlation_id: str
    idempotency_key: Annotated[str, Field(min_length=1, max_length=2048)] = Field(default_factory=lambda: uuid4().hex)

    @property
    def job(self) -> str:
        """The id of the job that this question makes."""
        return job_id(self.tenant, self.idempotency_key)


def job_id(*parts: str, prefix: str = "b") -> str:
    """An id made of what a job is made of: the prefix and 25 characters of base 32 (125 bits)."""
    number = int.from_bytes(sha256("\0".join(parts).encode()).digest(), "big")
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    return prefix + "".join(alphabet[number >> (5 * place) & 31] for place in range(25))


def fingerprint_of(body: dict[str, Any]) -> str:
    """SHA-256 of a body, whatever the order of its fields."""
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
