"""Anthropic's surface on fakes: states, counts, pages in both directions."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from anthropic.types.messages import MessageBatch

from fanfold.dropin.anthropic import batches
from fanfold.dropin.anthropic.objects import AnthropicBatch, AnthropicCreate
from fanfold.dropin.anthropic.results import results
from fanfold.dropin.jobs import Call, found
from fanfold.errors import Conflict, Invalid, NotFound
from tests.fakes.cloud import FakeCloud

Calls = Callable[..., Call]


def requests(*prompts: str, model: str = "echo-1") -> list[dict[str, Any]]:
    bodies = ({"model": model, "messages": [{"role": "user", "content": prompt}]} for prompt in prompts)
    return [{"custom_id": f"id-{n}", "params": body} for n, body in enumerate(bodies)]


@pytest.fixture
def cloud(cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> FakeCloud:
    """The provider of the models takes Anthropic's requests as they are."""
    cloud.plugins["anthropic"] = cloud.provider
    return cloud


def created(cloud: FakeCloud, call: Call, *prompts: str, **more: Any) -> AnthropicBatch:
    asked = AnthropicCreate.model_validate({"requests": requests(*prompts)} | more)
    made = batches.create(asked, call, cloud.backend)
    MessageBatch.model_validate_json(made.model_dump_json())
    return made


def run(cloud: FakeCloud, id: str) -> AnthropicBatch:
    cloud.run(found("acme", id, batches.PREFIX, cloud.backend))
    return batches.retrieve("acme", id, cloud.backend)


def lines(cloud: FakeCloud, id: str) -> dict[str, str]:
    body = results("acme", id, False, cloud.backend).body or b""
    return {line["custom_id"]: line["result"]["type"] for line in map(json.loads, body.splitlines())}


def test_counts_stay_0_until_it_ends(cloud: FakeCloud, call: Calls) -> None:
    cloud.provider.refused = {"b"}
    made = created(cloud, call(), "a", "b")
    assert made.request_counts.model_dump() == {
        "processing": 2, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0,
    }  # fmt: skip
    with pytest.raises(Conflict):
        results("acme", made.id, False, cloud.backend)
    with pytest.raises(Conflict):
        batches.delete("acme", made.id, cloud.backend)
    batch = run(cloud, made.id)
    counts = batch.request_counts
    assert (batch.processing_status, counts.processing, counts.succeeded, counts.errored) == ("ended", 0, 1, 1)
    assert lines(cloud, batch.id) == {"id-0": "succeeded", "id-1": "errored"}


def test_cancelled_before_it_began_each_request_is_canceled(cloud: FakeCloud, call: Calls) -> None:
    made = created(cloud, call(), "a", "b")
    batch = batches.cancel("acme", made.id, False, cloud.backend)
    assert (batch.processing_status, batch.request_counts.canceled) == ("ended", 2)
    assert batch.cancel_initiated_at
    assert lines(cloud, made.id) == {"id-0": "canceled", "id-1": "canceled"}
    assert batches.cancel("acme", made.id, True, cloud.backend) == batch
    with pytest.raises(Conflict, match="cannot be canceled"):
        batches.cancel("acme", made.id, False, cloud.backend)


def test_deleted_it_is_gone(cloud: FakeCloud, call: Calls) -> None:
    batch = run(cloud, created(cloud, call(), "a").id)
    assert batches.delete("acme", batch.id, cloud.backend).type == "message_batch_deleted"
    for gone in (batches.retrieve, batches.delete):
        with pytest.raises(NotFound):
            gone("acme", batch.id, cloud.backend)
    assert batches.listed("acme", batches.AnthropicPaging(), cloud.backend).data == []


def test_pages_go_both_ways(cloud: FakeCloud, call: Calls) -> None:
    ids = []
    for n in range(5):
        cloud.wait(1)
        ids.append(created(cloud, call(), f"{n}").id)

    def page(**asked: Any) -> tuple[list[str], bool]:
        found = batches.listed("acme", batches.AnthropicPaging(**asked), cloud.backend)
        return [each.id for each in found.data], found.has_more

    assert page(limit=2) == ([ids[4], ids[3]], True)
    assert page(limit=2, after_id=ids[3]) == ([ids[2], ids[1]], True)
    assert page(limit=2, after_id=ids[1]) == ([ids[0]], False)
    assert page(limit=2, before_id=ids[1]) == ([ids[3], ids[2]], True)
    assert page(limit=2, before_id=ids[3]) == ([ids[4]], False)


def test_what_is_wrong_is_named(cloud: FakeCloud, call: Calls) -> None:
    twice = AnthropicCreate.model_validate({"requests": requests("a") * 2})
    nobodys = AnthropicCreate.model_validate({"requests": requests("a", model="nobodys")})
    none = AnthropicCreate.model_validate({"requests": [{"custom_id": "a", "params": {}}]})
    for asked, field in ((twice, "requests.1.custom_id"), (nobodys, "model"), (none, "requests.0.params.model")):
        with pytest.raises(Invalid) as refused:
            batches.create(asked, call(), cloud.backend)
        assert refused.value.flaws[0].field == field


def test_the_same_call_again_is_the_same_batch(cloud: FakeCloud, call: Calls) -> None:
    first = created(cloud, call(), "a").id
    assert created(cloud, call(again=True), "a").id == first
    assert created(cloud, call(again=True), "b").id != first
    assert created(cloud, call(again=True), "a", mode="auto").id != first
