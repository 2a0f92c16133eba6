"""Columns of keys and tenants."""

from fanfold_command.columns.cells import date, field, joined
from fanfold_command.printing import Column

KEYS = [
    Column("id", field("id")),
    Column("name", field("name")),
    Column("role", field("role")),
    Column("scopes", joined("scopes")),
    date("created_at"),
    Column("expires_at", field("expires_at")),
    Column("last_used_on", field("last_used_on")),
]

ISSUED_KEY = [Column("key", field("key")), *KEYS]

TENANTS = [Column("name", field("name")), date("created_at"), Column("retention_days", field("retention_days"))]
