"""Webhooks of tenants on the deployed template: ended jobs, callbacks, tries, replay, rotation, 410."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from fanfold.clock import stamp
from fanfold_client import Fanfold, NotFound, Refused
from local.stack import LocalStack
from tests.receiver import WebhookReceiver, receiving
from tests.waiting import until

INPUTS: list[Any] = [{"input": "What is a queue?", "custom_id": "a"}]
SERIES = [{"name": "boots", "values": list(range(24))}]


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with receiving() as running:
        yield running


@pytest.fixture(scope="module")
def told(stack: LocalStack) -> Iterator[Fanfold]:
    with Fanfold(stack.url, stack.issue_key("told"), timeout=300, pause=lambda _: None) as client:
        yield client


def test_ended_jobs_of_all_kinds_are_told_signed_and_once(told: Fanfold, receiver: WebhookReceiver) -> None:
    hook = told.webhooks.create(receiver.url + "/all", description="everything")
    batches_only = told.webhooks.create(receiver.url + "/tagged", ["batch.completed"], {"tags": ["nightly"]})
    batch = told.batches.create(INPUTS, tags=["nightly"]).id
    forecast = told.forecasts.create(SERIES, horizon=3).id
    session = told.sessions.create(name="style").id
    training = told.sessions.train(session, "The harbour wakes. " * 40).id
    until(lambda: len(receiver.of("/all")) >= 3)
    found = {call.event["data"]["job"]: call for call in receiver.of("/all")}
    assert {job: call.event["type"] for job, call in found.items()} == {
        batch: "batch.completed",
        forecast: "forecast.completed",
        training: "writing.completed",
    }
    for call in receiver.of("/all"):
        call.verify(hook.secret or "")
        assert (call.id, call.event["tenant"]) == (call.event["id"], "told")
    (tagged,) = until(lambda: receiver.of("/tagged"))
    tagged.verify(batches_only.secret or "")
    assert tagged.id == found[batch].id
    assert [each.state for each in told.webhooks.deliveries(hook.id)] == ["delivered"] * 3
    for id in (hook.id, batches_only.id):
        told.webhooks.delete(id)


def test_a_callback_is_told_of_its_job_alone(told: Fanfold, receiver: WebhookReceiver) -> None:
    secret = told.webhooks.rotate("callbacks").secret
    batch = told.batches.create(INPUTS, callbacks={"webhook_url": receiver.url + "/batch"}).id
    forecast = told.forecasts.create(SERIES, horizon=3, callbacks={"webhook_url": receiver.url + "/forecast"}).id
    until(lambda: receiver.of("/batch") and receiver.of("/forecast"))
    for path, job in (("/batch", batch), ("/forecast", forecast)):
        (call,) = receiver.of(path)
        call.verify(secret or "")
        assert call.event["data"]["job"] == job
    until(lambda: [each.state for each in told.webhooks.deliveries("callbacks")] == ["delivered"] * 2)


def test_addresses_inside_are_refused_by_field(told: Fanfold) -> None:
    for make, named in (
        (lambda: told.webhooks.create("https://169.254.169.254/"), "url"),
        (lambda: told.batches.create(INPUTS, callbacks={"webhook_url": "https://[::1]/"}), "callbacks.webhook_url"),
        (
            lambda: told.forecasts.create(SERIES, callbacks={"webhook_url": "http://x.example.com/"}),
            "callbacks.webhook_url",
        ),
    ):
        with pytest.raises(Refused) as refused:
            make()
        assert [flaw["field"] for flaw in refused.value.flaws] == [named]


def test_what_does_not_arrive_is_tried_again_with_the_same_id(
    stack: LocalStack, told: Fanfold, receiver: WebhookReceiver
) -> None:
    hook = told.webhooks.create(receiver.url + "/flaky", ["batch.completed"])
    receiver.statuses[:] = [500]
    told.batches.create(INPUTS)
    until(lambda: [each.state for each in told.webhooks.deliveries(hook.id)] == ["pending"])
    (delivery,) = told.webhooks.deliveries(hook.id)
    assert told.webhooks.get(hook.id).failing_since
    _make_due(stack, "told", hook.id, delivery.event)
    until(lambda: [each.state for each in told.webhooks.deliveries(hook.id)] == ["delivered"])
    (delivery,) = told.webhooks.deliveries(hook.id, state="delivered")
    assert [each.status for each in delivery.tries] == [500, 204]
    assert {call.id for call in receiver.of("/flaky")} == {delivery.event}
    assert told.webhooks.replay(hook.id, delivery.event).state == "delivered"
    assert len(receiver.of("/flaky")) == 3
    with pytest.raises(NotFound):
        told.webhooks.replay(hook.id, "evt_none")
    told.webhooks.delete(hook.id)


def _make_due(stack: LocalStack, tenant: str, endpoint: str, event: str) -> None:
    """As if its pause were over."""
    stack.cloud.client("dynamodb").update_item(
        TableName=stack.cloud.outputs["TableName"],
        Key={"pk": {"S": f"T#{tenant}#W#{endpoint}"}, "sk": {"S": event}},
        UpdateExpression="SET open_since = :past",
        ExpressionAttributeValues={":past": {"S": "2026-01-01T00:00:00.000Z"}},
    )


def test_budgets_keys_and_logs_are_told_of(told: Fanfold, receiver: WebhookReceiver) -> None:
    hook = told.webhooks.create(receiver.url + "/watch", ["budget.reached", "key.expiring", "log.error_spike"])
    told.logs.write([{"message": f"m{n}", "level": "error", "stream": "shop"} for n in range(25)])
    key = told.keys.create("short", expires_at=(datetime.now(UTC) + timedelta(seconds=10)).isoformat())
    told.budget.set(daily_usd=0.000001)
    until(lambda: len({call.id for call in receiver.of("/watch")}) == 3)
    found = {call.event["type"]: call.event["data"] for call in receiver.of("/watch")}
    assert (found["log.error_spike"]["stream"], found["log.error_spike"]["errors"]) == ("shop", 25)
    assert (found["key.expiring"]["key"], found["key.expiring"]["name"]) == (key.id, "short")
    assert (found["budget.reached"]["period"], found["budget.reached"]["percent"]) == ("day", 100)
    told.budget.set()
    told.webhooks.delete(hook.id)


def test_a_forecast_below_the_confidence_that_is_wanted_is_told(told: Fanfold, receiver: WebhookReceiver) -> None:
    hook = told.webhooks.create(receiver.url + "/low", ["forecast.low_confidence"])
    forecast = told.forecasts.create(SERIES, horizon=3, alert_below=1).id
    (call,) = until(lambda: receiver.of("/low"))
    assert (call.event["data"]["job"], call.event["data"]["first"]) == (forecast, ["boots"])
    told.webhooks.delete(hook.id)


def test_another_stage_of_the_account_is_not_heard(stack: LocalStack, told: Fanfold, receiver: WebhookReceiver) -> None:
    hook = told.webhooks.create(receiver.url + "/stage", ["batch.completed"])
    bus = stack.cloud.client("events")
    for deployment in ("fanfold-prod", None, "fanfold", "fanfold"):
        heard = len(receiver.of("/stage"))
        said = {"deployment": deployment} if deployment else {}
        ended = {"tenant": "told", "job": f"of-{deployment}-{heard}", "at": stamp(datetime.now(UTC)), **said, **ENDED}
        put = {"Source": "fanfold", "DetailType": "Job ended", "Detail": json.dumps(ended)}
        assert bus.put_events(Entries=[put])["FailedEntryCount"] == 0
        if deployment == "fanfold":
            until(partial(_has_more, receiver, heard))
    assert [call.event["data"]["job"] for call in receiver.of("/stage")] == ["of-fanfold-0", "of-fanfold-1"]

    def written() -> str | None:
        found = "\n".join(entry.message for entry in told.logs.list(stream="jobs"))
        return found if "of-fanfold-1" in found else None

    assert "of-fanfold-prod" not in (found := until(written))
    assert "of-None" not in found
    told.webhooks.delete(hook.id)


def _has_more(receiver: WebhookReceiver, than: int) -> bool:
    return len(receiver.of("/stage")) > than


ENDED = {"kind": "batch", "state": "completed", "round": 1, "run": 1, "total": 1, "succeeded": 1, "failed": 0}


def test_a_test_event_rotation_and_410(told: Fanfold, receiver: WebhookReceiver) -> None:
    hook = told.webhooks.create(receiver.url + "/life", ["batch.failed"])
    new = told.webhooks.rotate(hook.id, overlap_hours=1).secret
    assert told.webhooks.test(hook.id).state == "delivered"
    (call,) = receiver.of("/life")
    assert call.event["type"] == "webhook.test"
    for secret in (hook.secret, new):
        call.verify(secret or "")
    receiver.statuses[:] = [410]
    assert told.webhooks.test(hook.id).state == "failed"
    assert told.webhooks.get(hook.id).disabled_because == "it answered 410 Gone"
    assert told.webhooks.change(hook.id, enabled=True).disabled_at is None
    told.webhooks.delete(hook.id)
    assert hook.id not in {each.id for each in told.webhooks.list()}
