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

ENTRY = [
    *(Column(name, field(name)) for name in ("id", "timestamp", "level", "stream", "message")),
    Column("context", lambda entry: as_json(entry.context)),
    Column("client_id", field("client_id")),
]

STREAMS = [Column(name, field(name)) for name in ("stream", "retention_days", "since")]

SELF_TEST = [
    Column("stream", field("stream")),
    Column("entries", lambda found: len(found.ids)),
    Column("accept_ms", lambda found: max(found.accept_ms, default=None)),
    Column("flush_lag_ms", field("flush_lag_ms")),
    Column("pending_posts", field("pending_posts")),
]

STATS = [
    *(Column(name, field(name)) for name in ("accepted", "flushed", "pending", "failed")),
    Column("levels", lambda stats: ", ".join(f"{level} {count:,}" for level, count in stats.levels.items())),
    Column("segments", field("segments")),
    Column("retries", field("retries")),
    Column("lag_p50_ms", lambda stats: stats.flush_lag_ms.p50),
    Column("lag_p95_ms", lambda stats: stats.flush_lag_ms.p95),
    Column("lag_p99_ms", lambda stats: stats.flush_lag_ms.p99),
    Column("batch_p50", lambda stats: stats.batch_entries.p50),
]

HOURS = [Column(name, field(name)) for name in ("hour", "accepted", "flushed", "pending", "failed")]

FLUSHED = [Column(name, field(name)) for name in ("entries", "blocks", "segments", "elsewhere", "spoilt", "more")]
