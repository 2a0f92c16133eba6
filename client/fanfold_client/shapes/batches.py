"""Batches, and the pilots of them."""

from typing import Any

from pydantic import Field

from fanfold_client.shapes.answer import Answer, Page, Tokens
from fanfold_client.shapes.costs import Cost, Estimate

OVER = frozenset({"completed", "failed", "cancelled", "deleting"})
"""The states in which nothing more happens by itself."""


class Accepted(Answer):
    """The receipt of a new batch."""

    id: str
    state: str
    created_at: str
    notes: list[str] = Field(default_factory=list)
    """What its options may come to grief with."""


class Progress(Answer):
    """Requests: all, those done, and those the provider says it is done with. `percent` is rounded down."""

    total: int
    done: int
    percent: int
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    """Those of the failed that were cancelled before they were answered."""
    done_at_provider: int = 0
    per_second: float | None = None
    eta_seconds: float | None = None


class Waiting(Answer):
    """What a batch waits for: `provider_quota`, `rate_limit`, `token_limit`, `breaker`, `budget`, `queue`, …"""

    reason: str
    since: str
    next_try: str | None = None
    said: str | None = None


class Try(Answer):
    """A request of a pilot's sample."""

    custom_id: str
    status: str
    prompt: str
    output: str | None = None
    finish_reason: str | None = None
    cost_usd: float | None = None
    error: str | None = None


class Extrapolated(Answer):
    """Dollars for a whole file by its sample: expected, and the interval of 95 %."""

    expected_usd: float | None = None
    low_usd: float | None = None
    high_usd: float | None = None


class Pilot(Answer):
    """What a sample of a file tells of the whole."""

    id: str
    state: str
    rows: int
    requests: int
    tries: list[Try] = Field(default_factory=list)
    finish_reasons: dict[str, int] = Field(default_factory=dict)
    spent_usd: float = 0
    lanes: dict[str, Extrapolated] = Field(default_factory=dict)


class Batch(Answer):
    """A batch. `state` is draft, accepted, planning, running, paused, cancelling, or one of `OVER`."""

    id: str
    state: str
    name: str | None = None
    provider: str | None = None
    model: str | None = None
    mode: str | None = None
    lane: str | None = None
    """`batch` or `realtime`, once it is known; `lane_reason` says why."""
    lane_reason: str | None = None
    lanes: dict[str, Any] = Field(default_factory=dict)
    """By lane, each batch at the provider."""
    priority: str | None = None
    deadline: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    description: str | None = None
    tags: list[str] = Field(default_factory=list)
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    error: str | None = None
    rejected: int = 0
    rejected_lines: list[dict[str, Any]] = Field(default_factory=list)
    tokens: Tokens = Tokens()
    cost: Cost = Cost()
    budget_usd: float | None = None
    estimate: Estimate | None = None
    finish_reasons: dict[str, int] = Field(default_factory=dict)
    """Answers by why they ended: stop, length, refusal, tool, other."""
    empty: int = 0
    """Answers that hold no text."""
    notes: list[str] = Field(default_factory=list)
    """What there is to know about its input, and about how it ended."""
    note: str | None = None
    waiting_for: list[Waiting] = Field(default_factory=list)
    """Why nothing moves, if nothing does."""
    progress: Progress = Progress(total=0, done=0, percent=0)


class BatchPage(Page):
    batches: list[Batch]
