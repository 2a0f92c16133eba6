"""Columns of schedules and their runs."""

from typing import Any

from fanfold_command.columns.cells import as_json, date, field
from fanfold_command.printing import Column


def timing(row: Any) -> str:
    """When it is due, as it was asked for."""
    return f"every {row.every} {row.unit}" if row.every else row.expression


def next_run(row: Any) -> str | None:
    return row.next_runs[0] if row.next_runs else None


def last(name: str) -> Any:
    return lambda row: getattr(row.last, name, None)


SCHEDULES = [
    Column("id", field("id")),
    Column("name", field("name")),
    Column("state", field("state")),
    Column("kind", field("kind")),
    Column("timing", timing),
    Column("timezone", field("timezone")),
    Column("next_run", next_run),
    Column("last", last("state")),
    Column("last_job", last("job"), extra=True),
    Column("last_job_state", last("job_state")),
    Column("last_detail", last("detail"), yields=True),
]

SCHEDULE = [
    *SCHEDULES,
    Column("expression", field("expression")),
    Column("next_runs", lambda row: ", ".join(row.next_runs)),
    Column("starts_at", field("starts_at")),
    Column("ends_at", field("ends_at")),
    Column("work", lambda row: as_json(row.work)),
    date("created_at"),
]

RUNS = [
    Column("at", field("at")),
    Column("state", field("state")),
    Column("job", field("job")),
    Column("job_state", field("job_state")),
    Column("detail", field("detail"), yields=True),
]
