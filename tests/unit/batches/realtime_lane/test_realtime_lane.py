"""A batch in real time, from its creation to its end, on fakes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanfold.batches import commands
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.model.batch import Priority
from fanfold.batches.poll import poll
from fanfold.batches.realtime_lane.chunk_message import WorkChunk, Worked
from fanfold.batches.realtime_lane.worker import work
from fanfold.batches.views import batch as views
from fanfold.errors import Invalid, ProviderRefused, ProviderThrottled, ProviderUnavailable
from fanfold.jobs import life_cycle
from fanfold.jobs.job import State
from tests.fakes.cloud import ACME, FakeCloud
from tests.fakes.loop import run_quietly


@pytest.fixture
def cloud() -> FakeCloud:
    found = FakeCloud()
    found.configure(realtime_chunk_requests=10, in_flight=4, flush_requests=8)
    return found


def prompts(number: int) -> list[dict[str, str]]:
    return [{"custom_id": f"id-{n}", "input": f"prompt {n}"} for n in range(number)]


def create(cloud: FakeCloud, number: int, **options: Any) -> Any:
    return cloud.create(prompts(number), provider="echo", mode="realtime", **options)


def test_every_request_is_asked_once_and_answered(cloud: FakeCloud) -> None:
    job = cloud.run(create(cloud, 35))
    assert (job.state, job.counts.succeeded, job.counts.failed) == (State.COMPLETED, 35, 0)
    assert [result["output"] for result in cloud.results(job)] == [f"prompt {n}" for n in range(35)]
    assert sorted(cloud.provider.asked) == sorted(f"prompt {n}" for n in range(35))
    assert cloud.provider.batches == {}


@pytest.mark.parametrize("priority", Priority)
def test_chunks_wait_in_the_queue_of_their_priority(cloud: FakeCloud, priority: Priority) -> None:
    dispatched(cloud, create(cloud, 35, priority=priority))
    assert {each: len(queue.messages) for each, queue in cloud.work.items() if queue.messages} == {priority: 4}


def test_a_provider_without_the_lane_is_refused(cloud: FakeCloud) -> None:
    cloud.provider.capabilities = cloud.provider.capabilities._replace(lanes=("batch",))
    with pytest.raises(Invalid, match="real time"):
        create(cloud, 1)


def test_a_deadline_is_for_real_time_only(cloud: FakeCloud) -> None:
    with pytest.raises(Invalid, match="holds in real time only") as caught:
        cloud.create(prompts(1), provider="echo", deadline=datetime(2027, 1, 1, tzinfo=UTC).isoformat(), failover=False)
    assert caught.value.flaws[0].field == "deadline"


def test_what_is_refused_fails_and_is_not_asked_again(cloud: FakeCloud) -> None:
    cloud.provider.refused = {"prompt 3"}
    job = cloud.run(create(cloud, 5))
    assert (job.counts.succeeded, job.counts.failed) == (4, 1)
    [failed] = [result for result in cloud.results(job) if result["status"] == "failed"]
    assert (failed["custom_id"], failed["error"]["kind"]) == ("id-3", "invalid_request")
    assert cloud.provider.asked.count("prompt 3") == 1


def test_what_fails_in_passing_is_asked_again(cloud: FakeCloud) -> None:
    cloud.provider.troubles = [ProviderUnavailable("no"), ProviderThrottled("slow"), ProviderUnavailable("no")]
    job = cloud.run(create(cloud, 5))
    assert job.counts.succeeded == 5
    assert len(cloud.provider.asked) == 8


def test_what_always_fails_is_asked_a_few_times_and_then_told(cloud: FakeCloud) -> None:
    cloud.provider.trouble = {"prompt 2": ProviderUnavailable("the model is ill", "provider_error", "ill")}
    job = cloud.run(create(cloud, 20))
    assert (job.counts.succeeded, job.counts.failed) == (19, 1)
    [failed] = [result for result in cloud.results(job) if result["status"] == "failed"]
    assert failed["error"] == {"kind": "provider_error", "message": "the model is ill", "code": "ill"}
    assert cloud.provider.asked.count("prompt 2") == cloud.settings.most_tries


@pytest.mark.parametrize(("timeout", "state"), [(0.01, None), (None, "open")])
def test_a_batch_in_more_haste_than_others_opens_the_breaker_for_nobody(
    cloud: FakeCloud, timeout: float | None, state: str | None
) -> None:
    """Time-outs that a tenant chose say nothing of the provider; those after the operator's patience do."""
    cloud.configure(provider_timeout_seconds=0.02, most_tries=1, fallback_after_seconds=0)
    cloud.provider.held = 0.05
    job = cloud.run(create(cloud, 6, timeout=timeout))
    assert job.counts.failed == 6
    breakers = [item["state"] for key, item in cloud.table.items.items() if key.sk == "BREAKER"]
    assert breakers == ([state] if state else [])


