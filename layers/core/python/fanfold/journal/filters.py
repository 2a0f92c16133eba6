"""What a reader wants of a journal: a test of lines that parses only those that may pass."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from fanfold.clock import Moment
from fanfold.journal import ids
from fanfold.journal.entry import ALSO, EntryView, LogLevel, Stream, dumps, view
from fanfold.journal.segment import Segment


class LogFilters(BaseModel):
    """Filters; all that are given must hold.

    `level` is one level or several with commas between, `text` a part of the message in any case, `context` a
    field of the context and its value, as in `user.id=42`. `since` and `until` are the entry's own time.
    """

    model_config = ConfigDict(extra="forbid")

    stream: Stream | None = None
    level: tuple[LogLevel, ...] = ()
    since: Moment | None = None
    until: Moment | None = None
    text: str | None = Field(default=None, min_length=1, max_length=256)
    context: str | None = Field(default=None, min_length=3, max_length=512)

    @field_validator("level", mode="before")
    @classmethod
    def _several(cls, given: Any) -> Any:
        if isinstance(given, str):
            given = [name.strip().lower() for name in given.split(",")]
        if not isinstance(given, list | tuple):
            return given
        return tuple(ALSO.get(name, name) if isinstance(name, str) else name for name in given)

    @field_validator("context")
    @classmethod
    def _path_and_value(cls, given: str | None) -> str | None:
        if given is not None and not all(given.partition("=")):
            raise ValueError("write it as field=value, a dot between the names of nested fields")
        return given


class LogFilter:
    """`Wanted`, made ready to be asked of many lines."""

    def __init__(self, wanted: LogFilters) -> None:
        self._wanted = wanted
        self._since, self._until = _millis(wanted.since), _millis(wanted.until)
        self._text = wanted.text.lower() if wanted.text else None
        path, _, self._value = (wanted.context or "").partition("=")
        self._path = path.split(".") if path else []
        self._needles = list(self._said())

    def _said(self) -> Any:
        """What a plain line must hold, in small letters, if it is to pass."""
        if self._text and self._text.isascii():
            yield dumps(self._text)[1:-1].encode()
        if self._wanted.stream:
            yield f'"stream":"{self._wanted.stream}"'.encode()
        if self._path and self._value.isascii() and dumps(self._value)[1:-1] == self._value:
            yield self._value.lower().encode()
        if len(self._wanted.level) == 1:
            yield f'"level":"{self._wanted.level[0]}"'.encode()

    def may_hold(self, segment: Segment) -> bool:
        """Whether anything of the segment can pass."""
        return (
            self._wanted.stream in (None, segment.stream)
            and (not self._wanted.level or any(segment.levels.get(level) for level in self._wanted.level))
            and (self._since is None or segment.newest >= self._since)
            and (self._until is None or segment.oldest <= self._until)
        )

    def passed(self, line: bytes) -> EntryView | None:
        """The entry of a line, if it passes."""
        if self._needles and line.isascii():
            small = line.lower()
            if not all(needle in small for needle in self._needles):
                return None
        entry = view(line)
        return entry if self._passes(entry) else None

    def _passes(self, entry: EntryView) -> bool:
        return (
            self._wanted.stream in (None, entry.stream)
            and (not self._wanted.level or entry.level in self._wanted.level)
            and (self._text is None or self._text in entry.message.lower())
            and (not self._path or _at(entry.context, self._path) == self._value)
            and self._in_time(entry.timestamp)
        )

    def _in_time(self, timestamp: str) -> bool:
        if self._since is None and self._until is None:
            return True
        at = ids.millis(datetime.fromisoformat(timestamp))
        return (self._since is None or at >= self._since) and (self._until is None or at <= self._until)


def _millis(moment: datetime | None) -> int | None:
    return None if moment is None else ids.millis(moment)


def _at(context: Any, path: list[str]) -> str | None:
    """The field's value as text, as JSON writes it if it is none."""
    for name in path:
        if not isinstance(context, dict) or name not in context:
            return None
        context = context[name]
    return context if isinstance(context, str) else dumps(context)
