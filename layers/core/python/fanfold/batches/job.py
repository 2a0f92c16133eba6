"""What a batch is made of: its options, where its requests come from, and its shards."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fanfold.jobs.job import Job, JobRef

KIND = "batch"
Text = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Options(BaseModel):
    """What holds for all requests of a batch that do not say otherwise themselves. It must fit into one item."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str = "openai"
    model: Text | None = None
    system: str | None = Field(default=None, max_length=65_536)
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    name: Text | None = None
    metadata: dict[Label, Annotated[str, StringConstraints(max_length=512)]] = Field(default={}, max_length=16)


class Source(BaseModel):
    """The object that holds the requests, and how."""

    model_config = ConfigDict(frozen=True)

    key: str
    format: Literal["jsonl", "csv"] = "jsonl"


class BatchJob(Job):
    """A batch, as its META item keeps it."""

    kind: str = KIND
    options: Options
    source: Source
    shards: int = 0
    samples: tuple[dict[str, Any], ...] = ()
    """The first few rejected lines; all of them are in the object `rejected.jsonl`."""


class ShardState(StrEnum):
    PLANNED = "planned"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    ENDED = "ended"
    COLLECTED = "collected"


class Shard(BaseModel):
    """A provider-sized group of chunks: one batch at the provider.

    planned ──▶ submitting (the intent) ──▶ submitted ──▶ ended ──▶ collected
    """

    model_config = ConfigDict(frozen=True)

    tenant: str
    job: str
    number: int
    chunks: list[int]
    requests: int
    provider: str
    state: ShardState = ShardState.PLANNED
    attempt: int = 0
    intent_at: str | None = None
    """When it was first tried: nothing of ours at the provider is older."""
    tried_at: str | None = None
    staged: str | None = None
    """What was uploaded for it, in the provider's terms."""
    batch: str | None = None
    """The provider's id of it."""
    token: str | None = None
    """The task token that the execution waits on."""
    done: int = 0
    """Requests that the provider says it is done with."""

    @property
    def ref(self) -> JobRef:
        return JobRef(tenant=self.tenant, job=self.job)

    @property
    def marker(self) -> str:
        """Our name for the batch at the provider."""
        return f"fanfold-{self.job}-{self.number:04d}"
