"""Columns of what the writing part answers. In a pipe their order is a promise: new ones go last."""

from collections.abc import Callable
from typing import Any

from fanfold_command.printing import Column, ago


def _field(name: str) -> Callable[[Any], Any]:
    return lambda row: getattr(row, name, None)


def _tokens(name: str) -> Callable[[Any], Any]:
    return lambda row: getattr(row.tokens, name)


def _style(name: str) -> Callable[[Any], str]:
    def told(profile: Any) -> str:
        found = getattr(profile.style, name)
        return found if isinstance(found, str) else "; ".join(found)

    return told


def _date(name: str) -> Column:
    return Column(name, _field(name), lambda row: ago(getattr(row, name, None)))


SESSIONS = [
    Column("id", _field("id")),
    Column("state", _field("state")),
    Column("name", _field("name"), yields=True),
    _date("last_activity"),
    Column("jobs", _field("jobs")),
    Column("cost_usd", _field("cost_usd")),
]
SESSION = [
    *SESSIONS[:3],
    *(Column(name, _field(name)) for name in ("provider", "model", "language", "tone")),
    _date("created_at"),
    *SESSIONS[3:],
    *(Column(f"tokens_{name}", _tokens(name)) for name in ("input", "output")),
    Column("cache_hit_ratio", _tokens("cache_hit_ratio")),
]
JOBS = [
    Column("id", _field("id")),
    Column("task", _field("task")),
    Column("state", _field("state")),
    Column("title", _field("title"), yields=True),
    _date("created_at"),
    Column("words", _field("words")),
    Column("percent", _field("percent")),
    Column("error", _field("error"), yields=True),
]
JOB = [
    *JOBS[:4],
    Column("session", _field("session")),
    Column("model", _field("model")),
    *JOBS[4:],
    Column("words_asked", _field("words_asked")),
    Column("notes", lambda job: "; ".join(job.notes)),
    Column("cost_usd", _field("cost_usd")),
    Column("cache_hit_ratio", _tokens("cache_hit_ratio")),
]
RECEIPT = [Column("id", _field("id")), Column("state", _field("state")), _date("created_at")]
DOCUMENTS = [
    *(Column(name, _field(name)) for name in ("id", "state", "kind", "pages", "words")),
    *(Column(name, _field(name), yields=True) for name in ("title", "error")),
]
PROFILE = [
    *(Column(name, _field(name)) for name in ("version", "edited")),
    _date("updated_at"),
    Column("summary", _field("summary")),
    *(Column(name, _style(name)) for name in ("voice", "tone", "sentences", "vocabulary", "structure")),
    *(Column(name, _style(name)) for name in ("devices", "avoid")),
]
