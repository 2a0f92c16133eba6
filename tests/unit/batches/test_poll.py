"""Looking at every open batch."""

from collections.abc import Callable

import pytest

from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.intake.takeover import BatchExecution
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.plan.plan import plan
from fanfold.batches.poll import Polled, poll
from fanfold.errors import Invalid, ProviderRefused, ProviderUnavailable
from fanfold.providers import ProviderBatch
from tests.fakes.cloud import ACME, FakeCloud
from tests.fakes.provider import MemoryProvider

Reports = list[tuple[str, str]]


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


def submitted(cloud: FakeCloud, name: str, requests: int = 2) -> BatchJob:
    caller = ACME.model_copy(update={"idempotency_key": name})
    job = cloud.create([{"input": f"{n}"} for n in range(requests)], caller)
    given = {"tenant": "acme", "job": job.id, "run": 1, "correlation_id": "c"}
    plan(BatchExecution(id=f"arn:{name}", input=given), cloud.backend)
    cloud.workflow.waiting.add(name)
    submit(SubmitShard(tenant="acme", job=job.id, shard=0, token=name), cloud.backend)
    cloud.wait(1)
    return job


def looked(cloud: FakeCloud) -> tuple[Polled, Reports]:
    reports: Reports = []
    return poll(cloud.backend, lambda shard, error: reports.append((shard.job, type(error).__name__))), reports


def shard(cloud: FakeCloud, job: BatchJob) -> Shard:
    return cloud.backend.shards.get(job.ref, 0)


def test_nothing_open_is_nothing_to_do(cloud: FakeCloud) -> None:
    assert looked(cloud) == (Polled(), [])


def test_a_batch_under_way_is_left_alone(cloud: FakeCloud) -> None:
    submitted(cloud, "one")
    writes = cloud.table.writes
    assert looked(cloud) == (Polled(open=1), [])
    assert (cloud.table.writes, cloud.workflow.woken) == (writes, [])


def test_progress_is_kept(cloud: FakeCloud) -> None:
    class Halfway(MemoryProvider):
        def batch(self, id: str) -> ProviderBatch:
            return ProviderBatch(id=id, ended=False, done=1)

    cloud.provider = Halfway()
    job = submitted(cloud, "one")
    looked(cloud)
    assert (shard(cloud, job).done, shard(cloud, job).state) == (1, ShardState.SUBMITTED)


def test_progress_is_written_in_steps(cloud: FakeCloud) -> None:
    class Crawling(MemoryProvider):
        done = 0

        def batch(self, id: str) -> ProviderBatch:
            self.done += 1
            return ProviderBatch(id=id, ended=False, done=self.done)

    cloud.provider = Crawling()
    job = submitted(cloud, "one", requests=100)
    seen = []
    for _ in range(12):
        looked(cloud)
        seen.append(shard(cloud, job).done)
    assert seen == [0, 0, 0, 0, 5, 5, 5, 5, 5, 10, 10, 10]


def test_an_ended_batch_wakes_its_execution_until_it_is_collected(cloud: FakeCloud) -> None:
    job = submitted(cloud, "one")
    cloud.provider.end_all()
    for _ in range(2):
        cloud.workflow.waiting.add("one")
        assert looked(cloud) == (Polled(open=1, ended=1), [])
    assert cloud.workflow.woken == ["one", "one"]
    cloud.backend.shards.collected(shard(cloud, job))
    assert looked(cloud) == (Polled(), [])


def test_a_token_that_nobody_waits_on_is_no_trouble(cloud: FakeCloud) -> None:
    submitted(cloud, "one")
    cloud.workflow.waiting.clear()
    cloud.provider.end_all()
    assert looked(cloud) == (Polled(open=1, ended=1), [])


@pytest.mark.parametrize(
    "error",
    [
        ProviderUnavailable("502"),
        ProviderRefused("401"),
        Invalid("there is no such provider any more"),
        ZeroDivisionError(),
        KeyError("a bug in a plug-in"),
    ],
    ids=repr,
)
def test_one_broken_provider_stops_no_other(cloud: FakeCloud, error: Exception) -> None:
    class HalfBroken(MemoryProvider):
        def batch(self, id: str) -> ProviderBatch:
            if id == "batch-0":
                raise error
            return super().batch(id)

    cloud.provider = HalfBroken()
    broken, good = submitted(cloud, "broken"), submitted(cloud, "good")
    cloud.provider.end_all()
    assert looked(cloud) == (Polled(open=2, ended=1, troubled=1), [(broken.id, type(error).__name__)])
    assert shard(cloud, good).state is ShardState.ENDED
    assert cloud.workflow.woken == ["good"]


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda cloud, found: cloud.backend.shards.claim(found, "t-2", found.tried_at),
        lambda cloud, found: cloud.backend.shards.collected(found),
    ],
    ids=["claimed", "collected"],
)
def test_a_look_that_was_overtaken_writes_nothing(
    cloud: FakeCloud, meanwhile: Callable[[FakeCloud, Shard], object]
) -> None:
    job = submitted(cloud, "one")

    class Slow(MemoryProvider):
        def batch(self, id: str) -> ProviderBatch:
            meanwhile(cloud, shard(cloud, job))
            return ProviderBatch(id=id, ended=True, done=2)

    cloud.provider = Slow()
    assert looked(cloud) == (Polled(open=1, troubled=1), [(job.id, "Superseded")])
    assert shard(cloud, job).state in (ShardState.SUBMITTED, ShardState.COLLECTED)


def test_many_shards_are_all_looked_at(cloud: FakeCloud) -> None:
    for n in range(130):
        submitted(cloud, f"job-{n}")
    cloud.provider.end_all()
    assert looked(cloud) == (Polled(open=130, ended=130), [])


def test_a_batch_that_does_not_move_is_reported_until_it_does(cloud: FakeCloud) -> None:
    job = submitted(cloud, "t")
    assert looked(cloud)[0].stuck == 0
    cloud.wait(cloud.settings.stuck_after_seconds + 1)
    assert [looked(cloud)[0].stuck for _ in range(2)] == [1, 1]
    found = cloud.backend.shards.get(job.ref, 0)
    assert found.stuck_since == found.submitted_at
    cloud.provider.end_all()
    assert looked(cloud)[0].stuck == 0
