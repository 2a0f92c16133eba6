"""What the service answers. Fields that this client does not know yet are kept."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

OVER = frozenset({"completed", "failed", "cancelled", "deleting"})
"""The states in which nothing more happens by itself."""


class Answer(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class Page(Answer):
    """A part of a listing: `cursor` is where to go on, None at the end."""

    cursor: str | None = None


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


class Tokens(Answer):
    """Tokens of results; cached ones are among the input, and reasoning among the output."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0


class Waiting(Answer):
    """What a batch waits for: `provider_quota`, `rate_limit`, `token_limit`, `breaker`, `budget`, `queue`, …"""

    reason: str
    since: str
    next_try: str | None = None
    said: str | None = None


class Cost(Answer):
    """Dollars; None where no price is known. Calls to models without a known price are in no sum."""

    spent_usd: float | None = None
    list_usd: float | None = None
    saved_usd: float | None = None
    unpriced_requests: int = 0


class Range(Answer):
    """Dollars that are expected, and that it can be at most; None if a price is not known."""

    expected_usd: float | None = None
    most_usd: float | None = None


class ModelEstimate(Answer):
    """What the requests for one model will cost, by the lane they might go."""

    model: str
    requests: int
    input_tokens: int = 0
    output_tokens: int = 0
    most_input_tokens: int = 0
    most_output_tokens: int = 0
    lanes: dict[str, Range] = Field(default_factory=dict)
    assumed: str = ""


class Estimate(Answer):
    """What requests will cost, by lane."""

    requests: int
    lanes: dict[str, Range] = Field(default_factory=dict)
    unpriced_requests: int = 0
    models: list[ModelEstimate] = Field(default_factory=list)


class Estimated(Answer):
    """An estimate, the lines that would not be taken, and the draft that was planned for it if there is one."""

    estimate: Estimate
    rejected: int = 0
    rejected_lines: list[dict[str, Any]] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    """What is worth knowing of the requests before they are sent."""
    id: str | None = None


class Budget(Answer):
    """What batches may spend in a day and a month of UTC, and what they have spent or set aside."""

    daily_usd: float | None = None
    monthly_usd: float | None = None
    today_usd: float = 0
    month_usd: float = 0


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


class SeriesProgress(Answer):
    """Series: all, and those that are done. `percent` is rounded down."""

    total: int
    done: int
    succeeded: int = 0
    failed: int = 0
    percent: int = 0
    elapsed_seconds: float | None = None
    eta_seconds: float | None = None


class InputNote(Answer):
    """What was decided about a file: the decision, what speaks for it, and the option that decides otherwise."""

    code: str
    detail: str
    column: str | None = None
    evidence: str | None = None
    option: str | None = None
    certain: bool = True

    def __str__(self) -> str:
        said = f"{self.column}: {self.detail}" if self.column else self.detail
        why = f" ({self.evidence})" if self.evidence else ""
        settles = f", {self.option} settles it" if self.option else ""
        return f"{said}{why}{'' if self.certain else f'; this is uncertain{settles}'}"


class Forecast(Answer):
    """A forecast. `state` is accepted, planning, running, cancelling, or one of `OVER`; `outcome` says the same in
    words, with how many series failed."""

    id: str
    state: str
    outcome: str = ""
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    error: str | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    rejected: int = 0
    rejected_lines: list[dict[str, Any]] = Field(default_factory=list)
    notes: list[InputNote] = Field(default_factory=list)
    progress: SeriesProgress
    summary: dict[str, Any] | None = None
    edition_of: str | None = None
    editions: list[str] = Field(default_factory=list)
    current: str | None = None
    schedule: dict[str, Any] | None = None
    observations: int = 0


class ObservationPost(Answer):
    """A post of observations."""

    id: str
    created_at: str
    observations: int


class ObservationPosts(Answer):
    """Posts of observations, the newest first; `total` counts all of them, `kept` their observations."""

    posts: list[ObservationPost]
    total: int
    kept: int


class SeriesRow(Answer):
    """A series of a forecast in a listing: its status is ok, fallback or failed."""

    name: str
    status: str
    pattern: str
    model: str
    reason: str | None = None
    confidence: float
    expected_error: float | None = None


class RequestRow(Answer):
    """A request in a listing: its status is pending, succeeded, failed, expired or cancelled."""

    custom_id: str
    line: int
    status: str
    error: dict[str, Any] | None = None


class ResponseRow(RequestRow):
    """A settled request with its answer. An output too large for a listing is `omitted`."""

    output: str | None = None
    omitted: str | None = None


class Kind(Answer):
    """Requests that have no answer for the same kind of reason, with a few of them."""

    kind: str
    count: int
    codes: dict[str, int] = Field(default_factory=dict)
    examples: list[dict[str, Any]] = Field(default_factory=list)


class Errors(Answer):
    """What went wrong in a batch: requests without an answer, by kind, and lines that were not taken."""

    failed: int = 0
    errors: list[Kind] = Field(default_factory=list)
    rejected: int = 0
    rejected_lines: list[dict[str, Any]] = Field(default_factory=list)


class Letter(Answer):
    """A request that workers die of."""

    job: str
    custom_id: str
    line: int
    kind: str
    died_at: str


class LetterPage(Page):
    dead_letters: list[Letter]


class Sent(Answer):
    """A batch whose dead letters are sent again, or why they are left for now."""

    job: str
    dead_letters: int
    left: str | None = None


class Redriven(Answer):
    batches: list[Sent]


class Form(Answer):
    """Where a file is posted, and the fields that go with it."""

    url: str
    fields: dict[str, str]


class Upload(Answer):
    """A place for a file of at most `max_bytes`."""

    upload: str
    form: Form
    max_bytes: int


class Check(Answer):
    ok: bool
    error: str | None = None


class Health(Answer):
    """Whether the service runs, and with details whether all it stands on answers."""

    status: str
    version: str = ""
    checks: dict[str, Check] = Field(default_factory=dict)


class BatchPage(Page):
    batches: list[Batch]


class RequestPage(Page):
    requests: list[RequestRow]


class ResponsePage(Page):
    responses: list[ResponseRow]


class Receipt(Answer):
    """What was taken of a POST to the journal: ids by place, None for what was not, and why not."""

    accepted: int
    duplicates: int
    ids: list[str | None]
    errors: list[dict[str, Any]] = Field(default_factory=list)


class LogEntry(Answer):
    """An entry of the journal."""

    id: str
    timestamp: str
    stream: str
    level: str
    message: str
    context: dict[str, Any] = Field(default_factory=dict)
    client_id: str | None = None


class LogPage(Page):
    entries: list[LogEntry]


class LogHour(Answer):
    """Entries that were accepted in an hour."""

    hour: str
    accepted: int
    flushed: int
    pending: int
    failed: int
    levels: dict[str, int] = Field(default_factory=dict)


class LogStats(Answer):
    """What came into the journal and what became of it."""

    accepted: int
    flushed: int
    pending: int
    failed: int
    levels: dict[str, int]
    hours: list[LogHour]
    segments: int
    retries: int
    flush_lag_ms: dict[str, int | None]
    batch_entries: dict[str, int | None]


class ForecastPage(Page):
    forecasts: list[Forecast]


class SeriesPage(Page):
    series: list[SeriesRow]
    preview: bool = False


class Export(Answer):
    """Where an export can be downloaded for a while."""

    url: str


class Link(Answer):
    """Where something can be downloaded for a while; None while it is being made."""

    url: str | None = None
