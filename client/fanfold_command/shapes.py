"""Which columns each thing has, in a pipe and on a terminal. In a pipe their order is a promise: new ones go last."""

from typing import Any

from fanfold_command.printing import Column, ago


def _progress(name: str) -> Any:
    return lambda batch: getattr(batch.progress, name, None)


def _count(name: str) -> Any:
    return lambda batch: getattr(batch.counts, name)


def _field(name: str) -> Any:
    return lambda row: getattr(row, name, None)


def _date(name: str) -> Column:
    return Column(name, _field(name), lambda row: ago(getattr(row, name, None)))


def _error(name: str) -> Any:
    return lambda row: (row.error or {}).get(name)


RECEIPT = [Column("id", _field("id")), Column("state", _field("state")), _date("created_at")]

FORECAST = [
    *RECEIPT[:2],
    Column("name", lambda forecast: forecast.config.get("name")),
    _date("created_at"),
    _date("started_at"),
    _date("finished_at"),
    Column("error", _field("error")),
    Column("series", _progress("total")),
    Column("done", _progress("done")),
    Column("percent", _progress("percent")),
    Column("successful", _progress("successful")),
    Column("failed", _progress("failed")),
    Column("rejected", _field("rejected")),
    Column("confidence", lambda forecast: (forecast.summary or {}).get("mean_confidence")),
    Column("alerts", lambda forecast: (forecast.summary or {}).get("alerts", {}).get("count")),
    Column("eta_seconds", _progress("eta_seconds")),
    Column("edition_of", _field("edition_of")),
    Column("current", _field("current")),
]

FORECASTS = [
    *RECEIPT[:2],
    Column("name", lambda forecast: forecast.config.get("name"), yields=True),
    Column("series", _progress("total")),
    Column("ok", _progress("successful")),
    Column("failed", _progress("failed")),
    Column("rejected", _field("rejected")),
    Column("created", _field("created_at"), lambda forecast: ago(forecast.created_at)),
]

SERIES = [
    Column("name", _field("name"), yields=True),
    Column("status", _field("status")),
    Column("pattern", _field("pattern")),
    Column("model", _field("model")),
    Column("confidence", _field("confidence")),
    Column("expected_error", _field("expected_error")),
    Column("reason", _field("reason"), yields=True),
]

RECORD = [
    *RECEIPT[:2],
    Column("name", _field("name")),
    Column("provider", _field("provider")),
    Column("model", _field("model")),
    _date("created_at"),
    _date("started_at"),
    _date("finished_at"),
    Column("error", _field("error")),
    Column("requests", _progress("total")),
    Column("settled", _progress("settled")),
    Column("percent", _progress("percent")),
    Column("succeeded", _count("succeeded")),
    Column("failed", _count("failed")),
    Column("rejected", _field("rejected")),
    Column("tokens_in", _count("input_tokens")),
    Column("tokens_out", _count("output_tokens")),
    Column("per_second", _progress("per_second")),
    Column("eta_seconds", _progress("eta_seconds")),
]

BATCHES = [
    Column("id", _field("id")),
    Column("state", _field("state")),
    Column("name", _field("name"), yields=True),
    Column("model", _field("model"), yields=True),
    Column("ok", _count("succeeded")),
    Column("failed", _count("failed")),
    Column("rejected", _field("rejected")),
    Column("created", _field("created_at"), lambda batch: ago(batch.created_at)),
]

REQUESTS = [
    Column("line", _field("line")),
    Column("custom_id", _field("custom_id"), yields=True),
    Column("status", _field("status")),
    Column("kind", _error("kind")),
    Column("message", _error("message"), yields=True),
]

RESPONSES = [
    Column("line", _field("line")),
    Column("custom_id", _field("custom_id"), yields=True),
    Column("status", _field("status")),
    Column(
        "output",
        lambda row: row.output if row.output is not None else row.omitted or _error("message")(row),
        yields=True,
    ),
]

KINDS = [
    Column("count", _field("count")),
    Column("kind", _field("kind")),
    Column("message", lambda kind: kind.examples[0].get("message") if kind.examples else None, yields=True),
    Column("custom_ids", lambda kind: ", ".join(str(each.get("custom_id")) for each in kind.examples), yields=True),
]

REJECTED = [Column(name, _field(name), yields=name == "detail") for name in ("line", "field", "detail")]