def test_time_outs_that_a_deadline_brings_open_the_breaker_for_nobody(cloud: FakeCloud) -> None:
    cloud.configure(provider_timeout_seconds=60, most_tries=1)
    cloud.provider.held = 0.5
    job = create(cloud, 6, deadline=(cloud.now + timedelta(seconds=0.05)).isoformat())
    cloud.run(job)
    assert [key for key in cloud.table.items if key.sk == "BREAKER"] == []


def test_time_outs_of_one_tenant_leave_the_others_calls_free(cloud: FakeCloud) -> None:
    """Both ask under the deployment's own key, so by the same route."""
    cloud.configure(provider_timeout_seconds=0.02, most_tries=1, fallback_after_seconds=0)
    cloud.provider.held = 0.05
    assert cloud.run(create(cloud, 6)).counts.failed == 6
    cloud.provider.held = 0
    other = ACME.model_copy(update={"tenant": "other"})
    assert cloud.run(create(cloud, 6, caller=other)).counts.succeeded == 6
    [breaker] = [item for key, item in cloud.table.items.items() if key.sk == "BREAKER"]
    assert (breaker["state"], breaker["only"]) == ("open", "acme")


def test_a_retry_asks_only_what_has_failed(cloud: FakeCloud) -> None:
    cloud.provider.refused = {"prompt 3", "prompt 17"}
    job = cloud.run(create(cloud, 25))
    cloud.provider.refused, cloud.provider.asked = set(), []
    job = cloud.run(commands.retry(job.ref, cloud.backend))
    assert (job.state, job.counts.succeeded, job.counts.failed) == (State.COMPLETED, 25, 0)
    assert sorted(cloud.provider.asked) == ["prompt 17", "prompt 3"]


def test_without_a_key_the_shard_fails_as_a_whole(cloud: FakeCloud) -> None:
    class Keyless(type(cloud.provider)):  # type: ignore[misc]
        @property
        def account(self) -> str:
            raise ProviderRefused("no key for echo is set")

    cloud.provider = Keyless()
    job = cloud.run(create(cloud, 5))
    assert (job.state, job.counts.failed) == (State.COMPLETED, 5)
    assert {result["error"]["message"] for result in cloud.results(job)} == {"no key for echo is set"}


