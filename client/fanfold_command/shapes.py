"""Which columns each thing has, in a pipe and on a terminal. In a pipe their order is a promise: new ones go last."""

from functools import partial
from typing import Any

from fanfold_command.printing import Column, ago, waiting_line


def _progress(name: str) -> Any:
    return lambda batch: getattr(batch.progress, name, None)


def _tokens(name: str) -> Any:
    return lambda row: getattr(row.tokens, name)


def _field(name: str) -> Any:
    return lambda row: getattr(row, name, None)


def _date(name: str) -> Column:
    return Column(name, _field(name), lambda row: ago(getattr(row, name, None)))


def _error(name: str) -> Any:
    return lambda row: getattr(row.error, name, None)


def _money(name: str) -> Any:
    return lambda batch: getattr(batch.cost, name)


def _shown(name: str) -> Any:
    """Money, if there is any."""
    return lambda batch: getattr(batch.cost, name) or None


def _lane(lane: str, name: str) -> Any:
    return lambda row: getattr(row.lanes.get(lane), name, None)


def _brief(name: str) -> Any:
    """A number to three digits."""
    return lambda row: None if getattr(row, name) is None else float(f"{getattr(row, name):.3g}")


def _of_lane(name: str, row: Any) -> Any:
    return getattr(row[1], name)


def _dollars_of(cost: Any, row: Any) -> str:
    return dollars(cost(row))


def dollars(value: float | None) -> str:
    """Money to three digits, or to the cent."""
    if value is None:
        return "not known"
    return f"{value:,.2f}" if value >= 10 else f"{float(f'{value:.3g}'):.10f}".rstrip("0").rstrip(".")


def _short(count: int) -> str:
    """A count to three digits: 12.3 k, 4.56 M."""
    for size, unit in ((1_000_000, " M"), (1_000, " k")):
        if count >= size:
            return f"{float(f'{count / size:.3g}'):g}{unit}"
    return str(count)


def _waiting(row: Any, *, brief: bool = True) -> str:
    """What a batch waits for."""
    if brief:
        return ", ".join(each.reason for each in row.waiting_for)
    return "; ".join(waiting_line(each) for each in row.waiting_for)


