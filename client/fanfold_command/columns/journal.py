"""Columns of the journal."""

from fanfold_command.columns.cells import as_json, field
from fanfold_command.printing import Column

ENTRIES = [
    Column("timestamp", field("timestamp")),
    Column("level", field("level")),
    Column("stream", field("stream")),
    Column("message", field("message"), yields=True),
    Column("context", lambda entry: as_json(entry.context), yields=True),
    Column("id", field("id"), lambda entry: ""),
]

STATS = [
    *(Column(name, field(name)) for name in ("accepted", "flushed", "pending", "failed")),
    Column("levels", lambda stats: ", ".join(f"{level} {count:,}" for level, count in stats.levels.items())),
    Column("segments", field("segments")),
    Column("retries", field("retries")),
    Column("lag_p50_ms", lambda stats: stats.flush_lag_ms.get("p50")),
    Column("lag_p95_ms", lambda stats: stats.flush_lag_ms.get("p95")),
    Column("lag_p99_ms", lambda stats: stats.flush_lag_ms.get("p99")),
    Column("batch_p50", lambda stats: stats.batch_entries.get("p50")),
]

HOURS = [Column(name, field(name)) for name in ("hour", "accepted", "flushed", "pending", "failed")]
