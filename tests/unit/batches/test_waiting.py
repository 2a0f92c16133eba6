"""A batch that waits says why, since when and until when; an outage uses up nothing."""

from datetime import timedelta

import pytest

from fanfold.batches.batch_lane.collect import CollectShard, collect
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.poll import poll
from fanfold.batches.views.batch import show
from fanfold.batches.views.live import live
from fanfold.errors import Held, ProviderRefused, ProviderThrottled, ProviderUnavailable
from fanfold.jobs.job import State
from fanfold.providers import QUOTA, BatchLimits, ProviderBatch
from tests.fakes.cloud import FakeCloud

USED_UP = ProviderThrottled("Echo: you exceeded your current quota", QUOTA, "insufficient_quota", retry_after=60)


def planned(cloud: FakeCloud, requests: int = 4) -> BatchJob:
    job = cloud.create([{"input": f"p{n}"} for n in range(requests)])
    cloud.machine.plan(job)
    return cloud.backend.jobs.get(job.ref)


def tried(cloud: FakeCloud, job: BatchJob, shard: int = 0) -> None:
    submit(SubmitShard(tenant="acme", job=job.id, shard=shard, token=f"t{shard}"), cloud.backend)


def reasons(cloud: FakeCloud, job: BatchJob) -> list[str]:
    return [waiting.reason for waiting in show(job.ref, cloud.backend).waiting_for]


class TestQuota:
    def test_it_is_told_with_since_when_next_try_and_the_providers_words(self) -> None:
        cloud = FakeCloud()
        job = planned(cloud)
        cloud.provider.trouble["create"] = USED_UP
        tried(cloud, job)
        [waiting] = show(job.ref, cloud.backend).waiting_for
        assert (waiting.reason, waiting.said) == ("provider_quota", str(USED_UP))
        assert waiting.next_try
        assert waiting.since < waiting.next_try
        assert live("acme", cloud.backend).jobs[0].waiting_for == [waiting]

    def test_the_poller_has_it_tried_again_when_the_time_has_come(self) -> None:
        cloud = FakeCloud()
        job = planned(cloud)
        cloud.provider.trouble["create"] = USED_UP
        tried(cloud, job)
        cloud.workflow.waiting.add("t0")
        poll(cloud.backend, lambda shard, error: None)
        assert "t0" in cloud.workflow.waiting
        cloud.wait(61)
        poll(cloud.backend, lambda shard, error: None)
        assert "t0" not in cloud.workflow.waiting
        with pytest.raises(Held):
            collect(CollectShard(tenant="acme", job=job.id, shard=0), cloud.backend)

    def test_it_goes_on_when_somebody_pays(self) -> None:
        cloud = FakeCloud()
        job = planned(cloud)
        cloud.provider.trouble["create"] = USED_UP
        tried(cloud, job)
        cloud.wait(600)
        del cloud.provider.trouble["create"]
        tried(cloud, job)
        assert reasons(cloud, job) == []
        assert len(cloud.provider.batches) == 1

    def test_after_an_hour_it_is_final(self) -> None:
        cloud = FakeCloud()
        job = planned(cloud)
        cloud.provider.trouble["create"] = USED_UP
        for _ in range(4):
            tried(cloud, job)
            cloud.wait(901)
        with pytest.raises(ProviderRefused, match=r"exceeded your current quota; it was tried for"):
            tried(cloud, job)

    def test_a_whole_run_ends_with_the_providers_words(self) -> None:
        cloud = FakeCloud()
        cloud.provider.trouble["create"] = USED_UP
        job = cloud.run(cloud.create([{"input": "a"}]))
        [result] = cloud.results(job)
        assert "exceeded your current quota" in result["error"]["message"]

    def test_in_real_time_it_waits_as_long(self) -> None:
        cloud = FakeCloud()
        cloud.configure(quota_patience_seconds=180)
        cloud.provider.trouble["a"] = USED_UP
        began = cloud.now
        job = cloud.run(cloud.create([{"input": "a"}], mode="realtime"))
        [result] = cloud.results(job)
        assert (result["error"]["kind"], job.state) == (QUOTA, State.COMPLETED)
        assert cloud.now - began >= timedelta(seconds=180)


