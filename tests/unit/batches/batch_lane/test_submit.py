"""Submitting a shard once, whoever died trying."""

import pytest

from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.intake.takeover import BatchExecution
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.plan.plan import plan
from fanfold.clock import stamp
from fanfold.errors import Incomplete, ProviderRefused, ProviderUnavailable, Superseded, Unsettled
from tests.fakes.cloud import FakeCloud


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


@pytest.fixture
def job(cloud: FakeCloud) -> BatchJob:
    job = cloud.create([{"input": f"prompt {n}"} for n in range(5)])
    given = {"tenant": "acme", "job": job.id, "run": 1, "correlation_id": "c"}
    plan(BatchExecution(id="arn:one", input=given), cloud.backend)
    return job


def send(cloud: FakeCloud, job: BatchJob, token: str = "t-1", shard: int = 0) -> Shard:
    return submit(SubmitShard(tenant="acme", job=job.id, shard=shard, token=token), cloud.backend)


def shard(cloud: FakeCloud, job: BatchJob) -> Shard:
    return cloud.backend.shards.get(job.ref, 0)


def claimed(cloud: FakeCloud, job: BatchJob) -> Shard:
    """An attempt that has begun and will never be heard of again."""
    return cloud.backend.shards.claim(shard(cloud, job), "t-0", stamp(cloud.now))


def test_a_shard_is_one_batch_of_all_its_chunks(cloud: FakeCloud, job: BatchJob) -> None:
    sent = send(cloud, job)
    assert (sent.state, sent.batch, sent.token, sent.attempt) == (ShardState.SUBMITTED, "batch-0", "t-1", 1)
    marker, lines = cloud.provider.batches["batch-0"]
    assert marker == sent.marker
    assert [line["id"] for line in lines] == [f"{each}-{sent.tag}" for each in ("0-0", "0-1", "0-2", "1-0", "1-1")]
    assert [line["body"]["messages"][0]["content"] for line in lines] == [f"prompt {n}" for n in range(5)]


def test_a_shard_that_is_not_planned_is_to_come(cloud: FakeCloud, job: BatchJob) -> None:
    with pytest.raises(Incomplete):
        send(cloud, job, shard=1)


def test_submitting_again_only_changes_the_token(cloud: FakeCloud, job: BatchJob) -> None:
    send(cloud, job)
    again = send(cloud, job, "t-2")
    assert (again.state, again.batch, again.token, again.attempt) == (ShardState.SUBMITTED, "batch-0", "t-2", 2)
    assert len(cloud.provider.batches) == 1


@pytest.mark.parametrize("over", [ShardState.ENDED, ShardState.COLLECTED])
def test_a_shard_that_is_over_wakes_its_token_at_once(cloud: FakeCloud, job: BatchJob, over: ShardState) -> None:
    ended = cloud.backend.shards.progress(send(cloud, job), done=5, ended=True, now=stamp(cloud.now))
    if over is ShardState.COLLECTED:
        cloud.backend.shards.collected(ended)
    cloud.workflow.waiting.add("t-2")
    assert send(cloud, job, "t-2").state is over
    assert cloud.workflow.woken == ["t-2"]


def test_an_attempt_under_way_is_waited_for(cloud: FakeCloud, job: BatchJob) -> None:
    claimed(cloud, job)
    with pytest.raises(Unsettled, match="attempt 1"):
        send(cloud, job)
    cloud.wait(cloud.settings.provider_timeout_seconds - 0.001)
    with pytest.raises(Unsettled):
        send(cloud, job)
    cloud.wait(0.001)
    assert send(cloud, job).attempt == 2
    assert len(cloud.provider.batches) == 1


def test_the_wait_begins_anew_right_before_the_batch_is_made(cloud: FakeCloud, job: BatchJob) -> None:
    first = claimed(cloud, job)
    cloud.wait(59)
    cloud.backend.shards.staged(first, "file", stamp(cloud.now))
    cloud.wait(59)
    with pytest.raises(Unsettled):
        send(cloud, job)


def test_a_batch_that_a_dead_attempt_made_is_adopted(cloud: FakeCloud, job: BatchJob) -> None:
    first = claimed(cloud, job)
    cloud.provider.batches["batch-9"] = first.marker, []
    cloud.wait(60)
    assert send(cloud, job).batch == "batch-9"
    assert list(cloud.provider.batches) == ["batch-9"]


def test_what_a_dead_attempt_uploaded_is_cleared_up(cloud: FakeCloud, job: BatchJob) -> None:
    first = claimed(cloud, job)
    cloud.provider.staged[first.marker] = []
    cloud.wait(60)
    assert send(cloud, job).batch == "batch-0"
    assert not cloud.provider.staged


def test_an_attempt_that_was_overtaken_can_write_nothing(cloud: FakeCloud, job: BatchJob) -> None:
    slow = claimed(cloud, job)
    cloud.wait(60)
    sent = send(cloud, job)
    shards, now = cloud.backend.shards, stamp(cloud.now)
    for write in (
        lambda: shards.claim(slow, "t-0", now),
        lambda: shards.staged(slow, "file", now),
        lambda: shards.submitted(slow, "batch-x", now),
        lambda: shards.progress(slow, done=1, ended=True, now=now),
        lambda: shards.collected(slow),
    ):
        with pytest.raises(Superseded):
            write()  # type: ignore[no-untyped-call]
    assert shard(cloud, job) == sent


def test_a_provider_that_is_away_leaves_the_attempt_open(cloud: FakeCloud, job: BatchJob) -> None:
    cloud.provider.trouble["create"] = ProviderUnavailable("502")
    with pytest.raises(ProviderUnavailable):
        send(cloud, job)
    assert shard(cloud, job).state is ShardState.SUBMITTING
    cloud.provider.trouble.clear()
    cloud.wait(60)
    assert send(cloud, job).state is ShardState.SUBMITTED


def test_a_provider_that_refuses_is_heard(cloud: FakeCloud, job: BatchJob) -> None:
    cloud.provider.trouble["stage"] = ProviderRefused("no credit left")
    with pytest.raises(ProviderRefused, match="credit"):
        send(cloud, job)


def test_planning_again_leaves_a_submitted_shard_as_it_is(cloud: FakeCloud, job: BatchJob) -> None:
    sent = send(cloud, job)
    cloud.backend.shards.plan(sent.model_copy(update={"state": ShardState.PLANNED, "batch": None}))
    assert shard(cloud, job) == sent
