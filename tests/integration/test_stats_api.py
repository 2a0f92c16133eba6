"""Costs, budgets and statistics over HTTP: from events to answers, on the template's resources."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fakes.moto_stack import Stack
from tests.integration.conftest import golden, said_of

Invoke = Callable[..., Any]
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")
REQUESTS = [
    {"input": "What is a queue?", "max_tokens": 100},
    {"input": "[[refuse]] this", "max_tokens": 100},
    {"input": "Say it in Italian: a parser.", "max_tokens": 100},
]


@pytest.fixture
def call(invoke: Invoke) -> Callable[..., Any]:
    """Call a service's API; the body as JSON, or as text if it is none."""

    def ask(method: str, path: str, body: Any = None, tenant: str = "acme") -> tuple[int, Any]:
        service = "stats.api" if path.startswith(("/v1/stats", "/v1/metrics")) else "batches.api"
        event = golden(service)
        path, _, query = path.partition("?")
        event |= {"rawPath": path, "rawQueryString": query}
        event["requestContext"]["http"] |= {"method": method, "path": path}
        event["requestContext"]["authorizer"]["lambda"] = said_of(tenant) if tenant else {"refused": "wrong key"}
        event["queryStringParameters"] = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
        event["headers"].pop("idempotency-key", None)
        event["body"] = None if body is None else json.dumps(body)
        answer = invoke(service, event)
        is_json = "json" in json.dumps(answer["headers"])
        return answer["statusCode"], json.loads(answer["body"]) if is_json else answer["body"]

    return ask


@pytest.fixture
def batch(call: Callable[..., Any], invoke: Invoke) -> str:
    """A batch that has run through all of its steps."""
    _, made = call("POST", "/v1/batches", {"requests": REQUESTS, "tags": ["red"], "budget_usd": 0.01})
    step = {"tenant": "acme", "job": made["id"], "correlation_id": "c"}
    invoke("batches.plan", {"id": "arn:aws:states:::execution:m:e", "input": step | {"run": 1}})
    invoke("batches.submit", step | {"shard": 0, "token": "t"})
    invoke("batches.poll")
    invoke("batches.collect", step | {"shard": 0})
    for _ in range(2):
        invoke("batches.finish", step)
    found: str = made["id"]
    return found


def test_the_golden_event_is_answered(invoke: Invoke) -> None:
    answer = invoke("stats.api")
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["by"] == "model"


def test_a_batch_is_estimated_before_it_is_made(call: Callable[..., Any]) -> None:
    status, told = call("POST", "/v1/batches/estimate", {"requests": [*REQUESTS, {"nonsense": 1}]})
    assert (status, told["estimate"]["requests"], told["rejected"]) == (200, 3, 1)
    lanes = told["estimate"]["lanes"]
    assert 0 < lanes["batch"]["expected_usd"] <= lanes["batch"]["most_usd"] < lanes["realtime"]["most_usd"]
    assert told["estimate"]["models"][0]["model"] == "gpt-5.4-mini"
    assert call("GET", "/v1/batches")[1]["batches"] == []


def test_the_real_cost_is_within_the_estimate(call: Callable[..., Any], batch: str) -> None:
    _, shown = call("GET", f"/v1/batches/{batch}")
    assert shown["cost"]["list_usd"] == pytest.approx(2 * shown["cost"]["spent_usd"], abs=1e-8)
    assert 0 < shown["cost"]["spent_usd"] <= shown["estimate"]["lanes"]["batch"]["most_usd"]
    assert (shown["cost"]["unpriced_requests"], shown["budget_usd"], shown["note"]) == (0, 0.01, None)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "requests"),
        ({"requests": REQUESTS, "upload": "x"}, 400, "requests"),
        ({"upload": "nothing.jsonl"}, 404, "upload"),
        ({"requests": REQUESTS, "model": "no-such"}, 400, "model"),
        ({"requests": REQUESTS, "budget_usd": 0}, 400, "budget_usd"),
    ],
)
def test_what_can_not_be_estimated_is_refused(
    call: Callable[..., Any], body: dict[str, Any], status: int, field: str
) -> None:
    answered, problem = call("POST", "/v1/batches/estimate", body)
    assert (answered, problem["errors"][0]["field"]) == (status, field)


