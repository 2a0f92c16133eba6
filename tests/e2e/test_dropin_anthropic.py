"""Anthropic's SDK as it is, against our surface: message batches, in both lanes, with models of every provider."""

from collections.abc import Iterator
from itertools import starmap
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic
from anthropic.types.messages import MessageBatch

from local.stack import LocalStack
from tests.waiting import until


@pytest.fixture(scope="module")
def client(stack: LocalStack) -> Iterator[Anthropic]:
    with Anthropic(base_url=f"{stack.url}/anthropic", api_key=stack.issue_key("anthropic-sdk")) as client:
        yield client


def requests(model: str, *prompts: str) -> list[Any]:
    return [
        {
            "custom_id": f"id-{n}",
            "params": {"model": model, "max_tokens": 100, "messages": [{"role": "user", "content": prompt}]},
        }
        for n, prompt in enumerate(prompts)
    ]


def ended(client: Anthropic, batch: MessageBatch) -> MessageBatch:
    def found() -> MessageBatch | None:
        now = client.messages.batches.retrieve(batch.id)
        return now if now.processing_status == "ended" else None

    return until(found)


@pytest.mark.parametrize(
    ("model", "mode"),
    [
        ("gpt-4o-mini", "realtime"),
        pytest.param("claude-haiku-4-5", "batch", marks=pytest.mark.wide),
        pytest.param("gemini-3.5-flash-lite", "batch", marks=pytest.mark.wide),
    ],
)
def test_a_batch_from_requests_to_results(client: Anthropic, model: str, mode: str) -> None:
    asked = requests(model, "Say hello", "Say goodbye")
    batch = client.messages.batches.create(requests=asked, extra_body={"mode": mode})
    assert (batch.processing_status, batch.request_counts.processing, batch.results_url) == ("in_progress", 2, None)
    batch = ended(client, batch)
    assert (batch.request_counts.succeeded, batch.request_counts.processing) == (2, 0)
    assert batch.ended_at is not None
    found = {line.custom_id: line.result for line in client.messages.batches.results(batch.id)}
    assert found.keys() == {"id-0", "id-1"}
    for result in found.values():
        assert result.type == "succeeded"
        assert result.message.content[0].type == "text"
        assert result.message.model.startswith(model)
        assert result.message.usage.output_tokens > 0
    assert client.messages.batches.delete(batch.id).type == "message_batch_deleted"
    with pytest.raises(anthropic.NotFoundError):
        client.messages.batches.retrieve(batch.id)


def test_cancelling_and_paging(client: Anthropic) -> None:
    made = [client.messages.batches.create(requests=requests("claude-haiku-4-5", f"Say {n}")) for n in range(3)]
    cancelled = client.messages.batches.cancel(made[0].id)
    assert cancelled.cancel_initiated_at is not None
    batch = ended(client, cancelled)
    counts = batch.request_counts
    assert counts.canceled + counts.succeeded == 1
    assert [line.custom_id for line in client.messages.batches.results(batch.id)] == ["id-0"]
    with pytest.raises(anthropic.BadRequestError, match="cannot be canceled"):
        client.messages.batches.cancel(made[0].id)

    def listed() -> list[str] | None:
        ids = [each.id for each in client.messages.batches.list(limit=2)]
        return ids if {each.id for each in made} <= set(ids) else None

    ids = until(listed)
    assert [id for id in ids if id in {each.id for each in made}] == [each.id for each in made[::-1]]
    before = client.messages.batches.list(limit=1, before_id=made[0].id)
    assert [each.id for each in before.data] == [made[1].id]
    with pytest.raises(anthropic.BadRequestError, match="has not ended"):
        client.messages.batches.delete(client.messages.batches.create(requests=requests("claude-haiku-4-5", "x")).id)


def test_errors_are_the_sdks_own(client: Anthropic, stack: LocalStack) -> None:
    batches = client.messages.batches
    stranger = client.with_options(api_key="ff_nobody_000000000000000000000000000000000000000000")
    with pytest.raises(anthropic.AuthenticationError):
        stranger.messages.batches.list()
    with pytest.raises(anthropic.NotFoundError) as unknown:
        batches.retrieve("msgbatch_nothing")
    assert unknown.value.request_id
    with pytest.raises(anthropic.BadRequestError, match="custom_id"):
        batches.create(requests=requests("claude-haiku-4-5", "a") * 2)
    with pytest.raises(anthropic.BadRequestError, match="nobodys-model"):
        batches.create(requests=requests("nobodys-model", "a"))
    with pytest.raises(anthropic.BadRequestError):
        batches.create(requests=[])
    with pytest.raises(anthropic.RequestTooLargeError):
        batches.create(requests=requests("claude-haiku-4-5", "x" * 4_300_000))
    with pytest.raises(anthropic.NotFoundError):
        client.post("/v1/complete", cast_to=object, body={})
    with Anthropic(base_url=f"{stack.url}/anthropic", auth_token=stack.issue_key("anthropic-sdk")) as bearer:
        assert bearer.messages.batches.list(limit=1).data


def test_limits_are_the_sdks_rate_limits(stack: LocalStack) -> None:
    key = stack.issue_key("anthropic-limited")
    with Anthropic(base_url=f"{stack.url}/anthropic", api_key=key, max_retries=0) as client:
        stack.set_quotas("anthropic-limited", requests_per_day=1)
        with pytest.raises(anthropic.RateLimitError, match="1 requests a day") as day:
            client.messages.batches.create(requests=requests("claude-haiku-4-5", "a", "b"))
        stack.set_quotas("anthropic-limited", requests_per_day=None, calls_per_minute=1)
        with pytest.raises(anthropic.RateLimitError, match="calls a minute") as minute:
            list(starmap(client.messages.batches.list, [()] * 10))
    for refused in (day.value, minute.value):
        assert refused.type == "rate_limit_error"
        assert int(refused.response.headers["retry-after"]) > 0
    assert minute.value.response.headers["x-should-retry"] == "true"
