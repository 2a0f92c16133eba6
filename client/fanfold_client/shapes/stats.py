"""What jobs came to, and what is under way."""

from pydantic import Field

from fanfold_client.shapes.answer import Answer, Tokens
from fanfold_client.shapes.batches import Waiting


class Summary(Answer):
    """What jobs came to; `key` is the group they are of."""

    key: str = ""
    jobs: int = 0
    requests: int = 0
    succeeded: int = 0
    failed: int = 0
    success_rate: float | None = None
    mean_seconds: float | None = None
    p50_seconds: float | None = None
    p95_seconds: float | None = None
    requests_per_second: float | None = None
    tokens: Tokens = Tokens()
    spent_usd: float = 0
    saved_usd: float = 0
    unpriced_requests: int = 0
    retries: int = 0
    breaker_openings: int = 0
    finish_reasons: dict[str, int] = Field(default_factory=dict)
    empty: int = 0


class Stats(Answer):
    """All jobs that ended in a range of days, and the same in groups."""

    total: Summary
    groups: list[Summary] = Field(default_factory=list)


class LiveJob(Answer):
    """A batch that is under way."""

    id: str
    state: str
    name: str | None = None
    model: str | None = None
    requests: int = 0
    done: int = 0
    percent: int = 0
    per_second: float | None = None
    eta_seconds: float | None = None
    open_shards: int = 0
    in_flight: int = 0
    waiting: int = 0
    waiting_for: list[Waiting] = Field(default_factory=list)


class Live(Answer):
    """What goes on at this moment."""

    open_jobs: int = 0
    open_shards: int = 0
    in_flight: int = 0
    waiting: int = 0
    per_second: float = 0
    jobs: list[LiveJob] = Field(default_factory=list)
