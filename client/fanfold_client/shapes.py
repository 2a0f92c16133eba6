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


class Tokens(Answer):
    """Tokens of models; `cache_hit_ratio` is the part of the input that came from a provider's cache."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_hit_ratio: float = 0


class WritingSession(Answer):
    """A writing session: `state` is new or trained."""

    id: str
    state: str
    name: str | None = None
    provider: str | None = None
    model: str | None = None
    language: str | None = None
    tone: str | None = None
    created_at: str
    last_activity: str
    jobs: int = 0
    tokens: Tokens = Tokens()
    cost_usd: float = 0


class SessionPage(Page):
    sessions: list[WritingSession]


class Document(Answer):
    """What a session learns from: `state` is waiting, ready or failed."""

    id: str
    title: str
    state: str
    pages: int = 0
    words: int = 0
    error: str | None = None


class Documents(Answer):
    documents: list[Document]


class StyleProfile(Answer):
    """What a session has learnt."""

    style: dict[str, Any]
    summary: str
    version: int


class Section(Answer):
    """A section of a text: `state` is waiting, writing or written; `text` is there in a live text only."""

    number: int
    title: str
    state: str
    words: int = 0
    asked: int = 0
    text: str | None = None


class WritingJob(Answer):
    """A job of a session. `state` is pending, training, generating, completed, failed or cancelled."""

    id: str
    state: str
    session: str = ""
    task: str = ""
    title: str = ""
    model: str | None = None
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    error: str | None = None
    notes: list[str] = Field(default_factory=list)
    words: int = 0
    words_asked: int | None = None
    within: bool | None = None
    percent: int = 0
    sections: list[Section] = Field(default_factory=list)
    tokens: Tokens = Tokens()
    cost_usd: float | None = None


class JobPage(Page):
    jobs: list[WritingJob]


class LiveText(Answer):
    """What is written so far."""

    id: str
    state: str
    title: str
    sections: list[Section]


class Link(Answer):
    """Where something can be downloaded for a while; None while it is being made."""

    url: str | None = None
