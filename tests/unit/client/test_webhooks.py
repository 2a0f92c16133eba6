"""`fanfold webhooks`: what is asked of the service, and what is said of its answers."""

import json
from typing import Any

import httpx

from tests.unit.client.conftest import Run
from tests.unit.client.service import CREATED, Service

HOOK: dict[str, Any] = {"id": "wh_1", "url": "https://hooks.example.com", "kinds": [], "created_at": CREATED}
DELIVERY: dict[str, Any] = {
    "endpoint": "wh_1",
    "event": "evt_1",
    "type": "batch.completed",
    "url": HOOK["url"],
    "state": "pending",
    "created_at": CREATED,
    "tries": [{"at": CREATED, "status": 500, "millis": 12, "said": "no"}],
}


def answers(service: Service, *said: Any) -> None:
    service.faults = [httpx.Response(200, json=each) for each in said]


def test_one_is_made_with_kinds_and_filters_and_its_secret_is_shown(run: Run, service: Service) -> None:
    answers(service, HOOK | {"secret": "whsec_abc"})
    ran = run(
        *("webhooks", "create", HOOK["url"], "--kind", "batch.failed", "--kind", "batch.completed"),
        *("--filter", "tags=nightly", "--filter", "tags=weekly", "--filter", "job=b=1"),
    )
    assert service.said == ["POST /v1/webhooks"]
    asked = json.loads(service.calls[0].content)
    assert asked["kinds"] == ["batch.failed", "batch.completed"]
    assert asked["filters"] == {"tags": ["nightly", "weekly"], "job": ["b=1"]}
    assert "whsec_abc" in ran.out
    assert "shown this once" in ran.err


def test_a_filter_without_a_value_is_refused_before_anything_is_asked(run: Run, service: Service) -> None:
    ran = run("webhooks", "create", HOOK["url"], "--filter", "nightly")
    assert (ran.code, "FIELD=VALUE" in ran.err) == (2, True)
    assert service.said == []


def test_they_are_listed_changed_rotated_and_deleted(run: Run, service: Service) -> None:
    off = HOOK | {"disabled_at": CREATED, "disabled_because": "it answered 410 Gone"}
    answers(
        service, {"webhooks": [off]}, HOOK, {"id": "callbacks", "secret": "whsec_new", "old_secret_until": CREATED}, {}
    )
    listed = run("webhooks", "list")
    assert "it answered 410 Gone" in listed.out
    run("webhooks", "change", "wh_1", "--enable")
    assert "whsec_new" in run("webhooks", "rotate", "callbacks", "--overlap-hours", "1").out
    run("webhooks", "delete", "wh_1")
    assert service.said == [
        "GET /v1/webhooks",
        "PATCH /v1/webhooks/wh_1",
        "POST /v1/webhooks/callbacks/rotate",
        "DELETE /v1/webhooks/wh_1",
    ]
    assert json.loads(service.calls[1].content) == {"enabled": True}
    assert json.loads(service.calls[2].content) == {"overlap_hours": 1.0}


def test_deliveries_are_tested_listed_and_replayed(run: Run, service: Service) -> None:
    answers(service, DELIVERY, {"deliveries": [DELIVERY], "cursor": None}, DELIVERY | {"state": "delivered"})
    for ran in (run("webhooks", "test", "wh_1"), run("webhooks", "deliveries", "wh_1", "--state", "pending")):
        assert "evt_1" in ran.out
        assert "500" in ran.out
    assert "delivered" in run("webhooks", "replay", "wh_1", "evt_1").out
    assert service.said == [
        "POST /v1/webhooks/wh_1/test",
        "GET /v1/webhooks/wh_1/deliveries",
        "POST /v1/webhooks/wh_1/deliveries/evt_1/replay",
    ]
    assert service.calls[1].url.params["state"] == "pending"


def test_a_batch_and_a_forecast_are_told_of_by_a_callback(run: Run, service: Service, tmp_path: Any) -> None:
    (batch := tmp_path / "a.jsonl").write_text('{"input": "a"}\n')
    (sales := tmp_path / "a.csv").write_text("date,boots\n2024-01-01,1\n")
    for kind, file in (("batch", batch), ("forecast", sales)):
        run(kind, "submit", str(file), "--callback", "https://hooks.example.com/done")
        sent = next(call for call in service.calls if call.url.path == f"/v1/{kind}{'e' * (kind == 'batch')}s")
        assert json.loads(sent.content)["callbacks"] == {"webhook_url": "https://hooks.example.com/done"}