class TestTokens:
    def test_a_shard_waits_for_others_under_the_limit_that_is_set(self) -> None:
        cloud = FakeCloud()
        cloud.provider.batch_limits = BatchLimits(requests=3, bytes=1_000_000)
        cloud.configure(enqueued_tokens={"openai": 150})
        job = planned(cloud, 6)
        for shard in range(2):
            tried(cloud, job, shard)
        assert (reasons(cloud, job), len(cloud.provider.batches)) == (["token_limit"], 1)
        cloud.provider.end_all()
        poll(cloud.backend, lambda shard, error: None)
        cloud.wait(61)
        tried(cloud, job, 1)
        assert (reasons(cloud, job), len(cloud.provider.batches)) == ([], 2)

    def test_a_batch_that_is_turned_down_for_its_tokens_is_submitted_again(self) -> None:
        """As OpenAI does it: the batch is made, and then fails. The limit is learnt."""
        cloud = FakeCloud()
        job = planned(cloud)
        tried(cloud, job)
        told, provider = cloud.provider.batch, cloud.provider
        said = "Enqueued token limit reached. Limit: 90,000 enqueued tokens."
        provider.end_all()
        provider.batch = lambda id: ProviderBatch(  # type: ignore[method-assign]
            id=id, ended=True, failure=said, over_tokens=True, token_limit=90_000
        )
        with pytest.raises(Held):
            collect(CollectShard(tenant="acme", job=job.id, shard=0), cloud.backend)
        assert reasons(cloud, job) == ["token_limit"]
        provider.batch = told  # type: ignore[method-assign]
        tried(cloud, job)
        assert len(provider.batches) == 1
        cloud.wait(61)
        tried(cloud, job)
        assert len(provider.batches) == 2
        assert cloud.backend.submit_locks.learnt(f"P#openai#{provider.account}#echo-1") == 90_000


class TestRealTime:
    def test_an_outage_of_300_seconds_fails_none_of_1000_requests(self) -> None:
        cloud = FakeCloud()
        cloud.configure(realtime_chunk_requests=100, chunk_requests=100)
        back = cloud.now + timedelta(seconds=300)
        answer = cloud.provider.answer

        async def down(id, body, timeout):  # type: ignore[no-untyped-def]
            if cloud.now < back:
                raise ProviderUnavailable("Echo: 500", "provider_error")
            return await answer(id, body, timeout)

        cloud.provider.answer = down  # type: ignore[method-assign]
        job = cloud.run(cloud.create([{"input": f"p{n}"} for n in range(1000)], mode="realtime"))
        assert (job.counts.succeeded, job.counts.failed) == (1000, 0)
        assert cloud.now >= back

    def test_a_long_retry_after_is_told(self) -> None:
        cloud = FakeCloud()
        job = planned_in_real_time(cloud)
        cloud.provider.troubles = [ProviderThrottled("Echo: slow down", retry_after=120)]
        cloud.machine.work()
        [waiting] = show(job.ref, cloud.backend).waiting_for
        assert (waiting.reason, waiting.said) == ("rate_limit", "Echo: slow down")
        assert waiting.next_try

    def test_a_queue_is_told(self) -> None:
        cloud = FakeCloud()
        job = cloud.create([{"input": "a"}])
        assert reasons(cloud, job) == ["queue"]
        cloud = FakeCloud()
        job = planned_in_real_time(cloud)
        assert reasons(cloud, job) == ["queue"]

    def test_progress_moves_with_every_flush_and_is_right_at_the_end(self) -> None:
        cloud = FakeCloud()
        cloud.configure(realtime_chunk_requests=100, flush_requests=10)
        job = planned_in_real_time(cloud, 60)
        cloud.provider.trouble["p55"] = ProviderThrottled("Echo: slow down", retry_after=120)
        cloud.machine.work()
        [shard] = show(job.ref, cloud.backend).lanes["realtime"].shards
        assert 10 <= shard.done < 60
        del cloud.provider.trouble["p55"]
        cloud.machine.resume(cloud.backend.jobs.get(job.ref))
        [shard] = show(job.ref, cloud.backend).lanes["realtime"].shards
        assert shard.done == 60


def planned_in_real_time(cloud: FakeCloud, requests: int = 1) -> BatchJob:
    job = cloud.create([{"input": f"p{n}"} for n in range(requests)], mode="realtime", name=f"{requests}")
    cloud.machine.plan(job)
    tried(cloud, job)
    return cloud.backend.jobs.get(job.ref)
