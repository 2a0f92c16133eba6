"""Columns of forecasts and their series."""

from fanfold_command.columns.batches import RECEIPT
from fanfold_command.columns.cells import brief, date, every, field, progress
from fanfold_command.printing import Column, ago

FORECAST_RECEIPT = [RECEIPT[0], Column("state", field("state"), lambda row: row.outcome or row.state)]

OUTCOME = Column("outcome", field("outcome"), lambda row: None)
"""For a pipe, where `state` is one word."""

FORECAST = [
    *FORECAST_RECEIPT,
    Column("name", lambda forecast: forecast.config.name),
    date("created_at"),
    date("started_at"),
    date("finished_at"),
    Column("error", field("error")),
    Column("series", progress("total")),
    Column("done", progress("done")),
    Column("percent", progress("percent")),
    Column("succeeded", progress("succeeded")),
    Column("failed", progress("failed")),
    Column("rejected", field("rejected")),
    Column("confidence", lambda forecast: (forecast.summary or {}).get("mean_confidence")),
    Column("alerts", lambda forecast: (forecast.summary or {}).get("alerts", {}).get("count")),
    Column("eta_seconds", progress("eta_seconds")),
    Column("edition_of", field("edition_of")),
    Column("current", field("current")),
    Column("schedule", every),
    Column("observations", field("observations"), lambda forecast: forecast.observations or None),
    OUTCOME,
]

COMPARED_STEPS = [
    Column("series", field("series"), yields=True),
    Column("date", field("date")),
    *(Column(name, field(name), brief(name)) for name in ("forecast", "actual", "error")),
    Column("outside", field("outside"), lambda row: {True: "yes", False: "", None: "?"}[row.outside]),
    Column("refit", field("refit"), lambda row: "yes" if row.refit else ""),
    Column("why", field("why"), yields=True),
    *(Column(name, field(name), brief(name), extra=True) for name in ("low", "high")),
]

NOTED = [
    Column("posts", lambda taken: ", ".join(taken.posts)),
    *(Column(name, field(name)) for name in ("series", "observations", "kept")),
]

OBSERVATION_POSTS = [Column("id", field("id")), date("created_at"), Column("observations", field("observations"))]

EDITIONS = [
    *RECEIPT,
    Column("shown", field("shown"), lambda edition: "yes" if edition.shown else ""),
    Column("series", progress("total")),
    Column("failed", progress("failed")),
]

FORECASTS = [
    *FORECAST_RECEIPT,
    Column("name", lambda forecast: forecast.config.name, yields=True),
    Column("series", progress("total")),
    Column("ok", progress("succeeded")),
    Column("failed", progress("failed")),
    Column("rejected", field("rejected")),
    Column("created", field("created_at"), lambda forecast: ago(forecast.created_at)),
    OUTCOME,
]

SERIES = [
    Column("name", field("name"), yields=True),
    Column("status", field("status")),
    Column("pattern", field("pattern")),
    Column("model", field("model")),
    Column("confidence", field("confidence")),
    Column("expected_error", field("expected_error")),
    Column("reason", field("reason"), yields=True),
]
