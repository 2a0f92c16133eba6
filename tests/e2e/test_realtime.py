"""Batches in real time over HTTP: the whole template on the emulated cloud."""

import pytest

from fanfold_client import Fanfold
from local.stack import LocalStack


@pytest.mark.parametrize(
    ("provider", "priority", "requests"), [("openai", "high", 150), ("anthropic", "normal", 20), ("gemini", "low", 20)]
)
def test_every_request_is_asked_once(
    stack: LocalStack, fanfold: Fanfold, provider: str, priority: str, requests: int
) -> None:
    assert stack.provider
    stack.provider.clear_calls()
    asked = [{"custom_id": f"{n}", "input": f"Say the number {n}", "max_tokens": 300} for n in range(requests)]
    made = fanfold.batches.create(asked, provider=provider, mode="realtime", priority=priority)
    batch = fanfold.batches.wait(made.id)
    assert (batch.state, batch.progress.succeeded, batch.progress.failed) == ("completed", requests, 0)
    for number, result in enumerate(fanfold.batches.iter_results(made.id)):
        assert (result["custom_id"], str(number) in result["output"]) == (str(number), True)
    assert stack.provider.call_summary()["calls"] == requests
    assert list(fanfold.dead_letters.list()) == []
