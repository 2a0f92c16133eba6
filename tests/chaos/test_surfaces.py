"""SDKs of two providers on one tenant, every message twice and workers killed: each result once, one create a shard."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from anthropic import Anthropic
from openai import OpenAI

from local.stack import LocalStack
from tests.waiting import until

KILLS = (
    ("DropinApi", "UpdateItem", "after", 2),
    ("DropinApi", "SendMessage", "before", 2),
    ("DropinApi", "SendMessage", "after", 2),
    ("StartFunction", "StartExecution", "after", 2),
    ("PlanFunction", "PUT /", "after", 2),
    ("PlanFunction", "UpdateItem", "before", 2),
    ("SubmitFunction", "UpdateItem", "before", 2),
    ("SubmitFunction", "UpdateItem", "after", 2),
    ("CollectFunction", "TransactWriteItems", "after", 2),
    ("FinishFunction", "UpdateItem", "before", 1),
    ("FinishFunction", "UpdateItem", "after", 1),
)
"""Function, call, when, and how many of its workers: twenty in all."""
BATCHES, REQUESTS = 6, 30
QUICK = {"provider_timeout_seconds": 2, "accept_grace_seconds": 1}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    scratch = tmp_path_factory.mktemp("surfaces")
    with LocalStack(None, scratch, environ={}, minute_seconds=1, provider_latency=0.5, settings=QUICK) as running:
        yield running


@pytest.mark.wide
def test_two_sdks_on_one_tenant(stack: LocalStack, tmp_path: Path) -> None:
    key = stack.issue_key("acme")
    stack.cloud.double_messages()
    for function, call, when, times in KILLS:
        stack.cloud.kill_worker_at(function, call, when=when, times=times, skip=1, share=0.5)
    with (
        OpenAI(base_url=f"{stack.url}/openai/v1", api_key=key, max_retries=8) as openai,
        Anthropic(base_url=f"{stack.url}/anthropic", api_key=key, max_retries=8) as anthropic,
        ThreadPoolExecutor(4) as pool,
    ):
        theirs = list(pool.map(lambda n: _by_openai(openai, n), range(BATCHES)))
        others = list(pool.map(lambda n: _by_anthropic(anthropic, n), range(BATCHES)))
        made = [batch.id.removeprefix("batch_") for batch in openai.batches.list(limit=5)]
        answers = [_openai_answers(openai, id) for id in theirs] + [_anthropic_answers(anthropic, id) for id in others]
    wanted = [f"id-{n}" for n in range(REQUESTS)]
    assert [sorted(found) for found in answers] == [sorted(wanted)] * (2 * BATCHES)

    killed = sum(len(rule["killed"]) for rule in stack.cloud.killed())
    stack.cloud.spare_workers()
    ids = {id.removeprefix("batch_").removeprefix("msgbatch_") for id in theirs + others}
    assert (len(made), set(made)) == (2 * BATCHES, ids)
    assert stack.provider
    creates = stack.provider.stats()["creates"]
    assert set(creates.values()) == {1}
    batches = stack.provider.stats()["batches"]
    print(f"{killed} workers killed, {len(made)} batches, {len(batches)} creates at the providers")
    assert len(batches) == 2 * BATCHES
    assert killed >= 12


def _messages(n: int, at: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"Say {n} and {at}"}]


def _by_openai(client: OpenAI, n: int) -> str:
    asked = {"method": "POST", "url": "/v1/chat/completions"}
    content = "\n".join(
        json.dumps({"custom_id": f"id-{at}", **asked, "body": {"model": "gpt-4o-mini", "messages": _messages(n, at)}})
        for at in range(REQUESTS)
    )
    file = client.files.create(file=("a.jsonl", content.encode()), purpose="batch")
    given = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
    return client.batches.create(input_file_id=file.id, metadata={"n": str(n)}, **given).id  # type: ignore[arg-type]


def _by_anthropic(client: Anthropic, n: int) -> str:
    params = {"model": "claude-haiku-4-5", "max_tokens": 50}
    asked = [{"custom_id": f"id-{at}", "params": {**params, "messages": _messages(n, at)}} for at in range(REQUESTS)]
    return client.messages.batches.create(requests=asked).id  # type: ignore[arg-type]


def _openai_answers(client: OpenAI, id: str) -> list[str]:
    def output() -> str | None:
        batch = client.batches.retrieve(id)
        return batch.output_file_id if batch.status == "completed" else None

    return [json.loads(line)["custom_id"] for line in client.files.content(until(output)).text.splitlines()]


def _anthropic_answers(client: Anthropic, id: str) -> list[str]:
    until(lambda: client.messages.batches.retrieve(id).processing_status == "ended")
    return [each.custom_id for each in client.messages.batches.results(id) if each.result.type == "succeeded"]
