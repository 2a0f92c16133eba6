"""What this part of the API answers. Made by `make client` of openapi.json: do not edit."""

from typing import Any

from pydantic import Field

from fanfold_client.answers import Answer


class LogFlaw(Answer):
    """Why an entry was not taken. `status` is what it would be answered alone."""

    entry: int = 0
    status: int = 400
    field: str | None = None
    detail: str = ""


class EntryExport(Answer):
    """What to export: the filters of a listing."""

    stream: str | None = None
    level: list[str] = Field(default_factory=list)
    since: str | None = None
    until: str | None = None
    text: str | None = None
    context: str | None = None


class LogEntry(Answer):
    """An entry as it is read."""

    id: str
    timestamp: str = ""
    stream: str = ""
    level: str = ""
    message: str = ""
    context: dict[str, Any] = Field(default_factory=dict)
    client_id: str | None = None


class FlushedNow(Answer):
    """What was moved to cold storage. With `more` there is more: ask again."""

    blocks: int = 0
    entries: int = 0
    segments: int = 0
    elsewhere: int = 0
    """Blocks that somebody else had flushed at the same moment."""
    spoilt: int = 0
    """Blocks that can't be flushed; the operator is told of them."""
    more: bool = False


class LogHour(Answer):
    """In the API Hour."""

    accepted: int = 0
    flushed: int = 0
    pending: int = 0
    failed: int = 0
    hour: str = ""
    levels: dict[str, int] = Field(default_factory=dict)


class LagSpread(Answer):
    """Percentiles, each the upper end of a power of two; None if there is nothing."""

    p50: int | None = None
    p95: int | None = None
    p99: int | None = None


class SelfTestResult(Answer):
    """Milliseconds to accept each POST; to the flush of the last of them, or None if it did not come so soon."""

    stream: str = "test"
    ids: list[str] = Field(default_factory=list)
    accept_ms: list[float] = Field(default_factory=list)
    flush_lag_ms: float | None = None
    pending_posts: int = 0


class LogStream(Answer):
    """A stream. `since` is the hour of its oldest entries, or an earlier one."""

    stream: str = ""
    retention_days: int = 0
    since: str = ""


class LogExport(Answer):
    """An export as it is now; `url` is its file, for a while, once it is made."""

    id: str
    state: str = "preparing"
    created_at: str = ""
    filters: EntryExport = Field(default_factory=lambda: EntryExport())
    entries: int | None = None
    """How many passed; None until it is made."""
    error: str | None = None
    url: str | None = None


class LogReceipt(Answer):
    """What was taken: the id of each entry by its place, None for one that was not, and why not. `duplicates` were
    taken before, with the same body; their ids are those of then."""

    accepted: int = 0
    duplicates: int = 0
    ids: list[str | None] = Field(default_factory=list)
    errors: list[LogFlaw] = Field(default_factory=list)


class LogStats(Answer):
    """`flush_lag_ms` is by entry, `batch_entries` by segment. `exact` unless flushes never stood still."""

    accepted: int = 0
    flushed: int = 0
    pending: int = 0
    failed: int = 0
    since: str = ""
    until: str = ""
    levels: dict[str, int] = Field(default_factory=dict)
    hours: list[LogHour] = Field(default_factory=list)
    segments: int = 0
    bytes: int = 0
    retries: int = 0
    flush_lag_ms: LagSpread = Field(default_factory=lambda: LagSpread())
    batch_entries: LagSpread = Field(default_factory=lambda: LagSpread())
    exact: bool = False


class LogStreams(Answer):
    """In the API Streams."""

    streams: list[LogStream] = Field(default_factory=list)
