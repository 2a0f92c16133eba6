"""Columns of webhooks and deliveries."""

from fanfold_command.columns.cells import date, field, joined
from fanfold_command.printing import Column

WEBHOOKS = [
    Column("id", field("id")),
    Column("url", field("url"), yields=True),
    Column("kinds", joined("kinds"), lambda row: ", ".join(row.kinds) or "all"),
    Column("description", field("description"), extra=True),
    Column("filters", field("filters"), extra=True),
    date("created_at"),
    Column("failing_since", field("failing_since")),
    Column("disabled_because", field("disabled_because")),
]

ISSUED_WEBHOOK = [Column("secret", field("secret")), *WEBHOOKS]

SECRET = [Column("secret", field("secret")), Column("id", field("id")), date("old_secret_until")]

DELIVERIES = [
    Column("event", field("event")),
    Column("type", field("type")),
    Column("state", field("state")),
    date("created_at"),
    Column("tries", lambda row: len(row.tries)),
    Column("status", lambda row: row.tries[-1].status if row.tries else None),
    Column("said", lambda row: row.tries[-1].said if row.tries else None, yields=True),
    date("next_try_at"),
    Column("url", field("url"), extra=True),
]