class TestMessages:
    """What a worker does with a message, whenever it comes."""

    def test_one_that_comes_twice_is_worked_on_once(self, cloud: FakeCloud) -> None:
        dispatched(cloud, create(cloud, 10))
        [message] = messages(cloud)
        assert deliver(cloud, message) == Worked(asked=10, settled=True)
        assert deliver(cloud, message) == Worked()
        assert len(cloud.provider.asked) == 10

    def test_one_whose_chunk_another_worker_has_does_nothing(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 10))
        [message] = messages(cloud)
        shard = cloud.backend.shards.get(job.ref, 0)
        assert cloud.backend.claims.take(shard, 0, "2026-11-22T12:00:00.000Z")
        assert deliver(cloud, message) == Worked()
        assert cloud.provider.asked == []

    def test_a_dead_workers_chunk_is_sent_on_and_its_flushed_outcomes_stand(self, cloud: FakeCloud) -> None:
        dispatched(cloud, create(cloud, 10))
        [message] = messages(cloud)
        cloud.provider.trouble = {"prompt 9": KeyboardInterrupt()}  # type: ignore[dict-item]
        with pytest.raises(KeyboardInterrupt):
            deliver(cloud, message)
        died = len(cloud.provider.asked)
        cloud.provider.trouble = {}
        assert deliver(cloud, message) == Worked()
        cloud.wait(cloud.settings.worker_seconds + 10)
        assert deliver(cloud, message).again_after == 0
        again = messages(cloud)[-1]
        assert again.sent == 1
        assert deliver(cloud, again).settled
        assert len(cloud.provider.asked) <= 10 + cloud.settings.flush_requests
        assert died < len(cloud.provider.asked)

    def test_no_more_calls_than_the_flush_size_are_lost(self, cloud: FakeCloud) -> None:
        cloud.configure(realtime_chunk_requests=50)
        for deadly in range(0, 50, 7):
            job = dispatched(cloud, create(cloud, 50, name=f"dies at {deadly}", caller=caller(deadly)))
            message = next(each for each in messages(cloud) if each.job == job.id)
            cloud.provider.asked = []
            cloud.provider.trouble = {f"prompt {deadly}": KeyboardInterrupt()}  # type: ignore[dict-item]
            with pytest.raises(KeyboardInterrupt):
                deliver(cloud, message)
            cloud.provider.trouble = {}
            cloud.wait(cloud.settings.worker_seconds + 10)
            deliver(cloud, message)
            assert deliver(cloud, messages(cloud)[-1]).settled
            assert 50 <= len(cloud.provider.asked) <= 50 + cloud.settings.flush_requests

    @pytest.mark.parametrize("steer", [life_cycle.pause, life_cycle.cancel, life_cycle.delete])
    def test_one_for_a_job_that_does_not_run_does_nothing(self, cloud: FakeCloud, steer: Any) -> None:
        job = dispatched(cloud, create(cloud, 10))
        steer(job.ref, cloud.backend)
        assert deliver(cloud, messages(cloud)[0]) == Worked()
        assert cloud.provider.asked == []

    def test_one_for_a_job_that_is_gone_does_nothing(self, cloud: FakeCloud) -> None:
        dispatched(cloud, create(cloud, 10))
        cloud.table.items.clear()
        assert deliver(cloud, messages(cloud)[0]) == Worked()

    def test_no_call_starts_that_might_not_end_in_the_workers_time(self, cloud: FakeCloud) -> None:
        cloud.provider.held = 20
        dispatched(cloud, create(cloud, 10))
        until = cloud.now + timedelta(seconds=90)
        worked = deliver(cloud, messages(cloud)[0], lambda: (until - cloud.now).total_seconds())
        assert worked.again_after == 0
        assert len(cloud.provider.asked) == 8
        assert deliver(cloud, messages(cloud)[-1]).settled
        assert sorted(cloud.provider.asked) == sorted(f"prompt {n}" for n in range(10))

    def test_what_is_told_to_come_back_later_is_sent_on_with_a_delay(self, cloud: FakeCloud) -> None:
        dispatched(cloud, create(cloud, 10))
        cloud.provider.troubles = [ProviderThrottled("later", retry_after=120)]
        worked = deliver(cloud, messages(cloud)[0])
        assert worked.again_after is not None
        assert 120 <= worked.again_after <= 133
        assert cloud.work[Priority.NORMAL].delays[-1] == worked.again_after
        cloud.wait(worked.again_after)
        assert deliver(cloud, messages(cloud)[-1]).settled
        assert len(cloud.provider.asked) == 11

    def test_past_the_deadline_nothing_is_asked(self, cloud: FakeCloud) -> None:
        cloud.provider.held = 20
        job = create(cloud, 10, deadline=(cloud.now + timedelta(seconds=30)).isoformat())
        job = cloud.run(job)
        assert cloud.provider.asked == [f"prompt {n}" for n in range(8)]
        statuses = [result["status"] for result in cloud.results(job)]
        assert statuses == ["succeeded"] * 4 + ["expired"] * 6
        assert cloud.now <= datetime(2026, 11, 22, 12, 0, 31, tzinfo=UTC)


class TestSteering:
    def test_a_cancelled_batch_keeps_what_is_answered(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 20))
        deliver(cloud, messages(cloud)[0])
        life_cycle.cancel(job.ref, cloud.backend)
        job = cloud.machine.resume(job)
        assert (job.state, job.counts.succeeded, job.counts.failed) == (State.CANCELLED, 10, 10)
        assert {result["status"] for result in cloud.results(job)[10:]} == {"cancelled"}

    def test_a_paused_batch_goes_on_where_it_was(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 20))
        deliver(cloud, messages(cloud)[0])
        life_cycle.pause(job.ref, cloud.backend)
        cloud.machine.work()
        assert len(cloud.provider.asked) == 10
        job = cloud.run(life_cycle.resume(job.ref, cloud.backend))
        assert job.counts.succeeded == 20
        assert len(cloud.provider.asked) == 20

    def test_its_lane_shows(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 20))
        deliver(cloud, messages(cloud)[0])
        poll(cloud.backend, fail)
        shown = views.show(job.ref, cloud.backend)
        assert (shown.mode, shown.progress and shown.progress.done) == ("realtime", 10)
        assert (shown.lanes["realtime"].requests, shown.lanes["realtime"].done) == (20, 10)


def caller(number: int) -> Any:
    from tests.fakes.cloud import ACME

    return ACME.model_copy(update={"idempotency_key": f"k-{number}"})


def fail(shard: Any, error: Exception) -> None:
    raise error


def dispatched(cloud: FakeCloud, job: Any) -> Any:
    """The job, its messages sent and its execution waiting."""
    planned = cloud.machine.plan(job)
    cloud.workflow.waiting.add("token")
    for shard in planned.shards:
        submit(SubmitShard(tenant=job.tenant, job=job.id, shard=shard, token="token"), cloud.backend)
    return cloud.backend.jobs.get(job.ref)


def messages(cloud: FakeCloud) -> list[WorkChunk]:
    return [WorkChunk.model_validate_json(text) for text in cloud.work[Priority.NORMAL].messages]


def deliver(cloud: FakeCloud, message: WorkChunk, remaining: Any = lambda: 280.0) -> Worked:
    return run_quietly(work(message, cloud.backend, remaining), cloud.wait)
