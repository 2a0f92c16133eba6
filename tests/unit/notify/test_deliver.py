"""Deliveries: signed, tried ten times over three days, replayed; endpoints that are gone or disabled."""

import json
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from fanfold.clock import moment, stamp
from fanfold.errors import Conflict, NotFound, Superseded
from fanfold.events import KeyExpiring
from fanfold.notify.deliver import deliver, list_deliveries, replay
from fanfold.notify.delivery import DeliveryFilters, DeliveryState
from fanfold.notify.endpoint import CALLBACKS, ChangeEndpoint, RotateSecret
from fanfold.notify.spread import ping, spread, spread_due
from fanfold.outbox import Outbox
from fanfold.ports import Change
from tests.fakes.notify import URL, FakeNotify
from tests.fakes.poster import Call
from tests.fakes.tampering import forged


@pytest.fixture
def cloud() -> FakeNotify:
    return FakeNotify(now=datetime.now(UTC).replace(microsecond=0))


def verified(call: Call, secret: str) -> bool:
    """Whether the library takes it for genuine."""
    try:
        Webhook(secret).verify(call.body, call.headers)
    except WebhookVerificationError:
        return False
    return True


def test_an_event_arrives_signed_with_its_id(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    assert cloud.tell(cloud.ended(tags=("nightly",))).delivered == 1
    (call,) = cloud.poster.calls
    assert (call.url, verified(call, made.secret)) == (URL, True)
    body = json.loads(call.body)
    assert body["id"] == call.headers["webhook-id"]
    assert (body["type"], body["tenant"], body["timestamp"]) == ("batch.completed", "acme", cloud.ended().at)
    assert (body["data"]["job"], body["data"]["tags"]) == ("b1", ["nightly"])
    assert "callback_url" not in body["data"]
    assert [name for name, _ in cloud.events.published] == ["batch.completed"]


def test_a_thousand_tampered_or_late_ones_are_refused(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    cloud.tell(cloud.ended())
    (call,) = cloud.poster.calls
    assert verified(call, made.secret)
    forgeries = list(islice(forged(call, made.secret, Random(1)), 1000))
    assert [each for each in forgeries if verified(each, made.secret)] == []


def test_ten_tries_over_three_days_and_then_no_more(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    cloud.poster.answers[URL] = [500]
    begun = cloud.now
    cloud.tell(cloud.ended())
    while due := cloud.only(made.id).next_try_at:
        assert cloud.tick().pending + cloud.tick().failed == 0  # not before it is time
        cloud.now = moment(due)
        cloud.tick()
    kept = cloud.only(made.id)
    assert (kept.state, len(kept.tries), len(cloud.poster.calls)) == (DeliveryState.FAILED, 10, 10)
    assert timedelta(days=2.8) < cloud.now - begun < timedelta(days=3.3)
    assert {call.headers["webhook-id"] for call in cloud.poster.calls} == {kept.event}
    assert len({call.body for call in cloud.poster.calls}) == 1
    assert len({call.headers["webhook-timestamp"] for call in cloud.poster.calls}) == 10
    assert [each.status for each in kept.tries] == [500] * 10


def test_pauses_differ_by_chance(cloud: FakeNotify) -> None:
    cloud.poster.answers[URL] = [None]
    pauses = []
    for chance in (0.0, 1.0):
        cloud.chance = chance
        made = cloud.endpoint(kinds=["batch.failed"])
        cloud.tell(cloud.ended(job=f"b{chance}", state="failed"))
        pauses.append(moment(cloud.deliveries(made.id)[0].next_try_at) - cloud.now)
        cloud.backend.endpoints.remove("acme", made.id)
    assert pauses == [timedelta(seconds=54), timedelta(seconds=66)]


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 429, 500, 503, None])
def test_whatever_is_no_2xx_is_tried_again(cloud: FakeNotify, status: int | None) -> None:
    made = cloud.endpoint()
    cloud.poster.answers[URL] = [status, 204]
    assert cloud.tell(cloud.ended()).pending == 1
    cloud.wait(3600)
    assert cloud.tick().delivered == 1
    assert [each.status for each in cloud.only(made.id).tries] == [status, 204]


def test_410_disables_the_endpoint(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    cloud.poster.answers[URL] = [410]
    assert cloud.tell(cloud.ended()).failed == 1
    shown = cloud.backend.endpoints.get("acme", made.id)
    assert (shown.disabled_because, bool(shown.disabled_at)) == ("it answered 410 Gone", True)
    cloud.tell(cloud.ended("b2"))
    assert len(cloud.poster.calls) == 1
    cloud.poster.answers[URL] = [200]
    cloud.backend.endpoints.change("acme", made.id, ChangeEndpoint(enabled=True))
    assert cloud.tell(cloud.ended("b3")).delivered == 1


def test_what_waits_for_a_disabled_endpoint_is_given_up_and_can_be_replayed(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    cloud.poster.answers[URL] = [500, 200]
    cloud.tell(cloud.ended())
    cloud.backend.endpoints.change("acme", made.id, ChangeEndpoint(enabled=False))
    cloud.wait(3600)
    assert cloud.tick().failed == 1
    kept = cloud.only(made.id)
    assert kept.tries[-1].said == "its owner disabled it"
    cloud.backend.endpoints.change("acme", made.id, ChangeEndpoint(enabled=True))
    assert replay("acme", made.id, kept.event, cloud.backend).state is DeliveryState.DELIVERED


def test_what_waits_for_an_endpoint_that_was_deleted_is_given_up(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    cloud.poster.answers[URL] = [500]
    cloud.tell(cloud.ended())
    cloud.backend.endpoints.remove("acme", made.id)
    cloud.wait(3600)
    assert (cloud.tick().failed, len(cloud.poster.calls)) == (1, 1)
    with pytest.raises(NotFound):
        cloud.backend.endpoints.secrets("acme", made.id)


def test_a_rotated_secret_signs_beside_the_old_one_for_a_while(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    new = cloud.backend.endpoints.rotate("acme", made.id, RotateSecret(overlap_hours=1)).secret
    cloud.tell(cloud.ended())
    assert [verified(cloud.poster.calls[0], each) for each in (made.secret, new)] == [True, True]
    assert len(cloud.poster.calls[0].headers["webhook-signature"].split()) == 2
    cloud.backend.endpoints.rotate("acme", made.id, RotateSecret(overlap_hours=0))
    cloud.tell(cloud.ended("b2"))
    assert not verified(cloud.poster.calls[1], new)


def test_a_callback_is_told_of_one_job_and_has_a_secret_of_its_own(cloud: FakeNotify) -> None:
    secret = cloud.backend.endpoints.rotate("acme", CALLBACKS, RotateSecret()).secret
    cloud.tell(cloud.ended(callback_url="https://app.example.com/done"))
    cloud.tell(cloud.ended("b2"))
    (call,) = cloud.poster.calls
    assert (call.url, verified(call, secret)) == ("https://app.example.com/done", True)
    assert cloud.only(CALLBACKS).state is DeliveryState.DELIVERED


def test_an_event_that_comes_again_is_delivered_once(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    told = cloud.ended()
    for _ in range(3):
        cloud.tell(told)
        cloud.wait(600)
        cloud.tick()
    assert (len(cloud.poster.calls), len(cloud.deliveries(made.id))) == (1, 1)


def test_another_tenants_endpoint_hears_nothing(cloud: FakeNotify) -> None:
    cloud.endpoint("https://other.example.com", tenant="other")
    cloud.tell(cloud.ended())
    assert cloud.poster.calls == []


def test_a_worker_that_took_too_long_changes_nothing(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    cloud.poster.answers[URL] = [500, 200, 500]
    cloud.tell(cloud.ended())
    cloud.wait(3600)
    (slow,) = cloud.backend.deliveries.due(lambda *_: None)
    taken = cloud.backend.deliveries.take(slow)
    assert taken is not None
    assert cloud.backend.deliveries.take(slow) is None
    cloud.wait(120)
    assert cloud.tick().delivered == 1
    with pytest.raises(Superseded):
        deliver(taken, cloud.backend)
    assert cloud.only(made.id).state is DeliveryState.DELIVERED


def test_a_receiver_that_fails_holds_up_no_other(cloud: FakeNotify) -> None:
    bad, good = cloud.endpoint("https://bad.example.com"), cloud.endpoint()
    cloud.poster.answers[bad.url] = [None]
    for number in range(5):
        cloud.tell(cloud.ended(f"b{number}"))
    assert sorted(call.url for call in cloud.poster.calls) == [bad.url] + [good.url] * 5
    assert cloud.backend.endpoints.get("acme", bad.id).failing_since
    done = cloud.tick()  # the others of the bad one were left for a round, which tries one
    assert (done.pending, done.left) == (1, 3)
    assert (cloud.tick().left, len(cloud.poster.calls)) == (0, 7)  # those that were left wait, too
    cloud.poster.answers[bad.url] = [200]
    cloud.wait(7200)
    assert cloud.tick().delivered == 5
    assert cloud.backend.endpoints.get("acme", bad.id).failing_since is None


def test_those_that_wait_behind_a_dead_endpoint_stand_before_nobody(cloud: FakeNotify) -> None:
    dead, good = cloud.endpoint("https://dead.example.com"), cloud.endpoint(tenant="other")
    cloud.poster.answers[dead.url] = [None]
    for number in range(200):
        cloud.tell(cloud.ended(f"b{number}"))
    cloud.poster.answers[good.url] = [500, 200]
    cloud.tell(cloud.ended("last", tenant="other"))
    rounds = 0
    while cloud.only(good.id, "other").state is DeliveryState.PENDING:
        cloud.wait(60)
        cloud.tick()
        rounds += 1
    assert rounds <= 2
    writes = cloud.table.writes
    cloud.now += timedelta(hours=20)
    for _ in range(60):
        cloud.wait(60)
        cloud.tick()
    assert cloud.table.writes - writes < 200 * 4  # an hour later each was looked at once or twice
    cloud.poster.answers[dead.url] = [200]
    cloud.wait(4500)
    cloud.tick()
    assert len({call.headers["webhook-id"] for call in cloud.poster.calls if call.url == dead.url}) > 190


def test_an_item_that_can_not_be_read_stops_no_other(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    cloud.poster.answers[URL] = [500, 200]
    for job in ("b1", "b2"):
        cloud.tell(cloud.ended(job))
    spoilt = min(key for key in cloud.table.items if key.pk.startswith("T#acme#W#"))
    cloud.table.change(Change(key=spoilt, set={"type": "batch.exploded"}))
    cloud.wait(3600)
    done = cloud.tick()
    assert (done.delivered, [each.item for each in done.failures]) == (1, [" ".join(spoilt)])
    assert len(cloud.deliveries(made.id)) == 1


def test_a_round_without_time_tries_nothing(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    assert spread(cloud.ended(), cloud.backend, lambda: False).left == 1
    cloud.wait(120)
    assert cloud.tick().delivered == 1
    assert cloud.only(made.id).state is DeliveryState.DELIVERED


def test_a_delivery_can_be_replayed_and_only_one_that_there_is(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    cloud.tell(cloud.ended())
    kept = cloud.only(made.id)
    again = replay("acme", made.id, kept.event, cloud.backend)
    assert (again.state, len(again.tries), len({call.headers["webhook-id"] for call in cloud.poster.calls})) == (
        DeliveryState.DELIVERED,
        2,
        1,
    )
    with pytest.raises(NotFound):
        replay("acme", made.id, "evt_none", cloud.backend)
    with pytest.raises(NotFound):
        replay("other", made.id, kept.event, cloud.backend)


def test_a_replay_has_all_its_tries(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    cloud.poster.answers[URL] = [500]
    cloud.tell(cloud.ended())
    while due := cloud.only(made.id).next_try_at:
        cloud.now = moment(due)
        cloud.tick()
    assert replay("acme", made.id, cloud.only(made.id).event, cloud.backend).state is DeliveryState.PENDING


def test_two_replays_at_a_time_are_one(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    cloud.tell(cloud.ended())
    backend, kept = cloud.backend, cloud.only(made.id)

    def also() -> None:
        cloud.poster.meanwhile = lambda: None
        backend.deliveries.again(kept)

    assert backend.deliveries.again(kept) is not None
    assert backend.deliveries.again(kept) is None
    cloud.poster.meanwhile = also
    with pytest.raises(Conflict):
        _replay_old(cloud, kept.event, made.id)


def _replay_old(cloud: FakeNotify, event: str, endpoint: str) -> None:
    """A replay that another one overtakes after it has read."""
    backend = cloud.backend
    stale = backend.deliveries.get("acme", endpoint, event)
    backend.deliveries.again(stale)
    backend.deliveries.get = lambda *_: stale  # type: ignore[method-assign]
    replay("acme", endpoint, event, backend)


def test_a_ping_goes_to_one_endpoint_whatever_it_wants(cloud: FakeNotify) -> None:
    made = cloud.endpoint(kinds=["batch.failed"])
    cloud.endpoint("https://second.example.com")
    done = ping("acme", made.id, "request-1", cloud.backend)
    assert (done.state, [call.url for call in cloud.poster.calls]) == (DeliveryState.DELIVERED, [URL])
    assert json.loads(cloud.poster.calls[0].body)["type"] == "webhook.test"
    ping("acme", made.id, "request-1", cloud.backend)
    assert len(cloud.poster.calls) == 1
    ping("acme", made.id, "request-2", cloud.backend)
    assert len(cloud.poster.calls) == 2


def test_the_log_is_listed_newest_first_by_state(cloud: FakeNotify) -> None:
    made = cloud.endpoint()
    cloud.poster.answers[URL] = [200, 200, 410]
    for number in range(3):
        cloud.tell(cloud.ended(f"b{number}"))
        cloud.wait(1)
    page = cloud.backend.deliveries.page("acme", made.id, DeliveryFilters(limit=2))
    assert [each.state for each in page.deliveries] == ["failed", "delivered"]
    rest = cloud.backend.deliveries.page("acme", made.id, DeliveryFilters(limit=2, cursor=page.cursor))
    assert len(rest.deliveries) == 1
    failed = cloud.backend.deliveries.page("acme", made.id, DeliveryFilters(state=DeliveryState.FAILED))
    assert len(failed.deliveries) == 1
    assert not hasattr(failed.deliveries[0], "body")
    assert list_deliveries("acme", made.id, DeliveryFilters(), cloud.backend).deliveries[:2] == page.deliveries
    assert list_deliveries("acme", CALLBACKS, DeliveryFilters(), cloud.backend).deliveries == []
    with pytest.raises(NotFound):
        list_deliveries("other", made.id, DeliveryFilters(), cloud.backend)


def test_what_lies_in_the_outbox_is_told_when_it_is_due(cloud: FakeNotify) -> None:
    made = cloud.endpoint(kinds=["key.expiring"])
    at = cloud.now + timedelta(days=1)
    event = KeyExpiring(tenant="acme", at=stamp(at), key="k", name="ci", expires_at=stamp(at + timedelta(days=7)))
    cloud.table.change(Outbox.noting(event, stamp(at)))
    assert spread_due(cloud.backend, lambda: True).delivered == 0
    cloud.now = at
    assert spread_due(cloud.backend, lambda: False).delivered == 0
    assert spread_due(cloud.backend, lambda: True).delivered == 1
    assert spread_due(cloud.backend, lambda: True).delivered == 0
    assert cloud.only(made.id).event == event.event_id


def test_an_event_that_can_not_be_read_stops_no_other(cloud: FakeNotify) -> None:
    cloud.endpoint()
    for name in ("Nothing of ours", KeyExpiring.NAME):
        event = KeyExpiring(tenant="acme", at=stamp(cloud.now), key=name, name="ci", expires_at="x")
        cloud.table.change(Outbox.noting(event, stamp(cloud.now)))
        cloud.table.change(Change(key=Outbox.noting(event, "").key, set={"name": name}))
    done = spread_due(cloud.backend, lambda: True)
    assert (done.delivered, [each.error for each in done.failures]) == (1, ["KeyError"])
