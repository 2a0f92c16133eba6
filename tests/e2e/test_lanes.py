"""What goes which way, and what happens when that way is shut, on the deployed template and the provider emulator."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanfold_client import Fanfold
from local.stack import LocalStack

REQUESTS = [{"custom_id": f"id-{n}", "input": f"Say hello to number {n}"} for n in range(5)]
SCHEMA = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}


@pytest.fixture
def faults(stack: LocalStack) -> Iterator[Any]:
    assert stack.provider
    yield stack.provider.fault
    stack.provider.clear_faults()


def outputs(fanfold: Fanfold, id: str) -> dict[str, Any]:
    return {result["custom_id"]: result for result in fanfold.batches.iter_results(id)}


def test_auto_says_which_lane_and_why(fanfold: Fanfold) -> None:
    few = fanfold.batches.wait(fanfold.batches.create(REQUESTS, mode="auto").id)
    assert (few.lane, few.progress.succeeded) == ("realtime", 5)
    assert "few enough to be waited for" in str(few.lane_reason)


def test_a_stuck_batch_goes_on_in_real_time(fanfold: Fanfold, faults: Any) -> None:
    faults("stuck", where="batches.create")
    soon = (datetime.now(UTC) + timedelta(minutes=30)).isoformat()
    batch = fanfold.batches.wait(fanfold.batches.create(REQUESTS, mode="batch", deadline=soon).id)
    assert (batch.state, batch.progress.succeeded, batch.lane) == ("completed", 5, "batch")
    lanes = batch.model_dump()["lanes"]
    assert list(lanes) == ["realtime"]
    assert lanes["realtime"]["shards"][0]["failed_over_at"]


def test_another_provider_answers_for_one_that_is_down(fanfold: Fanfold, faults: Any) -> None:
    faults("server_error", where="openai.request", model="gpt-5-mini")
    made = fanfold.batches.create(
        REQUESTS[:2], mode="realtime", model="gpt-5-mini", fallbacks=[{"provider": "anthropic"}]
    )
    batch = fanfold.batches.wait(made.id)
    assert batch.progress.succeeded == 2
    assert all(each["answered_by"].startswith("anthropic/") for each in outputs(fanfold, batch.id).values())


def test_a_flawed_output_is_repaired(fanfold: Fanfold, faults: Any) -> None:
    faults("off_schema", count=1)
    batch = fanfold.batches.wait(fanfold.batches.create(REQUESTS, mode="realtime", response_schema=SCHEMA).id)
    assert batch.progress.succeeded == 5
    assert sum(bool(each.get("repaired")) for each in outputs(fanfold, batch.id).values()) == 1


@pytest.mark.parametrize("mode", ["batch", "realtime"])
def test_what_was_asked_before_is_not_asked_again(fanfold: Fanfold, mode: str) -> None:
    requests = [{"custom_id": f"{n}", "input": f"Say {mode} {n % 2}"} for n in range(4)]
    first = fanfold.batches.wait(fanfold.batches.create(requests, mode=mode, collapse=True, cache=True).id)
    again = fanfold.batches.wait(
        fanfold.batches.create(requests, mode=mode, collapse=True, cache=True, name="again").id
    )
    found, later = outputs(fanfold, first.id), outputs(fanfold, again.id)
    assert {name: result["output"] for name, result in later.items()} == {n: r["output"] for n, r in found.items()}
    assert sum(bool(result.get("collapsed")) for result in found.values()) == 2
    assert all(result.get("cached") for result in later.values())
    assert (again.progress.succeeded, again.tokens.input) == (4, 0)
