"""A batch that is stuck goes on in real time: when, and that every request is settled once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanfold.batches.batch_lane.failover import GRACE_SECONDS, Margins, is_due
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.model.batch import BatchJob, LaneName, Options
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.poll import Polled, poll
from fanfold.clock import stamp
from fanfold.errors import ProviderUnavailable
from fanfold.jobs import life_cycle
from fanfold.jobs.job import State
from fanfold.providers import BatchLimits
from tests.fakes.cloud import FakeCloud
from tests.fakes.crash import Fuse
from tests.fakes.machine import Machine

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MARGINS = Margins(promise=timedelta(hours=24), margin=timedelta(hours=6))
REQUESTS = [{"custom_id": f"id-{n}", "input": f"prompt {n}"} for n in range(11)]
PROMPTS = [request["input"] for request in REQUESTS]


@pytest.fixture
def cloud() -> FakeCloud:
    found = FakeCloud()
    found.configure(chunk_requests=3)
    found.provider.stuck = True
    return found


def create(cloud: FakeCloud, hours: float = 1, **options: Any) -> BatchJob:
    deadline = (cloud.now + timedelta(hours=hours)).isoformat()
    return cloud.create(REQUESTS, provider="echo", **{"deadline": deadline, **options})


class TestIsDue:
    @pytest.mark.parametrize(
        ("after", "moved", "deadline", "failover", "due"),
        [
            (1, None, 30, None, False),
            (23, None, 30, None, False),
            (24.1, None, 30, None, True),
            (24.1, 23, 30, None, False),
            (24.6, 23, 30, None, True),
            (28.4, 28.3, 30, None, False),
            (28.6, 28.5, 30, None, True),
            (28.6, 28.5, 30, False, False),
            (0.1, None, 1, None, True),
            (30, None, None, None, False),
            (17.9, None, None, True, False),
            (18.1, None, None, True, True),
            (23.9, 23, None, True, False),
            (26, 24, None, True, True),
        ],
    )
    def test_by_the_hours(
        self, after: float, moved: float | None, deadline: float | None, failover: bool | None, due: bool
    ) -> None:
        def at(hours: float | None) -> datetime | None:
            return None if hours is None else NOON + timedelta(hours=hours)

        shard = Shard(tenant="acme", job="j", number=0, chunks=[0], requests=3, provider="echo").model_copy(
            update={"submitted_at": stamp(NOON), "moved_at": (when := at(moved)) and stamp(when)}
        )
        options = Options(deadline=at(deadline), failover=failover)
        assert is_due(shard, options, at(after) or NOON, MARGINS) is due

    def test_what_is_not_submitted_can_not_be_stuck(self) -> None:
        shard = Shard(tenant="acme", job="j", number=0, chunks=[0], requests=3, provider="echo")
        assert not is_due(shard, Options(failover=True), NOON + timedelta(days=9), MARGINS)


class TestAStuckBatch:
    def test_goes_on_in_real_time(self, cloud: FakeCloud) -> None:
        job = cloud.run(create(cloud))
        assert (job.state, job.counts.succeeded, job.counts.failed) == (State.COMPLETED, 11, 0)
        assert [result["output"] for result in cloud.results(job)] == PROMPTS
        assert sorted(cloud.provider.asked) == sorted(PROMPTS)
        assert cloud.provider.cancelled == {"batch-0"}
        shard = cloud.backend.shards.get(job.ref, 0)
        assert (shard.lane, shard.state, shard.overtaken) == (LaneName.REALTIME, ShardState.COLLECTED, False)

    def test_keeps_what_it_has_answered(self, cloud: FakeCloud) -> None:
        cloud.provider.early = set(PROMPTS[:5])
        job = cloud.run(create(cloud))
        assert [result["output"] for result in cloud.results(job)] == PROMPTS
        assert sorted(cloud.provider.asked) == sorted(PROMPTS[5:])
        assert job.counts.input_tokens == 22

    def test_is_overtaken_if_it_does_not_end_and_what_is_paid_twice_is_counted(self, cloud: FakeCloud) -> None:
        cloud.provider.deaf = True
        cloud.provider.early = set(PROMPTS[:4])
        job = create(cloud)

        def late(seconds: float, wait: Any = cloud.wait) -> None:
            wait(seconds)
            if cloud.provider.asked:
                cloud.provider.ended.add("batch-0")

        cloud.provider.held = 1
        cloud.wait = late  # type: ignore[method-assign]
        job = cloud.run(job)
        assert sorted(cloud.provider.asked) == sorted(PROMPTS)
        assert (job.counts.succeeded, job.counts.input_tokens) == (11, 22)
        shard = cloud.backend.shards.get(job.ref, 0)
        assert (shard.overtaken, shard.paid_twice) == (True, 4)
        assert cloud.now >= NOON + timedelta(seconds=GRACE_SECONDS)

    def test_whose_provider_does_not_answer_goes_on_as_well(self, cloud: FakeCloud) -> None:
        cloud.provider.trouble = {
            "batch": ProviderUnavailable("gone"),
            "cancel": ProviderUnavailable("gone"),
        }
        job = cloud.run(create(cloud))
        assert (job.state, job.counts.succeeded) == (State.COMPLETED, 11)
        shard = cloud.backend.shards.get(job.ref, 0)
        assert (shard.overtaken, shard.paid_twice) == (True, None)

    def test_is_left_alone_if_its_job_does_not_hedge(self, cloud: FakeCloud) -> None:
        job = cloud.create(REQUESTS, provider="echo")
        with pytest.raises(AssertionError, match="nobody wakes"):
            cloud.run(job)
        assert cloud.provider.cancelled == set()

    def test_that_moves_is_given_up_at_the_last_call_only(self, cloud: FakeCloud) -> None:
        job = create(cloud, hours=3)
        cloud.provider.stuck = False
        job = cloud.run(job)
        assert (job.counts.succeeded, cloud.provider.asked) == (11, [])

    def test_of_a_job_that_is_cancelled_keeps_what_it_has(self, cloud: FakeCloud) -> None:
        cloud.provider.early = {"prompt 0"}
        job = create(cloud, hours=100)
        planned = cloud.machine.plan(job)
        cloud.workflow.waiting.add("t")
        submit(SubmitShard(tenant=job.tenant, job=job.id, shard=planned.shards[0], token="t"), cloud.backend)
        cloud.wait(95 * 3600)
        assert looked(cloud) == Polled(open=1, stuck=1)
        assert cloud.backend.shards.get(job.ref, 0).failed_over_at
        life_cycle.cancel(job.ref, cloud.backend)
        looked(cloud)
        job = cloud.machine.resume(job)
        assert (job.state, job.counts.succeeded, job.counts.failed) == (State.CANCELLED, 1, 10)
        assert cloud.provider.asked == []

    def test_past_the_deadline_nothing_is_asked(self, cloud: FakeCloud) -> None:
        job = cloud.run(create(cloud, hours=0.001))
        assert {result["status"] for result in cloud.results(job)} == {"expired"}
        assert cloud.provider.asked == []


def looked(cloud: FakeCloud) -> Polled:
    def fail(shard: Shard, error: Exception) -> None:
        raise error

    return poll(cloud.backend, fail)


def live(fuse: Fuse, *, fragile: bool = False) -> tuple[FakeCloud, BatchJob]:
    """The whole life of a batch of two shards that are stuck, through the fuse."""
    cloud = FakeCloud(through=fuse.on)
    cloud.configure(chunk_requests=3, max_mishaps=1000, provider_timeout_seconds=5)
    cloud.provider.batch_limits = BatchLimits(requests=6, bytes=1_000_000)
    cloud.provider.stuck, cloud.provider.early = True, {"prompt 1", "prompt 4", "prompt 9"}
    cloud.through = lambda port: port
    job = create(cloud, hours=1)
    cloud.through = fuse.on
    Machine(cloud, fragile=fragile).settle()
    cloud.through = lambda port: port
    return cloud, cloud.backend.jobs.get(job.ref)


def check(cloud: FakeCloud, job: BatchJob) -> None:
    assert (job.state, job.counts.succeeded, job.counts.failed) == (State.COMPLETED, 11, 0)
    assert cloud.backend.jobs.counts(job.ref) == job.counts
    assert [result["output"] for result in cloud.results(job)] == PROMPTS
    assert not cloud.provider.early & set(cloud.provider.asked)
    assert not list(cloud.backend.shards.open())


def calls() -> range:
    fuse = Fuse()
    check(*live(fuse))
    return range(1, fuse.calls + 1, 3)


@pytest.mark.parametrize("call", calls())
def test_whoever_dies_on_the_way_nothing_is_lost_and_nothing_twice(call: int) -> None:
    fuse = Fuse(call)
    check(*live(fuse))
    assert fuse.crashes == 1


@pytest.mark.parametrize("call", calls())
def test_nor_if_it_takes_the_execution_down(call: int) -> None:
    check(*live(Fuse(call), fragile=True))
