"""What the owner of a batch hears of before it has ended: each once, however often the poller looks."""

import json
from datetime import timedelta
from typing import Any

from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.poll import poll
from fanfold.errors import ProviderThrottled
from fanfold.events import DeadlineMissed, ProviderWaiting
from fanfold.jobs.life_cycle import cancel
from fanfold.providers import QUOTA, BatchLimits
from tests.fakes.cloud import FakeCloud


def told(cloud: FakeCloud, name: str) -> list[dict[str, Any]]:
    return [json.loads(detail) for said, detail in cloud.events.published if said == name]


def look(cloud: FakeCloud, minutes: float = 0) -> None:
    cloud.wait(60 * minutes)
    poll(cloud.backend, lambda shard, error: None)


def submitted(cloud: FakeCloud, **options: Any) -> BatchJob:
    job = cloud.create([{"input": f"p{n}"} for n in range(6)], **options)
    cloud.machine.plan(job)
    for shard in cloud.backend.shards.of(job.ref):
        submit(SubmitShard(tenant="acme", job=job.id, shard=shard.number, token=f"t{shard.number}"), cloud.backend)
    return cloud.backend.jobs.get(job.ref)


def test_a_deadline_that_a_batch_misses_is_told_once() -> None:
    cloud = FakeCloud()
    cloud.configure(quota_patience_seconds=1_000_000)
    cloud.provider.trouble["create"] = ProviderThrottled("Echo: quota", QUOTA, "insufficient_quota", retry_after=60)
    job = submitted(cloud, deadline=(cloud.now + timedelta(hours=30)).isoformat(), failover=True, tags=["nightly"])
    look(cloud, minutes=29 * 60)
    assert told(cloud, DeadlineMissed.NAME) == []
    for _ in range(3):
        look(cloud, minutes=61)
    [missed] = told(cloud, DeadlineMissed.NAME)
    assert (missed["job"], missed["total"], missed["tags"]) == (job.id, 6, ["nightly"])
    assert missed["deadline"] == "2026-11-23T18:00:00.000Z"


def test_requests_that_expire_in_real_time_are_told_at_the_end() -> None:
    cloud = FakeCloud()
    cloud.provider.held = 40
    deadline = (cloud.now + timedelta(seconds=30)).isoformat()
    job = cloud.run(cloud.create([{"input": "a"}], mode="realtime", deadline=deadline))
    assert job.counts.failed == 1
    assert [each["job"] for each in told(cloud, DeadlineMissed.NAME)] == [job.id]


def test_a_batch_that_is_in_time_tells_nothing() -> None:
    cloud = FakeCloud()
    deadline = (cloud.now + timedelta(days=3)).isoformat()
    cloud.run(cloud.create([{"input": "a"}], mode="realtime", deadline=deadline))
    assert {name for name, _ in cloud.events.published} == {"Job ended"}


def test_a_provider_that_takes_a_shard_after_an_hour_is_told_once() -> None:
    cloud = FakeCloud()
    cloud.configure(quota_patience_seconds=10 * 3600)
    cloud.provider.trouble["create"] = ProviderThrottled("Echo: quota", QUOTA, "insufficient_quota", retry_after=60)
    job = submitted(cloud)
    look(cloud, minutes=59)
    assert told(cloud, ProviderWaiting.NAME) == []
    for _ in range(3):
        look(cloud, minutes=10)
    [waiting] = told(cloud, ProviderWaiting.NAME)
    assert (waiting["job"], waiting["reason"], waiting["provider"]) == (job.id, "provider_quota", "openai")
    assert "quota" in waiting["said"]


def test_what_waits_for_others_of_ours_is_not_the_providers() -> None:
    cloud = FakeCloud()
    submitted(cloud)
    look(cloud, minutes=600)
    assert told(cloud, ProviderWaiting.NAME) == []


def test_a_shard_that_waits_for_the_tokens_of_another_is_told() -> None:
    cloud = FakeCloud()
    cloud.provider.batch_limits = BatchLimits(requests=3, bytes=1_000_000)
    cloud.configure(enqueued_tokens={"openai": 150})
    submitted(cloud)
    look(cloud, minutes=61)
    assert [each["reason"] for each in told(cloud, ProviderWaiting.NAME)] == ["token_limit"]


def test_what_was_told_goes_with_the_job() -> None:
    cloud = FakeCloud()
    job = submitted(cloud, deadline=(cloud.now + timedelta(hours=30)).isoformat(), failover=True)
    look(cloud, minutes=31 * 60)
    assert cloud.backend.jobs.was_told(job.ref, next(iter(_noted(cloud, job))))
    cancel(job.ref, cloud.backend)
    cloud.backend.jobs.remove(job.ref)
    assert not [key for key in cloud.table.items if key.sk == "TOLD"]


def _noted(cloud: FakeCloud, job: BatchJob) -> set[str]:
    item = cloud.table.get(job.ref.key("TOLD")) or {}
    return {name for name in item if name.startswith("evt_")}