def _tally(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _every(forecast: Any) -> str | None:
    """How often a forecast is made anew."""
    found = forecast.schedule
    return f"every {found.every} {found.unit}" if found else None


RECEIPT = [Column("id", _field("id")), Column("state", _field("state")), _date("created_at")]

FORECAST_RECEIPT = [RECEIPT[0], Column("state", _field("state"), lambda row: row.outcome or row.state)]
OUTCOME = Column("outcome", _field("outcome"), lambda row: None)
"""For a pipe, where `state` is one word."""

FORECAST = [
    *FORECAST_RECEIPT,
    Column("name", lambda forecast: forecast.config.name),
    _date("created_at"),
    _date("started_at"),
    _date("finished_at"),
    Column("error", _field("error")),
    Column("series", _progress("total")),
    Column("done", _progress("done")),
    Column("percent", _progress("percent")),
    Column("succeeded", _progress("succeeded")),
    Column("failed", _progress("failed")),
    Column("rejected", _field("rejected")),
    Column("confidence", lambda forecast: (forecast.summary or {}).get("mean_confidence")),
    Column("alerts", lambda forecast: (forecast.summary or {}).get("alerts", {}).get("count")),
    Column("eta_seconds", _progress("eta_seconds")),
    Column("edition_of", _field("edition_of")),
    Column("current", _field("current")),
    Column("schedule", _every),
    Column("observations", _field("observations"), lambda forecast: forecast.observations or None),
    OUTCOME,
]

COMPARED_STEPS = [
    Column("series", _field("series"), yields=True),
    Column("date", _field("date")),
    *(Column(name, _field(name), _brief(name)) for name in ("forecast", "actual", "error")),
    Column("outside", _field("outside"), lambda row: {True: "yes", False: "", None: "?"}[row.outside]),
    Column("refit", _field("refit"), lambda row: "yes" if row.refit else ""),
    Column("why", _field("why"), yields=True),
    *(Column(name, _field(name), _brief(name), extra=True) for name in ("low", "high")),
]

NOTED = [
    Column("posts", lambda taken: ", ".join(taken.posts)),
    *(Column(name, _field(name)) for name in ("series", "observations", "kept")),
]

OBSERVATION_POSTS = [Column("id", _field("id")), _date("created_at"), Column("observations", _field("observations"))]

EDITIONS = [
    *RECEIPT,
    Column("shown", _field("shown"), lambda edition: "yes" if edition.shown else ""),
    Column("series", _progress("total")),
    Column("failed", _progress("failed")),
]

FORECASTS = [
    *FORECAST_RECEIPT,
    Column("name", lambda forecast: forecast.config.name, yields=True),
    Column("series", _progress("total")),
    Column("ok", _progress("succeeded")),
    Column("failed", _progress("failed")),
    Column("rejected", _field("rejected")),
    Column("created", _field("created_at"), lambda forecast: ago(forecast.created_at)),
    OUTCOME,
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
    Column("done", _progress("done")),
    Column("percent", _progress("percent")),
    Column("succeeded", _progress("succeeded")),
    Column("failed", _progress("failed")),
    Column("rejected", _field("rejected")),
    Column("tokens_in", _tokens("input")),
    Column("tokens_out", _tokens("output")),
    Column("per_second", _progress("per_second")),
    Column("eta_seconds", _progress("eta_seconds")),
    Column("spent_usd", _money("spent_usd"), _shown("spent_usd")),
    Column("saved_usd", _money("saved_usd"), _shown("saved_usd")),
    Column("unpriced", _money("unpriced_requests"), lambda batch: batch.cost.unpriced_requests or None),
    Column("budget_usd", _field("budget_usd")),
    Column("note", _field("note"), lambda batch: None),
    Column("finish_reasons", lambda batch: _tally(batch.finish_reasons)),
    Column("empty", _field("empty"), lambda batch: batch.empty or None),
    Column("notes", lambda batch: "; ".join(batch.notes)),
    Column("tags", lambda batch: ", ".join(batch.tags)),
    Column("description", _field("description")),
    Column("cancelled", _progress("cancelled"), lambda batch: batch.progress.cancelled or None),
    Column("waiting_for", _waiting, partial(_waiting, brief=False)),
]

ESTIMATE = [
    Column("model", _field("model")),
    Column("requests", _field("requests")),
    Column("tokens_in", _field("input_tokens")),
    Column("tokens_out", _field("output_tokens")),
    Column("batch_usd", _lane("batch", "expected_usd")),
    Column("batch_most", _lane("batch", "most_usd")),
    Column("realtime_usd", _lane("realtime", "expected_usd")),
    Column("realtime_most", _lane("realtime", "most_usd")),
    Column("assumed", _field("assumed"), yields=True),
]


def _joined(name: str) -> Any:
    return lambda row: ", ".join(getattr(row, name, None) or ())


KEYS = [
    Column("id", _field("id")),
    Column("name", _field("name")),
    Column("role", _field("role")),
    Column("scopes", _joined("scopes")),
    _date("created_at"),
    Column("expires_at", _field("expires_at")),
    Column("last_used_on", _field("last_used_on")),
]
ISSUED_KEY = [Column("key", _field("key")), *KEYS]
TENANTS = [Column("name", _field("name")), _date("created_at"), Column("retention_days", _field("retention_days"))]
LANE_COSTS = [
    Column("lane", lambda row: row[0]),
    Column("expected_usd", lambda row: row[1].expected_usd, lambda row: dollars(row[1].expected_usd)),
    Column("at_most_usd", lambda row: row[1].most_usd, lambda row: dollars(row[1].most_usd)),
]
"""An estimate as a terminal shows it first: the lanes, whatever the models."""

TRIES = [
    Column("custom_id", _field("custom_id"), yields=True),
    Column("prompt", _field("prompt"), yields=True),
    Column("output", lambda row: row.output if row.output is not None else row.error, yields=True),
    Column("finish_reason", _field("finish_reason")),
    Column("cost_usd", _field("cost_usd"), lambda row: dollars(row.cost_usd), extra=True),
]

SAMPLED = [
    Column("lane", lambda row: row[0]),
    *(
        Column(name, cost := partial(_of_lane, name), partial(_dollars_of, cost))
        for name in ("expected_usd", "low_usd", "high_usd")
    ),
]
"""What a whole file will cost by its sample."""

MODEL_COSTS = [
    *(Column(name, _field(name), yields=name == "model") for name in ("model", "requests")),
    Column("tokens_in", _field("input_tokens"), lambda row: _short(row.input_tokens)),
    Column("tokens_out", _field("output_tokens"), lambda row: _short(row.output_tokens)),
    *(
        Column(f"{lane}_usd", cost := _lane(lane, "expected_usd"), partial(_dollars_of, cost))
        for lane in ("batch", "realtime")
    ),
]

BUDGET = [Column(name, _field(name)) for name in ("daily_usd", "monthly_usd", "today_usd", "month_usd")]

SUMMARY = [
    *(Column(name, _field(name)) for name in ("jobs", "requests", "succeeded", "failed", "success_rate")),
    *(Column(name, _field(name), _brief(name)) for name in ("mean_seconds", "p50_seconds", "p95_seconds")),
    Column("requests_per_second", _field("requests_per_second"), _brief("requests_per_second")),
    Column("tokens_in", _tokens("input")),
    Column("tokens_out", _tokens("output")),
    *(Column(name, _field(name)) for name in ("spent_usd", "saved_usd")),
    *(Column(name, _field(name)) for name in ("unpriced_requests", "retries", "breaker_openings")),
    Column("finish_reasons", lambda summary: _tally(summary.finish_reasons)),
    Column("empty", _field("empty")),
]

GROUPS = [
    Column("key", _field("key"), yields=True),
    *(Column(name, _field(name)) for name in ("jobs", "requests", "failed")),
    *(Column(name, _field(name), _brief(name)) for name in ("p50_seconds", "p95_seconds")),
    Column("tokens_in", _tokens("input")),
    Column("tokens_out", _tokens("output")),
    *(Column(name, _field(name)) for name in ("spent_usd", "saved_usd")),
    Column("retries", _field("retries")),
]

LIVE = [
    *RECEIPT[:2],
    Column("name", _field("name"), yields=True),
    *(Column(name, _field(name)) for name in ("requests", "done", "percent", "in_flight", "waiting")),
    *(Column(name, _field(name)) for name in ("open_shards", "per_second", "eta_seconds")),
    Column("waiting_for", _waiting, yields=True),
]

BATCHES = [
    Column("id", _field("id")),
    Column("state", _field("state")),
    Column("name", _field("name"), yields=True),
    Column("model", _field("model"), yields=True, extra=True),
    Column("ok", _progress("succeeded")),
    Column("failed", _progress("failed")),
    Column("rejected", _field("rejected"), extra=True),
    Column("created", _field("created_at"), lambda batch: ago(batch.created_at)),
    Column("tags", lambda batch: ", ".join(batch.tags), yields=True),
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

LETTERS = [
    Column("job", _field("job")),
    Column("line", _field("line")),
    Column("custom_id", _field("custom_id"), yields=True),
    Column("kind", _field("kind")),
    _date("died_at"),
]

SENT = [
    Column("job", _field("job")),
    Column("dead_letters", _field("dead_letters")),
    Column("left", _field("left"), yields=True),
]

KINDS = [
    Column("count", _field("count")),
    Column("kind", _field("kind")),
    Column("message", lambda kind: kind.examples[0].message if kind.examples else None, yields=True),
    Column("custom_ids", lambda kind: ", ".join(each.custom_id for each in kind.examples), yields=True),
]

REJECTED = [Column(name, _field(name), yields=name == "detail") for name in ("line", "field", "detail")]
