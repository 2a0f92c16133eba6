"""Hearing from a provider that a batch has ended."""

import json

import pytest

from fanfold.accounts.provider_keys import ProviderKeys
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.shard import ShardState
from fanfold.batches.provider_webhook import (
    ProviderEvent,
    TakenEvent,
    signing_secret,
    take_provider_event,
)
from fanfold.clock import utc_now
from fanfold.errors import NotFound, ProviderUnavailable, Unauthorized
from tests.fakes.cloud import FakeCloud
from tests.fakes.secrets import MemorySecrets
from tests.unit.batches.test_poll import shard, submitted

KEYS = ProviderKeys(MemorySecrets({"shared": {"openai": "sk", "openai_webhook": "s3cret"}}), "shared", "own/", utc_now)


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


def told(
    cloud: FakeCloud, body: object, signature: str = "s3cret", provider: str = "openai"
) -> tuple[TakenEvent, list[str]]:
    """What comes of an event, and what was reported."""
    reports: list[str] = []
    secret = signing_secret(provider, KEYS.webhook)
    event = ProviderEvent(provider=provider, headers={"signature": signature}, body=json.dumps(body).encode())
    heard = take_provider_event(event, secret, cloud.backend, lambda _, error: reports.append(type(error).__name__))
    return heard, reports


def ended(cloud: FakeCloud) -> BatchJob:
    job = submitted(cloud, "one")
    cloud.provider.end_all()
    return job


def test_the_execution_that_waits_for_the_batch_is_woken(cloud: FakeCloud) -> None:
    submitted(cloud, "other")
    job = ended(cloud)
    assert told(cloud, {"ended": "batch-1"}) == (TakenEvent(batch="batch-1", ended=True), [])
    assert cloud.workflow.woken == ["one"]
    assert shard(cloud, job).state is ShardState.ENDED


def test_the_same_event_again_does_no_harm(cloud: FakeCloud) -> None:
    job = ended(cloud)
    heard = [told(cloud, {"ended": "batch-0"})[0].ended for _ in range(2)]
    cloud.backend.shards.collected(shard(cloud, job))
    assert [*heard, told(cloud, {"ended": "batch-0"})[0].ended] == [True, True, False]
    assert cloud.workflow.woken == ["one"]


def test_an_event_is_believed_only_as_far_as_the_provider_bears_it_out(cloud: FakeCloud) -> None:
    job = submitted(cloud, "one")
    assert told(cloud, {"ended": "batch-0"}) == (TakenEvent(batch="batch-0"), [])
    assert (shard(cloud, job).state, cloud.workflow.woken) == (ShardState.SUBMITTED, [])


@pytest.mark.parametrize("signature", ["", "wrong"])
def test_a_wrong_signature_moves_nothing(cloud: FakeCloud, signature: str) -> None:
    ended(cloud)
    with pytest.raises(Unauthorized):
        told(cloud, {"ended": "batch-0"}, signature)
    assert cloud.workflow.woken == []


@pytest.mark.parametrize("body", [{"ended": "batch-99"}, {"ended": None}, {"about": "something else"}], ids=str)
def test_what_nobody_waits_for_is_heard_and_left(cloud: FakeCloud, body: dict[str, str | None]) -> None:
    ended(cloud)
    assert told(cloud, body) == (TakenEvent(batch=body.get("ended")), [])
    assert cloud.workflow.woken == []


def test_a_batch_of_the_same_name_at_another_provider_is_not_meant(cloud: FakeCloud) -> None:
    ended(cloud)
    keys = ProviderKeys(MemorySecrets({"shared": {"echo_webhook": "e"}}), "shared", "own/", utc_now)
    event = ProviderEvent(provider="echo", headers={"signature": "e"}, body=b'{"ended": "batch-0"}')
    assert not take_provider_event(event, keys.webhook("echo"), cloud.backend, lambda *_: None).ended


def test_a_provider_in_trouble_is_left_to_the_poller(cloud: FakeCloud) -> None:
    ended(cloud)
    cloud.provider.trouble["batch"] = ProviderUnavailable("502")
    assert told(cloud, {"ended": "batch-0"}) == (TakenEvent(batch="batch-0"), ["ProviderUnavailable"])


def test_an_unknown_provider_is_not_found(cloud: FakeCloud) -> None:
    with pytest.raises(NotFound, match="closedai"):
        told(cloud, {}, provider="closedai")


def test_an_event_does_not_show_its_signature() -> None:
    event = ProviderEvent(provider="openai", headers={"signature": "s3cret"}, body=b"x")
    assert "s3cret" not in repr(event)
