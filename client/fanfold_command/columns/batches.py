"""Columns of batches and of their requests."""

from functools import partial

from fanfold_command.columns.cells import (
    date,
    dollars,
    dollars_of,
    error,
    field,
    money,
    of_lane,
    progress,
    shown,
    tally,
    tokens,
    waiting,
)
from fanfold_command.printing import Column, ago

RECEIPT = [Column("id", field("id")), Column("state", field("state")), date("created_at")]

RECORD = [
    *RECEIPT[:2],
    Column("name", field("name")),
    Column("provider", field("provider")),
    Column("model", field("model")),
    date("created_at"),
    date("started_at"),
    date("finished_at"),
    Column("error", field("error")),
    Column("requests", progress("total")),
    Column("done", progress("done")),
    Column("percent", progress("percent")),
    Column("succeeded", progress("succeeded")),
    Column("failed", progress("failed")),
    Column("rejected", field("rejected")),
    Column("tokens_in", tokens("input")),
    Column("tokens_out", tokens("output")),
    Column("per_second", progress("per_second")),
    Column("eta_seconds", progress("eta_seconds")),
    Column("spent_usd", money("spent_usd"), shown("spent_usd")),
    Column("saved_usd", money("saved_usd"), shown("saved_usd")),
    Column("unpriced", money("unpriced_requests"), lambda batch: batch.cost.unpriced_requests or None),
    Column("budget_usd", field("budget_usd")),
    Column("note", field("note"), lambda batch: None),
    Column("finish_reasons", lambda batch: tally(batch.finish_reasons)),
    Column("empty", field("empty"), lambda batch: batch.empty or None),
    Column("notes", lambda batch: "; ".join(batch.notes)),
    Column("tags", lambda batch: ", ".join(batch.tags)),
    Column("description", field("description")),
    Column("cancelled", progress("cancelled"), lambda batch: batch.progress.cancelled or None),
    Column("waiting_for", waiting, partial(waiting, brief=False)),
]

BATCHES = [
    Column("id", field("id")),
    Column("state", field("state")),
    Column("name", field("name"), yields=True),
    Column("model", field("model"), yields=True, extra=True),
    Column("ok", progress("succeeded")),
    Column("failed", progress("failed")),
    Column("rejected", field("rejected"), extra=True),
    Column("created", field("created_at"), lambda batch: ago(batch.created_at)),
    Column("tags", lambda batch: ", ".join(batch.tags), yields=True),
]

REQUESTS = [
    Column("line", field("line")),
    Column("custom_id", field("custom_id"), yields=True),
    Column("status", field("status")),
    Column("kind", error("kind")),
    Column("message", error("message"), yields=True),
]

RESPONSES = [
    Column("line", field("line")),
    Column("custom_id", field("custom_id"), yields=True),
    Column("status", field("status")),
    Column(
        "output",
        lambda row: row.output if row.output is not None else row.omitted or error("message")(row),
        yields=True,
    ),
]

KINDS = [
    Column("count", field("count")),
    Column("kind", field("kind")),
    Column("message", lambda kind: kind.examples[0].message if kind.examples else None, yields=True),
    Column("custom_ids", lambda kind: ", ".join(each.custom_id for each in kind.examples), yields=True),
]

REJECTED = [Column(name, field(name), yields=name == "detail") for name in ("line", "field", "detail")]

LETTERS = [
    Column("job", field("job")),
    Column("line", field("line")),
    Column("custom_id", field("custom_id"), yields=True),
    Column("kind", field("kind")),
    date("died_at"),
]

SENT = [
    Column("job", field("job")),
    Column("dead_letters", field("dead_letters")),
    Column("left", field("left"), yields=True),
]

TRIES = [
    Column("custom_id", field("custom_id"), yields=True),
    Column("prompt", field("prompt"), yields=True),
    Column("output", lambda row: row.output if row.output is not None else row.error, yields=True),
    Column("finish_reason", field("finish_reason")),
    Column("cost_usd", field("cost_usd"), lambda row: dollars(row.cost_usd), extra=True),
]

SAMPLED = [
    Column("lane", lambda row: row[0]),
    *(
        Column(name, cost := partial(of_lane, name), partial(dollars_of, cost))
        for name in ("expected_usd", "low_usd", "high_usd")
    ),
]
"""What a whole file will cost by its sample."""
