"""Columns of what is spent, is expected, and is under way."""

from functools import partial

from fanfold_command.columns.batches import RECEIPT
from fanfold_command.columns.cells import brief, dollars, dollars_of, field, lane_cost, short, tally, tokens, waiting
from fanfold_command.printing import Column

ESTIMATE = [
    Column("model", field("model")),
    Column("requests", field("requests")),
    Column("tokens_in", field("input_tokens")),
    Column("tokens_out", field("output_tokens")),
    Column("batch_usd", lane_cost("batch", "expected_usd")),
    Column("batch_most", lane_cost("batch", "most_usd")),
    Column("realtime_usd", lane_cost("realtime", "expected_usd")),
    Column("realtime_most", lane_cost("realtime", "most_usd")),
    Column("assumed", field("assumed"), yields=True),
]

LANE_COSTS = [
    Column("lane", lambda row: row[0]),
    Column("expected_usd", lambda row: row[1].expected_usd, lambda row: dollars(row[1].expected_usd)),
    Column("at_most_usd", lambda row: row[1].most_usd, lambda row: dollars(row[1].most_usd)),
]
"""An estimate as a terminal shows it first: the lanes, whatever the models."""

MODEL_COSTS = [
    *(Column(name, field(name), yields=name == "model") for name in ("model", "requests")),
    Column("tokens_in", field("input_tokens"), lambda row: short(row.input_tokens)),
    Column("tokens_out", field("output_tokens"), lambda row: short(row.output_tokens)),
    *(
        Column(f"{lane}_usd", cost := lane_cost(lane, "expected_usd"), partial(dollars_of, cost))
        for lane in ("batch", "realtime")
    ),
]

BUDGET = [Column(name, field(name)) for name in ("daily_usd", "monthly_usd", "today_usd", "month_usd")]

SUMMARY = [
    *(Column(name, field(name)) for name in ("jobs", "requests", "succeeded", "failed", "success_rate")),
    *(Column(name, field(name), brief(name)) for name in ("mean_seconds", "p50_seconds", "p95_seconds")),
    Column("requests_per_second", field("requests_per_second"), brief("requests_per_second")),
    Column("tokens_in", tokens("input")),
    Column("tokens_out", tokens("output")),
    *(Column(name, field(name)) for name in ("spent_usd", "saved_usd")),
    *(Column(name, field(name)) for name in ("unpriced_requests", "retries", "breaker_openings")),
    Column("finish_reasons", lambda summary: tally(summary.finish_reasons)),
    Column("empty", field("empty")),
]

MONEY = [
    *(Column(name, field(name)) for name in ("jobs", "requests", "spent_usd", "list_usd", "saved_usd")),
    Column("unpriced_requests", field("unpriced_requests")),
]

SUGGESTIONS = [
    Column("code", field("code")),
    Column("model", lambda row: f"{row.provider}/{row.model}"),
    *(Column(name, field(name)) for name in ("requests", "spent_usd", "saved_usd", "suggested_tokens")),
    Column("detail", field("detail"), yields=True),
]

GROUPS = [
    Column("key", field("key"), yields=True),
    *(Column(name, field(name)) for name in ("jobs", "requests", "failed")),
    *(Column(name, field(name), brief(name)) for name in ("p50_seconds", "p95_seconds")),
    Column("tokens_in", tokens("input")),
    Column("tokens_out", tokens("output")),
    *(Column(name, field(name)) for name in ("spent_usd", "saved_usd")),
    Column("retries", field("retries")),
]

LIVE = [
    *RECEIPT[:2],
    Column("name", field("name"), yields=True),
    *(Column(name, field(name)) for name in ("requests", "done", "percent", "in_flight", "waiting")),
    *(Column(name, field(name)) for name in ("open_shards", "per_second", "eta_seconds")),
    Column("waiting_for", waiting, yields=True),
]
