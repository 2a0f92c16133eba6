"""A log entry: as it is posted, and as it is kept."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

DEFAULT_STREAM = "default"
JOBS = "jobs"
"""The stream that Fanfold itself writes."""
MOST_ENTRY_BYTES = 256 * 1024
"""Of one entry as compact JSON."""


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


ALSO = {"warn": "warning", "fatal": "critical", "trace": "debug"}


def _level(given: Any) -> Any:
    """Names of levels in any case, and those of other libraries."""
    plain = given.lower() if isinstance(given, str) else given
    return ALSO.get(plain, plain) if isinstance(plain, str) else plain


Stream = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


class Posted(BaseModel):
    """An entry as it is posted. `client_id` makes it one entry however often it is sent."""

    model_config = ConfigDict(extra="forbid")

    message: str
    level: Annotated[LogLevel, BeforeValidator(_level)] = LogLevel.INFO
    stream: Stream = DEFAULT_STREAM
    timestamp: AwareDatetime | None = None
    context: dict[str, Any] = {}
    client_id: Annotated[str, Field(min_length=1, max_length=128)] | None = None


class Entry(NamedTuple):
    """An entry as it is kept; `timestamp` in milliseconds since 1970."""

    id: str
    timestamp: int
    stream: str
    level: str
    message: str
    context: dict[str, Any]
    client_id: str | None


class EntryView(BaseModel):
    """An entry as it is read."""

    id: str
    timestamp: str
    stream: str
    level: str
    message: str
    context: dict[str, Any]
    client_id: str | None = None


dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
"""Compact JSON. Raises ValueError for what JSON does not have."""
ID = slice(7, 29)
"""Where a line has its entry's id."""


def line(entry: Entry) -> bytes:
    """The entry as a line of cold storage, always the same; the id comes first, so that lines sort by it."""
    ended = f',"client_id":{dumps(entry.client_id)}}}' if entry.client_id is not None else "}"
    return (
        f'{{"id":"{entry.id}","timestamp":"{written(entry.timestamp)}","stream":"{entry.stream}",'
        f'"level":"{entry.level}","message":{dumps(entry.message)},"context":{dumps(entry.context)}{ended}'
    ).encode()


def written(timestamp: int) -> str:
    """`2026-11-22T21:07:00.123Z`."""
    return f"{_second(timestamp // 1000)}.{timestamp % 1000:03d}Z"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
