"""Columns of what the journal answers. In a pipe their order is a promise: new ones go last."""

import json
from collections.abc import Callable
from typing import Any

from fanfold_command.printing import Column


def _field(name: str) -> Callable[[Any], Any]:
    return lambda row: getattr(row, name, None)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""


ENTRIES = [
    Column("timestamp", _field("timestamp")),
    Column("level", _field("level")),
    Column("stream", _field("stream")),
    Column("message", _field("message"), yields=True),
    Column("context", lambda entry: _json(entry.context), yields=True),
    Column("id", _field("id"), lambda entry: ""),
]

ENTRY = [
    *(Column(name, _field(name)) for name in ("id", "timestamp", "level", "stream", "message")),
    Column("context", lambda entry: _json(entry.context)),
    Column("client_id", _field("client_id")),
]

STREAMS = [Column(name, _field(name)) for name in ("stream", "retention_days", "since")]

SELF_TEST = [
    Column("stream", _field("stream")),
    Column("entries", lambda found: len(found.ids)),
    Column("accept_ms", lambda found: max(found.accept_ms, default=None)),
    Column("flush_lag_ms", _field("flush_lag_ms")),
    Column("pending_posts", _field("pending_posts")),
]

STATS = [
    *(Column(name, _field(name)) for name in ("accepted", "flushed", "pending", "failed")),
    Column("levels", lambda stats: ", ".join(f"{level} {count:,}" for level, count in stats.levels.items())),
    Column("segments", _field("segments")),
    Column("retries", _field("retries")),
    Column("lag_p50_ms", lambda stats: stats.flush_lag_ms.p50),
    Column("lag_p95_ms", lambda stats: stats.flush_lag_ms.p95),
    Column("lag_p99_ms", lambda stats: stats.flush_lag_ms.p99),
    Column("batch_p50", lambda stats: stats.batch_entries.p50),
]

HOURS = [Column(name, _field(name)) for name in ("hour", "accepted", "flushed", "pending", "failed")]
