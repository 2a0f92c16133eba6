"""What the journal took, and what it holds."""

from typing import Any

from pydantic import Field

from fanfold_client.shapes.answer import Answer, Page


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
