"""What the service answers. Fields that this client does not know yet are kept."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

OVER = frozenset({"completed", "failed", "cancelled", "deleting"})
"""The states in which nothing more happens by itself."""


class Answer(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class Accepted(Answer):
    """The receipt of a new batch."""

    id: str
    state: str
    created_at: str


class Progress(Answer):
    """Requests: all, those settled, and those the provider says it is done with. `percent` is rounded down."""

    total: int
    settled: int
    percent: int
    done_at_provider: int = 0
    per_second: float | None = None
    eta_seconds: float | None = None


class Counts(Answer):
    """Requests that succeeded and failed, and their tokens."""

    succeeded: int = 0
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class Batch(Answer):
    """A batch. `state` is draft, accepted, planning, running, paused, cancelling, or one of `OVER`."""

    id: str
    state: str
    name: str | None = None
    provider: str | None = None
    model: str | None = None
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    error: str | None = None
    rejected: int = 0
    rejected_lines: list[dict[str, Any]] = Field(default_factory=list)
    counts: Counts = Counts()
    progress: Progress | None = None


class SeriesProgress(Answer):
    """Series: all, and those that are done. `percent` is rounded down."""

    total: int
    done: int
    successful: int = 0
    failed: int = 0
    percent: int = 0
    elapsed_seconds: float | None = None
    eta_seconds: float | None = None


class Forecast(Answer):
    """A forecast. `state` is accepted, planning, running, cancelling, or one of `OVER`."""

    id: str
    state: str
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    error: str | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    rejected: int = 0
    rejected_lines: list[dict[str, Any]] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    progress: SeriesProgress
    summary: dict[str, Any] | None = None
    edition_of: str | None = None
    editions: list[str] = Field(default_factory=list)
    current: str | None = None


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


class Page(Answer):
    """A part of a listing: `cursor` is where to go on, None at the end."""

    cursor: str | None = None


class BatchPage(Page):
    batches: list[Batch]


class RequestPage(Page):
    requests: list[RequestRow]


class ResponsePage(Page):
    responses: list[ResponseRow]


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
