"""Columns of templates and their versions."""

from typing import Any

from fanfold_command.columns.cells import as_json, date, field
from fanfold_command.printing import Column


def latest(name: str) -> Any:
    return lambda row: getattr(row.latest, name)


VERSION = [
    Column("label", field("label")),
    Column("description", field("description")),
    Column("fields", lambda row: ", ".join(row.fields)),
    Column("variables", lambda row: as_json(row.variables)),
    Column("options", lambda row: as_json(row.options.model_dump(exclude_defaults=True))),
    date("created_at"),
]

TEMPLATES = [
    Column("name", field("name")),
    Column("version", latest("version")),
    Column("fields", lambda row: ", ".join(row.latest.fields)),
    Column("variables", lambda row: ", ".join(row.latest.variables)),
    Column("prompt", lambda row: row.latest.options.template, yields=True),
    date("created_at"),
    Column("archived_at", field("archived_at")),
]
