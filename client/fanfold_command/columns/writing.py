"""Columns of sessions, their jobs, documents and profiles."""

from collections.abc import Callable
from typing import Any

from fanfold_command.columns.cells import date, field, tokens
from fanfold_command.printing import Column


def _style(name: str) -> Callable[[Any], str]:
    def told(profile: Any) -> str:
        found = getattr(profile.style, name)
        return found if isinstance(found, str) else "; ".join(found)

    return told


SESSIONS = [
    Column("id", field("id")),
    Column("state", field("state")),
    Column("name", field("name"), yields=True),
    date("last_activity"),
    Column("jobs", field("jobs")),
    Column("cost_usd", field("cost_usd")),
]
SESSION = [
    *SESSIONS[:3],
    *(Column(name, field(name)) for name in ("provider", "model", "language", "tone")),
    date("created_at"),
    *SESSIONS[3:],
    *(Column(f"tokens_{name}", tokens(name)) for name in ("input", "output")),
    Column("cache_hit_ratio", tokens("cache_hit_ratio")),
]
JOBS = [
    Column("id", field("id")),
    Column("task", field("task")),
    Column("state", field("state")),
    Column("title", field("title"), yields=True),
    date("created_at"),
    Column("words", field("words")),
    Column("percent", field("percent")),
    Column("error", field("error"), yields=True),
]
JOB = [
    *JOBS[:4],
    Column("session", field("session")),
    Column("model", field("model")),
    *JOBS[4:],
    Column("words_asked", field("words_asked")),
    Column("notes", lambda job: "; ".join(job.notes)),
    Column("cost_usd", field("cost_usd")),
    Column("cache_hit_ratio", tokens("cache_hit_ratio")),
]
DOCUMENTS = [
    *(Column(name, field(name)) for name in ("id", "state", "kind", "pages", "words")),
    *(Column(name, field(name), yields=True) for name in ("title", "error")),
]
PROFILE = [
    *(Column(name, field(name)) for name in ("version", "edited")),
    date("updated_at"),
    Column("summary", field("summary")),
    *(Column(name, _style(name)) for name in ("voice", "tone", "sentences", "vocabulary", "structure")),
    *(Column(name, _style(name)) for name in ("devices", "avoid")),
]
