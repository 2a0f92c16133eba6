"""Workers, and whole processes, killed at named points of the batch lane: nothing lost, nothing twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fanfold_client import Batch, Fanfold, FanfoldError
from local import corpus
from local.stack import LocalStack

REQUESTS = 1200
QUICK = {"provider_timeout_seconds": 2, "accept_grace_seconds": 1}
POINTS = {
    "accepted, not yet sent on": ("BatchesApi", "POST /2015-03-31/functions", "before", 0),
    "started, not yet answered": ("StartFunction", "StartExecution", "after", 0),
    "input taken over, not yet split": ("PlanFunction", "UpdateItem", "after", 0),
    "one chunk of two written": ("PlanFunction", "PUT /", "after", 0),
    "planned, not yet committed": ("PlanFunction", "UpdateItem", "before", 2),
    "intent written, nothing uploaded": ("SubmitFunction", "UpdateItem", "after", 0),
    "uploaded, no batch made": ("SubmitFunction", "UpdateItem", "before", 1),
    "batch made, not recorded": ("SubmitFunction", "UpdateItem", "before", 2),
    "batch recorded, not yet answered": ("SubmitFunction", "UpdateItem", "after", 2),
    "batch ended, not recorded": ("PollFunction", "UpdateItem", "before", 0),
    "batch ended, token not sent": ("PollFunction", "SendTaskSuccess", "before", 0),
    "token sent, not yet answered": ("PollFunction", "SendTaskSuccess", "after", 0),
    "one chunk of two settled": ("CollectFunction", "TransactWriteItems", "after", 0),
    "all settled, not closed": ("CollectFunction", "UpdateItem", "before", 0),
    "merged, not completed": ("FinishFunction", "UpdateItem", "before", 0),
    "completed, not yet answered": ("FinishFunction", "UpdateItem", "after", 0),
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    scratch = tmp_path_factory.mktemp("kills")
    with LocalStack(None, scratch, environ={}, minute_seconds=1, provider_latency=0.5, settings=QUICK) as running:
        yield running


@pytest.fixture
def fanfold(stack: LocalStack) -> Iterator[Fanfold]:
    with Fanfold(stack.url, stack.issue_key("acme")) as client:
        yield client
    stack.cloud.spare_workers()


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_at(point: str, stack: LocalStack, fanfold: Fanfold) -> None:
    function, call, when, skip = POINTS[point]
    stack.cloud.kill_worker_at(function, call, when=when, skip=skip)
    batch = fanfold.batches.wait(submitted(fanfold, f"killed: {point}"))

    (rule,) = stack.cloud.killed()
    assert len(rule["killed"]) == 1
    assert_whole(stack, fanfold, batch)


def test_the_provider_killed_while_it_works(stack: LocalStack, fanfold: Fanfold) -> None:
    assert stack.provider
    id = submitted(fanfold, "provider killed")
    while fanfold.batches.get(id).state != "running":
        continue
    stack.provider.kill()
    stack.provider.start()
    assert_whole(stack, fanfold, fanfold.batches.wait(id))


@pytest.mark.parametrize("state", [pytest.param("accepted", marks=pytest.mark.wide), "running"])
def test_the_whole_cloud_stopped_and_started_again(state: str, tmp_path: Path) -> None:
    with LocalStack(tmp_path, tmp_path, environ={}, minute_seconds=1, provider_latency=0.5, settings=QUICK) as stack:
        key = stack.issue_key("acme")
        with Fanfold(stack.url, key) as fanfold:
            id = submitted(fanfold, "restarted")
            while state == "running" and fanfold.batches.get(id).state != "running":
                continue
        stack.cloud.stop()
        stack.cloud.start()
        stack.cloud.deploy()
        with Fanfold(stack.url, key) as fanfold:
            assert_whole(stack, fanfold, fanfold.batches.wait(id))


def submitted(fanfold: Fanfold, key: str) -> str:
    """A batch of two chunks; a caller whose call fails asks again under the same key."""
    requests = corpus.requests(REQUESTS)
    try:
        return fanfold.batches.create(requests, idempotency_key=key).id
    except FanfoldError:
        return fanfold.batches.create(requests, idempotency_key=key).id


def assert_whole(stack: LocalStack, fanfold: Fanfold, batch: Batch) -> None:
    """Every request exactly one result, counters exact, one batch at the provider."""
    assert stack.provider
    assert (batch.state, batch.error) == ("completed", None)
    results = [result["custom_id"] for result in fanfold.batches.iter_results(batch.id)]
    assert results == [request["custom_id"] for request in corpus.requests(REQUESTS)]
    assert (batch.progress.succeeded, batch.progress.failed) == (REQUESTS, 0)
    made = {name: times for name, times in stack.provider.stats()["creates"].items() if batch.id in name}
    assert list(made.values()) == [1]
