"""Webhooks on the template's resources in moto: the golden event becomes a call that is signed and tried again."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fanfold.events import KeyExpiring
from fanfold.outbox import Outbox
from fanfold.wiring import entrance
from fanfold.wiring import notify as wiring
from tests.integration.conftest import golden, said_of
from tests.receiver import WebhookReceiver, receiving

Invoke = Callable[..., Any]
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookReceiver]:
    monkeypatch.setenv("SETTINGS", '{"webhook_hosts": ["127.0.0.1"]}')
    with receiving() as running:
        yield running


def asked(invoke: Invoke, method: str, path: str, body: Any = None, **query: str) -> Any:
    event = golden("notify.api") | {"body": json.dumps(body), "rawPath": path, "queryStringParameters": query or None}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    event["requestContext"]["authorizer"] = {"lambda": said_of("acme")}
    answer = invoke("notify.api", event)
    return json.loads(answer["body"]) if answer["body"] else answer["statusCode"]


def due_now(hook: str, event: str) -> None:
    """As if the pause before the next try were over."""
    item = wiring.notify().deliveries.get("acme", hook, event)
    entrance.client("dynamodb").update_item(
        TableName=entrance.settings().resource("table_name"),
        Key={"pk": {"S": f"T#acme#W#{hook}"}, "sk": {"S": item.event}},
        UpdateExpression="SET open_since = :past",
        ExpressionAttributeValues={":past": {"S": "2026-01-01T00:00:00.000Z"}},
    )


def test_an_event_is_told_tried_again_and_replayed_under_one_id(invoke: Invoke, receiver: WebhookReceiver) -> None:
    made = asked(invoke, "POST", "/v1/webhooks", {"url": receiver.url, "filters": {"tags": ["nightly"]}})
    receiver.statuses[:] = [500]
    assert invoke("notify.deliver")["pending"] == 1
    assert invoke("notify.deliver")["pending"] == 0  # the same event, once more
    [delivery] = asked(invoke, "GET", f"/v1/webhooks/{made['id']}/deliveries")["deliveries"]
    assert (delivery["state"], delivery["tries"][0]["status"]) == ("pending", 500)
    assert invoke("notify.deliver", golden("notify.deliver.tick"))["delivered"] == 0
    due_now(made["id"], delivery["event"])
    assert invoke("notify.deliver", golden("notify.deliver.tick"))["delivered"] == 1
    path = f"/v1/webhooks/{made['id']}/deliveries/{delivery['event']}/replay"
    assert asked(invoke, "POST", path)["state"] == "delivered"
    assert {call.id for call in receiver.calls} == {delivery["event"]}
    assert len(receiver.calls) == 3
    receiver.calls[-1].verify(made["secret"])


def test_an_event_that_nobody_knows_fails_and_is_not_lost(invoke: Invoke) -> None:
    with pytest.raises(KeyError):
        invoke("notify.deliver", golden("notify.deliver") | {"detail-type": "Nothing of ours"})


def test_the_outbox_is_told_by_the_minute(invoke: Invoke, receiver: WebhookReceiver) -> None:
    made = asked(invoke, "POST", "/v1/webhooks", {"url": receiver.url, "kinds": ["key.expiring"]})
    at = "2026-11-22T21:10:00.000Z"
    event = KeyExpiring(tenant="acme", at=at, key="k", name="ci", expires_at="2026-11-29T21:10:00.000Z")
    entrance.table().change(Outbox.noting(event, at))
    for delivered in (1, 0):
        assert invoke("notify.deliver", golden("notify.deliver.tick"))["delivered"] == delivered
    assert [call.id for call in receiver.calls] == [event.event_id]
    assert asked(invoke, "DELETE", f"/v1/webhooks/{made['id']}") == 204


def test_bad_input_is_refused_by_field(invoke: Invoke) -> None:
    for body, field in (
        ({"url": "https://10.0.0.1"}, "url"),
        ({"url": "https://a.example.com", "kinds": ["x"]}, "kinds.0"),
        ({"url": "https://a.example.com", "filters": {"colour": ["red"]}}, "filters"),
        ({}, "url"),
    ):
        assert [flaw["field"] for flaw in asked(invoke, "POST", "/v1/webhooks", body)["errors"]] == [field]
    made = asked(invoke, "POST", "/v1/webhooks", {"url": "https://a.example.com"})
    path = f"/v1/webhooks/{made['id']}"
    assert asked(invoke, "PATCH", path, {"enabled": False})["disabled_because"] == "its owner disabled it"
    assert asked(invoke, "PATCH", path, {})["status"] == 400
    assert asked(invoke, "GET", "/v1/webhooks/wh_none")["status"] == 404
