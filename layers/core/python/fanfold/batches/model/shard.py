"""A shard: a provider-sized group of a batch's chunks, and its way through the provider."""

from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from fanfold.batches.model.batch import Again, LaneName
from fanfold.batches.model.waiting import Waiting
from fanfold.clock import moment
from fanfold.jobs.job import JobRef
from fanfold.versions import Steps


class ShardState(StrEnum):
    PLANNED = "planned"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    ENDED = "ended"
    COLLECTED = "collected"


class Shard(BaseModel):
    """A provider-sized group of chunks: one batch at the provider.

    planned ──▶ submitting (the intent) ──▶ submitted ──▶ ended ──▶ collected

    In the real-time lane it is a group of chunks whose messages are sent together, and goes from planned to submitted.
    """

    model_config = ConfigDict(frozen=True)
    STEPS: ClassVar[Steps] = ()
    """From each version of the item to the next."""

    tenant: str
    job: str
    number: int
    written_as: int = Field(default=1, exclude_if=lambda version: version == 1)
    """The version that the item is written as; a change of `STEPS` has the newest here for a default."""
    chunks: list[int]
    requests: int
    provider: str
    lane: LaneName = LaneName.BATCH
    round: int = 1
    """The job's round that it belongs to; from the second on it holds only what had failed."""
    only: str | None = None
    """The kind of fault that it tries again, if not every one."""
    again: tuple[Again, ...] = (Again.FAILED,)
    """Which requests it tries again, from the second round on."""
    state: ShardState = ShardState.PLANNED
    attempt: int = 0
    intent_at: str | None = None
    """When it was first tried: nothing of ours at the provider is older."""
    tried_at: str | None = None
    submitted_at: str | None = None
    staged: str | None = None
    """What was uploaded for it, in the provider's terms."""
    model: str = ""
    creates: list[str] = []
    """When each try to make its batch began."""
    adopted: bool = False
    """Whether its batch was found and not made: its results have to prove that it is ours."""
    batch: str | None = None
    """The provider's id of it."""
    tokens: int = 0
    """Input tokens of its requests, about."""
    turned_down: int = 0
    """How often its batch was turned down for the tokens that were enqueued."""
    waiting: Waiting | None = None
    """What it waits for, while its provider has not taken it."""
    token: str | None = None
    """The task token that the execution waits on."""
    done: int = 0
    """Requests that the provider says it is done with."""
    moved_at: str | None = None
    """When `done` last grew."""
    stuck_since: str | None = None
    """Since when nothing has moved, once that has been for too long."""
    failed_over_at: str | None = None
    """When its batch was given up as stuck, and cancelled; from then on its requests go on in real time."""
    overtaken: bool = False
    """Whether that batch had not ended when its requests went on: what it then answers is paid twice."""
    paid_twice: int | None = None
    """Requests that were, as far as its provider said; None if none can have been, or it did not say."""
    sent: int | None = None
    """How many of its chunks have been sent to workers, the first ones; None is all of them."""
    resent: int = 0
    """How often its messages were sent again because nothing moved in the real-time lane."""

    @cached_property
    def ref(self) -> JobRef:
        return JobRef(tenant=self.tenant, job=self.job)

    @property
    def key(self) -> str:
        """The name of its reservation in the job's budget."""
        return f"r{self.round}s{self.number}"

    @property
    def sent_chunks(self) -> list[int]:
        """The chunks that workers have been sent."""
        return self.chunks[: self.sent]

    @property
    def waiting_chunks(self) -> int:
        """About how many of those are not settled."""
        return max(0, len(self.sent_chunks) - self.done * len(self.chunks) // max(1, self.requests))

    @property
    def seconds(self) -> float | None:
        """From its submit until its batch was seen to have ended; None if it has not."""
        if self.submitted_at is None or self.moved_at is None:
            return None
        return (moment(self.moved_at) - moment(self.submitted_at)).total_seconds()

    @property
    def marker(self) -> str:
        """Our name for the batch at the provider; another one after it was turned down."""
        return f"fanfold-{self.job}-{self.number:04d}" + (f"-{self.turned_down}" if self.turned_down else "")

    @property
    def tag(self) -> str:
        """What the ids of its requests end in, so that its results can be told from another's."""
        return sha256(self.marker.encode()).hexdigest()[:8]
