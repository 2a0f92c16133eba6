"""Every call: what is sent, what is tried again, and what is raised."""

import json

import httpx
import pytest

from fanfold_client import (
    Conflict,
    Fanfold,
    FanfoldError,
    KeyReused,
    NotFound,
    Refused,
    Throttled,
    TooLarge,
    Unauthorized,
    Unreachable,
)
from tests.unit.client.service import API, KEY, Service, problem


def test_what_can_not_be_reached_is_asked_again(service: Service, fanfold: Fanfold) -> None:
    service.batch("b1")
    service.faults = [httpx.ConnectError("refused"), httpx.Response(503), httpx.Response(500)]
    assert fanfold.batches.get("b1").id == "b1"
    assert len(service.calls) == 4
    assert service.pauses == sorted(service.pauses)


def test_a_broken_create_is_repeated_under_its_key(service: Service, fanfold: Fanfold) -> None:
    service.faults = [httpx.ReadTimeout("no answer")]
    fanfold.batches.create([{"input": "a"}])
    assert len({call.headers["idempotency-key"] for call in service.calls}) == 1
    assert len(service.bodies) == 1


def test_the_service_says_when_to_come_back_within_reason(service: Service, fanfold: Fanfold) -> None:
    service.batch("b1")
    service.faults = [httpx.Response(429, headers={"retry-after": wait}) for wait in ("7", "3600", "tomorrow")]
    fanfold.batches.get("b1")
    assert service.pauses[:2] == [7, 30]


def test_a_quota_that_begins_anew_tomorrow_is_not_waited_for(service: Service, fanfold: Fanfold) -> None:
    told = {"code": "quota_exceeded", "title": "Quota exceeded", "detail": "that is all for today"}
    service.faults = [httpx.Response(429, headers={"retry-after": "3600"}, json=told)]
    with pytest.raises(Throttled, match="all for today"):
        fanfold.batches.get("b1")
    assert not service.pauses


def test_patience_ends(service: Service, fanfold: Fanfold) -> None:
    service.faults = [httpx.ConnectError("refused")] * 20
    with pytest.raises(Unreachable, match=r"fanfold\.test: refused"):
        fanfold.batches.get("b1")
    assert len(service.calls) == 4


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, NotFound),
        (409, Conflict),
        (413, TooLarge),
        (422, KeyReused),
        (429, Throttled),
        (500, Unreachable),
        (301, Unreachable),
    ],
)
def test_a_refusal_has_a_type_and_its_document(
    status: int, kind: type[FanfoldError], service: Service, fanfold: Fanfold
) -> None:
    service.faults = [problem(status, "No", "this is wrong", field="model") for _ in range(9)]
    with pytest.raises(FanfoldError) as refused:
        fanfold.batches.get("b1")
    assert type(refused.value) is kind
    assert refused.value.problem["status"] == status
    assert refused.value.flaws == [{"field": "model", "detail": "this is wrong"}]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(404, text="<html>\n nothing </html>"), "Not Found: <html> nothing </html>"),
        (httpx.Response(403, json={"message": "Forbidden"}), "Forbidden: Forbidden"),
        (httpx.Response(400, text="<E><Message>Too small.</Message></E>"), "Bad Request: Too small."),
        (httpx.Response(200, text="Welcome"), "is the URL right"),
        (httpx.Response(200, json={"hello": 1}), "is the URL right"),
    ],
)
def test_an_answer_that_is_not_fanfolds_is_told(
    answer: httpx.Response, said: str, service: Service, fanfold: Fanfold
) -> None:
    service.faults = [answer]
    with pytest.raises(FanfoldError, match=said):
        fanfold.batches.get("b1")


def test_a_url_that_is_none_is_refused_at_once(service: Service) -> None:
    with (
        Fanfold("fanfold.test", KEY, pause=service.pauses.append) as client,
        pytest.raises(Unreachable, match="no URL"),
    ):
        client.alive()
    assert service.pauses == []


def test_every_route_has_its_method(service: Service, fanfold: Fanfold) -> None:
    service.batch("b1")
    service.rows = [{"custom_id": name, "line": 1, "status": "pending"} for name in "abcde"]
    for verb in ("process", "cancel", "retry", "pause", "resume"):
        assert getattr(fanfold.batches, verb)("b1").state == verb
    assert fanfold.batches.retry("b1", ["truncated"], max_tokens=900).state == "retry"
    assert json.loads(service.calls[-1].content) == {"what": ["truncated"], "max_tokens": 900}
    assert fanfold.batches.edit("b1", name="new").name == "new"
    assert [row.custom_id for row in fanfold.batches.requests("b1", status="pending", search="x")] == list("abcde")
    assert [row.custom_id for row in fanfold.batches.responses("b1")] == list("abcde")
    assert fanfold.batches.errors("b1").failed == 3
    assert fanfold.batches.request("b1", "a b/ü").custom_id == "a%20b%2F%C3%BC"
    assert fanfold.alive().status == fanfold.health().status == "ok"
    assert fanfold.batches.delete("b1").state == "deleting"
    asked = next(call.url.params for call in service.calls if "search" in call.url.params)
    assert (asked["status"], asked["search"]) == ("pending", "x")


def test_batches_come_page_by_page_and_by_state(service: Service, fanfold: Fanfold) -> None:
    for number in range(5):
        service.batch(f"b{number}", "running" if number % 2 else "completed")
    assert [batch.id for batch in fanfold.batches.list()] == [f"b{number}" for number in range(5)]
    assert [batch.id for batch in fanfold.batches.list(state="running")] == ["b1", "b3"]


def test_waiting_slows_down_and_outlasts_outages(service: Service, fanfold: Fanfold) -> None:
    service.batch("b1")
    service.states = ["draft", "accepted", *["running"] * 60, "completed"]
    seen: list[str] = []
    assert fanfold.batches.wait("b1", lambda batch: seen.append(batch.state)).state == "completed"
    assert seen == ["draft", "accepted", *["running"] * 60, "completed"]
    assert service.pauses == sorted(service.pauses)
    assert service.pauses[-1] <= 15 < sum(service.pauses) / 4

    service.faults = [httpx.ConnectError("asleep")] * 12
    assert fanfold.batches.wait("b1").state == "completed"
    service.faults = [httpx.ConnectError("gone")] * 1000
    with pytest.raises(Unreachable):
        fanfold.batches.wait("b1")


def test_a_body_holds_what_was_given(service: Service, fanfold: Fanfold) -> None:
    fanfold.batches.create([{"input": "ü"}], "mine", model="gpt-4o", system=None)
    assert service.bodies == {"mine": {"model": "gpt-4o", "requests": [{"input": "ü"}]}}
    fanfold.batches.create(draft=True, name="later")
    assert list(service.bodies.values())[1] == {"name": "later", "draft": True}
    assert service.calls[0].headers["authorization"] == f"Bearer {KEY}"
    assert str(service.calls[0].url) == f"{API}/v1/batches"
    with pytest.raises(ValueError, match="JSON"):
        fanfold.batches.create([{"input": float("nan")}])


def test_requests_are_added_to_a_draft(service: Service, fanfold: Fanfold) -> None:
    service.batch("b1", "draft")
    fanfold.batches.add("b1", [{"input": "a"}])
    assert service.added == [{"requests": [{"input": "a"}]}]
    assert json.loads(service.calls[-1].content) == service.added[0]