def test_an_upload_is_estimated_up_to_a_size(
    call: Callable[..., Any], stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fanfold.batches.plan import estimate
    from fanfold.wiring import batches as wiring

    lines = b'{"input": "a", "custom_id": "x"}\n{"input": "b", "custom_id": "x"}\n'
    wiring.blobs().put("uploads/acme/some.jsonl", lines)
    _, told = call("POST", "/v1/batches/estimate", {"upload": "some.jsonl"})
    assert (told["estimate"]["requests"], told["rejected_lines"][0]["field"]) == (1, "custom_id")
    monkeypatch.setattr(estimate, "MOST_AT_ONCE", 1)
    status, problem = call("POST", "/v1/batches/estimate", {"upload": "some.jsonl"})
    assert (status, "over 1 lines" in problem["detail"], "dry_run" in problem["detail"]) == (413, True, True)
    monkeypatch.setattr(estimate, "MOST_BYTES", 10)
    status, problem = call("POST", "/v1/batches/estimate", {"upload": "some.jsonl"})
    assert (status, "dry_run" in problem["detail"]) == (413, True)


def test_a_budget_is_set_and_shown_with_what_is_spent(call: Callable[..., Any], invoke: Invoke) -> None:
    assert call("GET", "/v1/budget")[1]["daily_usd"] is None
    status, told = call("PUT", "/v1/budget", {"daily_usd": 5})
    assert (status, told) == (200, {"daily_usd": 5.0, "monthly_usd": None, "today_usd": 0.0, "month_usd": 0.0})
    _, made = call("POST", "/v1/batches", {"requests": REQUESTS})
    step = {"tenant": "acme", "job": made["id"], "correlation_id": "c"}
    invoke("batches.plan", {"id": "arn:aws:states:::execution:m:f", "input": step | {"run": 1}})
    invoke("batches.submit", step | {"shard": 0, "token": "t"})
    assert call("GET", "/v1/budget")[1]["today_usd"] > 0
    assert call("GET", "/v1/budget", tenant="other")[1]["daily_usd"] is None
    assert call("PUT", "/v1/budget", {"daily_usd": -1})[0] == 400


def test_statistics_tell_of_what_has_ended(call: Callable[..., Any], batch: str) -> None:
    _, shown = call("GET", f"/v1/batches/{batch}")
    for by, key in (("model", "gpt-5.4-mini"), ("provider", "openai"), ("lane", "batch"), ("tag", "red")):
        _, told = call("GET", f"/v1/stats?by={by}")
        assert [group["key"] for group in told["groups"]] == [key]
        for figures in (told["total"], told["groups"][0]):
            assert (figures["jobs"], figures["completed"], figures["requests"]) == (1, 1, 3)
            assert figures["spent_usd"] == shown["cost"]["spent_usd"]
            assert figures["success_rate"] == shown["progress"]["succeeded"] / 3
            assert figures["p50_seconds"] is not None
    assert call("GET", "/v1/stats", tenant="other")[1]["total"]["jobs"] == 0


@pytest.mark.parametrize(
    "query", ["by=colour", "from=yesterday", "from=2026-02-01&to=2026-01-01", "from=2020-01-01&to=2026-01-01", "x=1"]
)
def test_a_wrong_range_is_refused(call: Callable[..., Any], query: str) -> None:
    assert call("GET", f"/v1/stats?{query}")[0] == 400


@pytest.mark.parametrize("path", ["/v1/stats", "/v1/stats/live", "/v1/metrics", "/v1/budget"])
def test_nobody_sees_figures_without_a_key(call: Callable[..., Any], path: str) -> None:
    assert call("GET", path, tenant="")[0] == 401


def test_live_tells_of_what_is_under_way(call: Callable[..., Any], invoke: Invoke) -> None:
    _, made = call("POST", "/v1/batches", {"requests": REQUESTS, "name": "now"})
    step = {"tenant": "acme", "job": made["id"], "correlation_id": "c"}
    invoke("batches.plan", {"id": "arn:aws:states:::execution:m:g", "input": step | {"run": 1}})
    _, before = call("GET", "/v1/stats/live")
    assert (before["open_jobs"], before["waiting"], before["in_flight"]) == (1, 3, 0)
    invoke("batches.submit", step | {"shard": 0, "token": "t"})
    _, now = call("GET", "/v1/stats/live")
    assert (now["waiting"], now["in_flight"], now["open_shards"], now["jobs"][0]["name"]) == (0, 3, 1, "now")
    assert call("GET", "/v1/stats/live", tenant="other")[1]["jobs"] == []


def test_metrics_are_in_prometheus_format_and_say_the_same(call: Callable[..., Any], batch: str) -> None:
    status, text = call("GET", "/v1/metrics")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    _, shown = call("GET", f"/v1/batches/{batch}")
    assert status == 200
    assert families["fanfold_spent_usd"].type == "counter"
    assert [sample.value for sample in families["fanfold_spent_usd"].samples] == [shown["cost"]["spent_usd"]]
    assert {s.labels["status"]: s.value for s in families["fanfold_requests"].samples} == {"succeeded": 2, "failed": 1}
    assert {s.labels["state"]: s.value for s in families["fanfold_jobs"].samples}["completed"] == 1
    buckets = [s for s in families["fanfold_request_seconds"].samples if s.name.endswith("_bucket")]
    assert [s.value for s in buckets] == sorted(s.value for s in buckets)
    assert buckets[-1].labels == {"provider": "openai", "model": "gpt-5.4-mini", "lane": "batch", "le": "+Inf"}
    assert families["fanfold_open_jobs"].samples[0].value == 0
    other = {f.name: f for f in text_string_to_metric_families(call("GET", "/v1/metrics", tenant="other")[1])}
    assert other["fanfold_spent_usd"].samples == []
