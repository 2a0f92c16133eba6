"""A log entry: as it is posted, and as it is kept."""

import json
import re
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from fanfold.clock import Moment
from fanfold.values import ID_PATTERN, MOST_LEVELS, is_deeper

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


class NewEntry(BaseModel):
    """An entry as it is posted. `client_id` makes it one entry however often it is sent."""

    model_config = ConfigDict(extra="forbid")

    message: str
    level: Annotated[LogLevel, BeforeValidator(_level)] = LogLevel.INFO
    stream: Stream = DEFAULT_STREAM
    timestamp: Moment | None = None
    context: dict[str, Any] = {}
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=ID_PATTERN)] | None = None


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
HEAD = re.compile(rb'\{"id":"([^"]*)","timestamp":"([^"]*)","stream":"([^"]*)","level":"([^"]*)"')
TOO_DEEP = {"omitted": f"it is nested over {MOST_LEVELS} levels deep: an export has it"}


def line(entry: Entry) -> bytes:
    """The entry as a line of cold storage, always the same; the id comes first, so that lines sort by it."""
    ended = f',"client_id":{dumps(entry.client_id)}}}' if entry.client_id is not None else "}"
    return (
        f'{{"id":"{entry.id}","timestamp":"{written(entry.timestamp)}","stream":"{entry.stream}",'
        f'"level":"{entry.level}","message":{dumps(entry.message)},"context":{dumps(entry.context)}{ended}'
    ).encode()


def view(line: bytes) -> EntryView:
    """The entry of a line, as it can be answered: what can't be is left out, so that it never takes others with it."""
    try:
        found = EntryView.model_construct(**json.loads(line))
    except (ValueError, RecursionError):
        id, timestamp, stream, level = (each.decode() for each in HEAD.findall(line)[0])
        return EntryView(id=id, timestamp=timestamp, stream=stream, level=level, message="", context=TOO_DEEP)
    if is_deeper(found.context):
        found.context = TOO_DEEP
    return found


def written(timestamp: int) -> str:
    """`2026-11-22T21:07:00.123Z`."""
    return f"{_second(timestamp // 1000)}.{timestamp % 1000:03d}Z"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
