"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from pydantic import Field

from fanfold_client.answers import Answer
from fanfold_client.models.shared import Tokens, Waiting


class LiveJob(Answer):
    """A batch that is under way."""

    id: str
    name: str | None = None
    state: str
    provider: str = ""
    model: str | None = None
    requests: int = 0
    done: int = 0
    percent: int = 0
    per_second: float | None = None
    eta_seconds: int | None = None
    open_shards: int = 0
    in_flight: int = 0
    """Requests that are at the provider and not answered."""
    waiting: int = 0
    """Requests that are not sent."""
    waiting_for: list[Waiting] = Field(default_factory=list)
    """What it waits for, and since when."""


class MoneyFigures(Answer):
    """What jobs cost. A job counts on the day it first ended, a forecast on the day it was planned."""

    jobs: int = 0
    requests: int = 0
    """Of forecasts, series; of writing, jobs."""
    spent_usd: float = 0
    spent_nanos: int = 0
    """The same to the nanodollar."""
    list_usd: float = 0
    """At list prices: in real time, without a provider's cache."""
    list_nanos: int = 0
    saved_usd: float = 0
    unpriced_requests: int = 0
    """Calls to models whose price is not known: they are in no sum."""
    input_tokens: int = 0
    output_tokens: int = 0


class MoneyGroup(Answer):
    """One of the groups: what its jobs have in common, null where they have nothing of it."""

    jobs: int = 0
    requests: int = 0
    """Of forecasts, series; of writing, jobs."""
    spent_usd: float = 0
    spent_nanos: int = 0
    """The same to the nanodollar."""
    list_usd: float = 0
    """At list prices: in real time, without a provider's cache."""
    list_nanos: int = 0
    saved_usd: float = 0
    unpriced_requests: int = 0
    """Calls to models whose price is not known: they are in no sum."""
    input_tokens: int = 0
    output_tokens: int = 0
    of: dict[str, str | None] = Field(default_factory=dict)


class StatsGroup(Answer):
    """In the API StatsGroup."""

    jobs: int = 0
    completed: int = 0
    failed_jobs: int = 0
    cancelled: int = 0
    requests: int = 0
    succeeded: int = 0
    failed: int = 0
    success_rate: float | None = None
    mean_seconds: float | None = None
    """Of a request: from the call to its answer in real time; from a batch's submit to its end there."""
    p50_seconds: float | None = None
    """Off by 4.4 % at most, as is the next; they come from a histogram."""
    p95_seconds: float | None = None
    requests_per_second: float | None = None
    """Requests of the jobs, by the seconds from each job's start to its first end."""
    tokens: Tokens = Field(default_factory=lambda: Tokens())
    spent_usd: float = 0
    list_usd: float = 0
    saved_usd: float = 0
    unpriced_requests: int = 0
    """Calls to models whose price is not known: they are in no sum."""
    retries: int = 0
    breaker_openings: int = 0
    finish_reasons: dict[str, int] = Field(default_factory=dict)
    """Answers by why they ended."""
    empty: int = 0
    """Answers that hold no text."""
    key: str = ""


class Suggestion(Answer):
    """Something to change: what it is about, how many requests it rests on, and what it would have saved."""

    code: str = ""
    provider: str = ""
    model: str = ""
    requests: int = 0
    """Those of the days that it is about."""
    spent_usd: float = 0
    """What they cost."""
    saved_usd: float | None = None
    """What would not have been spent; None if it saves no money, but room under limits and budgets."""
    mean_output_tokens: int | None = None
    limit_tokens: int | None = None
    """The limit that answers had in the mean."""
    suggested_tokens: int | None = None
    detail: str = ""


class UsageSummary(Answer):
    """What jobs came to. A job counts on the day it first ended, and what a retry changes counts there too."""

    jobs: int = 0
    completed: int = 0
    failed_jobs: int = 0
    cancelled: int = 0
    requests: int = 0
    succeeded: int = 0
    failed: int = 0
    success_rate: float | None = None
    mean_seconds: float | None = None
    """Of a request: from the call to its answer in real time; from a batch's submit to its end there."""
    p50_seconds: float | None = None
    """Off by 4.4 % at most, as is the next; they come from a histogram."""
    p95_seconds: float | None = None
    requests_per_second: float | None = None
    """Requests of the jobs, by the seconds from each job's start to its first end."""
    tokens: Tokens = Field(default_factory=lambda: Tokens())
    spent_usd: float = 0
    list_usd: float = 0
    saved_usd: float = 0
    unpriced_requests: int = 0
    """Calls to models whose price is not known: they are in no sum."""
    retries: int = 0
    breaker_openings: int = 0
    finish_reasons: dict[str, int] = Field(default_factory=dict)
    """Answers by why they ended."""
    empty: int = 0
    """Answers that hold no text."""


class Live(Answer):
    """The tenant's batches that are under way, the oldest first, and what they come to."""

    open_jobs: int = 0
    open_shards: int = 0
    in_flight: int = 0
    waiting: int = 0
    per_second: float = 0
    jobs: list[LiveJob] = Field(default_factory=list)
    more: bool = False
    """Whether there are more than those that are shown and added up."""


class Money(Answer):
    """All jobs of these days, and the same in groups, those that cost most first; by day, by day first."""

    since: str = ""
    until: str = ""
    by: list[str] = Field(default_factory=list)
    total: MoneyFigures = Field(default_factory=lambda: MoneyFigures())
    groups: list[MoneyGroup] = Field(default_factory=list)


class Stats(Answer):
    """All jobs that ended in these days, and the same in groups."""

    since: str = ""
    until: str = ""
    by: str | None = None
    total: UsageSummary = Field(default_factory=lambda: UsageSummary())
    groups: list[StatsGroup] = Field(default_factory=list)


class SuggestionList(Answer):
    """Suggestions, those that save most first."""

    since: str = ""
    until: str = ""
    suggestions: list[Suggestion] = Field(default_factory=list)
