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

AUDIT = [
    date("at"),
    Column("who", field("who")),
    Column("what", field("what")),
    Column("path", field("path"), yields=True),
    Column("status", field("status")),
    Column("source", field("source"), extra=True),
    Column("denied", field("denied"), lambda row: row.denied or None),
    Column("made", field("made"), extra=True),
    Column("agent", field("agent"), extra=True),
    Column("request", field("request"), extra=True),
]

RECEIPTS = [
    Column("tenant", field("tenant")),
    date("begun_at"),
    date("ended_at"),
    *(Column(name, field(name)) for name in ("jobs", "objects", "bytes", "items")),
    Column("provider_keys", joined("provider_keys")),
]
