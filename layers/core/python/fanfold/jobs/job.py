"""A job: what a tenant hands in, whatever its kind, and its way through life.

draft ──▶ accepted ──▶ planning ──▶ running ──▶ completed
             ▲  │          │         ▲ │ │
             │  │          │  paused ◀─┘ └──▶ cancelling ──▶ cancelled
             │  └──────────┴──▶ failed
             └── retry ── completed, failed, cancelled

A kind that is not made of chunks has no plan: it goes from accepted to running, and each run begins as accepted. Any of
them can be deleted: it is then `deleting` until nothing of it is left.
"""

from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from fanfold.ports import Key
from fanfold.versions import Steps


class State(StrEnum):
    DRAFT = "draft"
    ACCEPTED = "accepted"
    PLANNING = "planning"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    FAILED = "failed"
    DELETING = "deleting"


ACTIVE = frozenset({State.ACCEPTED, State.PLANNING, State.RUNNING, State.CANCELLING})
"""The states in which an execution has, or gets, the job."""
OPEN = ACTIVE | {State.DELETING}
"""The states that something still has to happen in."""
OVER = frozenset({State.COMPLETED, State.CANCELLED, State.FAILED})


class JobRef(BaseModel):
    """Which job: enough for any step to find it."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    job: str

    @classmethod
    def from_partition(cls, partition: str) -> "JobRef":
        """The job whose items live there."""
        _, tenant, _, job = partition.split("#")
        return cls(tenant=tenant, job=job)

    @property
    def partition(self) -> str:
        """Where all of the job's items live."""
        return f"T#{self.tenant}#J#{self.job}"

    @property
    def folder(self) -> str:
        """The prefix of all of the job's objects."""
        return f"jobs/{self.tenant}/{self.job}/"

    def chunk_key(self, chunk: int) -> str:
        """The object that holds a chunk's units."""
        return f"{self.folder}chunks/{chunk:06d}.jsonl"

    def results_key(self, chunk: int, round: int, attempt: int = 0) -> str:
        """The object that holds a chunk's results of a round, as one attempt found them.

        Attempts that may find other results than those before name their number, so that one which was fenced off
        writes over nothing.
        """
        return f"{self.folder}results/{chunk:06d}-{round}-{attempt}.jsonl"

    def key(self, sk: str) -> Key:
        """One of the job's items."""
        return Key(self.partition, sk)


_some: Any = Field(default=0, exclude_if=lambda count: not count)
"""A count that few jobs have."""


class Tokens(BaseModel):
    """Tokens of results; cached ones are among the input, and reasoning among the output."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0


class Counts(BaseModel):
    """Units, tokens and money, added up. `succeeded` + `failed` is what is settled.

    Tokens are those of the results. Money is that of every call which was ever made for them, in nanodollars: what a
    retry replaces was paid for all the same.
    """

    model_config = ConfigDict(frozen=True)

    succeeded: int = 0
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    spent_nanos: int = 0
    list_nanos: int = 0
    """What the same would have cost in real time, without the provider's cache."""
    unpriced: int = 0
    """Calls that used tokens of a model whose price is not known: they are in neither sum."""
    finish_stop: int = _some
    finish_length: int = _some
    finish_refusal: int = _some
    finish_tool: int = _some
    finish_other: int = _some
    """Answers by why they ended, those among them that a schema turned down."""
    cancelled: int = _some
    """Those of the failed that were cancelled before they were answered."""
    empty: int = _some
    """Answers that succeeded and hold no text, and no call of a tool either."""

    @property
    def tokens(self) -> Tokens:
        return Tokens(
            input=self.input_tokens,
            output=self.output_tokens,
            cached=self.cached_tokens,
            reasoning=self.reasoning_tokens,
        )

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(**{name: getattr(self, name) - getattr(other, name) for name in Counts.model_fields})

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in Counts.model_fields})


class Job(BaseModel):
    """What every job has. `run` counts its executions; names made of it start each execution once."""

    model_config = ConfigDict(frozen=True)
    STEPS: ClassVar[Steps] = ()
    """From each version of the item to the next."""

    tenant: str
    id: str
    kind: str
    written_as: int = 1
    """The version that the item is written as; a kind that changes its `STEPS` has the newest here for a default."""
    state: State = State.ACCEPTED
    created_at: str
    fingerprint: str
    """SHA-256 of what was asked for: a replay under the same idempotency key must match it."""
    correlation_id: str
    key_id: str | None = None
    """The API key that it was asked for with, or `drop` or `schedule`; None if nobody said."""
    version: int = 0
    """Counts the changes, so that none is made to what somebody else has changed meanwhile."""
    run: int = 1
    round: int = 1
    """1 for the first time through, one more for every retry of what failed."""
    mishaps: int = 0
    """Executions of this round that ended by accident."""
    execution: str | None = None
    resumes_as: State | None = None
    """The state that a paused job goes on in."""
    started_at: str | None = None
    cancelling_at: str | None = None
    """When its owner last cancelled it while it ran."""
    finished_at: str | None = None
    expires_at: str | None = None
    """When it is forgotten, if nothing happens to it before."""
    total: int = 0
    """Units that were taken in; those rejected by line are not among them."""
    rejected: int = 0
    chunks: int = 0
    counts: Counts = Counts()
    """Final once the job is completed; while it runs, the counter item has the figures."""
    error: str | None = None
    end_unpublished: bool = False
    """Whether its end is still to be published."""

    @cached_property
    def ref(self) -> JobRef:
        return JobRef(tenant=self.tenant, job=self.id)

    @property
    def retention_days(self) -> int | None:
        """How long it is to be kept after its end, at most; None is as long as its tenant's jobs are."""
        return None

    @property
    def label(self) -> str | None:
        """What its owner calls it."""
        return None

    @property
    def labels(self) -> tuple[str, ...]:
        """The tags that its owner gave it."""
        return ()

    @property
    def callback_url(self) -> str | None:
        """Where its end is told, beside the webhooks of its tenant."""
        return None

    @property
    def execution_name(self) -> str:
        return f"{self.id}-{self.run}"
