"""What the poller and Collect do for a shard in real time, whatever died on the way."""

import json

import pytest

from fanfold.batches import commands
from fanfold.batches.batch_lane.collect import CollectShard, FailedLine, collect
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.ending.remove import RemoveBatch, remove
from fanfold.batches.model.batch import Priority
from fanfold.batches.poll import poll
from fanfold.clock import stamp
from fanfold.errors import Busy, Incomplete, NotFound, Superseded
from fanfold.jobs import life_cycle
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import State
from tests.fakes.cloud import ACME, FakeCloud
from tests.unit.batches.realtime_lane.test_realtime_lane import create, deliver, dispatched, fail, messages

DEADLY = KeyboardInterrupt()


@pytest.fixture
def cloud() -> FakeCloud:
    found = FakeCloud()
    found.configure(realtime_chunk_requests=10, in_flight=4, flush_requests=8)
    return found


def queue(cloud: FakeCloud) -> list[str]:
    return cloud.work[Priority.NORMAL].messages


class TestWatching:
    def test_it_wakes_what_the_last_worker_could_not(self, cloud: FakeCloud) -> None:
        dispatched(cloud, create(cloud, 10))
        cloud.workflow.waiting.clear()
        deliver(cloud, messages(cloud)[0])
        cloud.workflow.waiting.add("token")
        poll(cloud.backend, fail)
        assert cloud.workflow.woken == ["token"]

    def test_it_takes_chunks_away_from_dead_workers_once(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 20))
        shard = cloud.backend.shards.get(job.ref, 0)
        cloud.backend.claims.take(shard, 1, stamp(cloud.now))
        queue(cloud).clear()
        poll(cloud.backend, fail)
        assert queue(cloud) == []
        cloud.wait(cloud.settings.worker_seconds + 10)
        for _ in range(3):
            poll(cloud.backend, fail)
        assert [message.chunk for message in messages(cloud)] == [1]
        assert deliver(cloud, messages(cloud)[0]).settled

    def test_it_sends_again_what_got_lost_more_and_more_seldom(self, cloud: FakeCloud) -> None:
        dispatched(cloud, create(cloud, 20))
        queue(cloud).clear()
        sent = []
        for _ in range(16):
            cloud.wait(cloud.settings.resend_after_seconds / 2 + 1)
            poll(cloud.backend, fail)
            sent.append(len(queue(cloud)))
            queue(cloud).clear()
        assert [round for round, number in enumerate(sent) if number] == [1, 5, 13]
        assert set(sent) == {0, 2}

    def test_a_paused_job_is_left_alone(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 20))
        life_cycle.pause(job.ref, cloud.backend)
        queue(cloud).clear()
        cloud.wait(10 * cloud.settings.resend_after_seconds)
        poll(cloud.backend, fail)
        assert queue(cloud) == []


class TestDispatching:
    def test_another_run_sends_only_what_is_not_settled(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 30))
        deliver(cloud, messages(cloud)[1])
        queue(cloud).clear()
        submit(SubmitShard(tenant=job.tenant, job=job.id, shard=0, token="second"), cloud.backend)
        assert [message.chunk for message in messages(cloud)] == [0, 2]

    def test_the_last_worker_wakes_the_newest_token(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 10))
        cloud.workflow.waiting = {"second"}
        submit(SubmitShard(tenant=job.tenant, job=job.id, shard=0, token="second"), cloud.backend)
        assert deliver(cloud, messages(cloud)[0]).settled
        assert cloud.workflow.woken == ["second"]

    def test_if_all_is_settled_it_goes_on_at_once(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 10))
        cloud.workflow.waiting.clear()
        deliver(cloud, messages(cloud)[0])
        cloud.workflow.waiting = {"second"}
        submit(SubmitShard(tenant=job.tenant, job=job.id, shard=0, token="second"), cloud.backend)
        assert cloud.workflow.woken == ["second"]


class TestClosing:
    def test_it_waits_for_what_is_still_to_come(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 10))
        with pytest.raises(Incomplete):
            collect(CollectShard(tenant=job.tenant, job=job.id, shard=0), cloud.backend)

    def test_given_up_it_keeps_what_was_flushed(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 10))
        cloud.provider.trouble = {"prompt 9": DEADLY}  # type: ignore[dict-item]
        with pytest.raises(KeyboardInterrupt):
            deliver(cloud, messages(cloud)[0])
        failure = FailedLine.model_validate({"Error": "States.Timeout", "Cause": ""})
        command = CollectShard(tenant=job.tenant, job=job.id, shard=0, failure=failure)
        with pytest.raises(Incomplete, match="a worker has"):
            collect(command, cloud.backend)
        cloud.wait(cloud.settings.worker_seconds + 10)
        collect(command, cloud.backend)
        [settled] = cloud.backend.chunks.all(job.ref)
        assert settled.counts.succeeded >= 4
        kinds = {
            json.loads(line).get("error", {}).get("kind") for line in cloud.blobs.get(settled.results).splitlines()
        }
        assert kinds == {None, "given_up"}

    def test_a_worker_that_was_closed_can_write_no_more(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 10))
        shard = cloud.backend.shards.get(job.ref, 0)
        slow = cloud.backend.claims.take(shard, 0, stamp(cloud.now))
        assert slow
        life_cycle.cancel(job.ref, cloud.backend)
        cloud.wait(cloud.settings.worker_seconds + 10)
        collect(CollectShard(tenant=job.tenant, job=job.id, shard=0), cloud.backend)
        with pytest.raises(Superseded):
            cloud.backend.claims.note(slow, parts=["late"])
        assert not cloud.table.together(cloud.backend.claims.done(slow, 0))


class TestRemoving:
    def test_it_waits_for_a_worker_and_then_leaves_nothing(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 10))
        shard = cloud.backend.shards.get(job.ref, 0)
        cloud.backend.claims.take(shard, 0, stamp(cloud.now))
        life_cycle.delete(job.ref, cloud.backend)
        command = RemoveBatch(tenant=job.tenant, job=job.id)
        remove(command, cloud.backend, fail)
        assert cloud.backend.jobs.get(job.ref).state is State.DELETING
        cloud.wait(cloud.settings.worker_seconds + 10)
        remove(command, cloud.backend, fail)
        with pytest.raises(NotFound):
            cloud.backend.jobs.get(job.ref)
        assert [key for key in cloud.table.items if key.pk == job.ref.partition] == []
        assert [key for key in cloud.blobs.objects if key.startswith(job.ref.folder)] == []


class TestPressure:
    def test_a_full_queue_turns_new_batches_away(self, cloud: FakeCloud) -> None:
        cloud.configure(most_waiting_chunks=4)
        for tenant in ("one", "two", "three", "four"):
            dispatched(cloud, create(cloud, 30, caller=ACME.model_copy(update={"tenant": tenant})))
        with pytest.raises(Busy) as busy:
            create(cloud, 10, caller=another())
        assert (busy.value.status, busy.value.retry_after) == (429, 1)
        assert create(cloud, 10, caller=another(), priority="high").state is State.ACCEPTED

    def test_what_was_taken_in_is_known_however_full_it_is(self, cloud: FakeCloud) -> None:
        job = dispatched(cloud, create(cloud, 30))
        cloud.configure(most_waiting_chunks=1)
        assert create(cloud, 30).id == job.id

    def test_the_batch_lane_takes_on(self, cloud: FakeCloud) -> None:
        dispatched(cloud, create(cloud, 30))
        cloud.configure(most_waiting_chunks=1)
        assert cloud.create([{"input": "one"}], another(), provider="echo").state is State.ACCEPTED

    def test_a_draft_is_turned_away_when_it_is_to_begin(self, cloud: FakeCloud) -> None:
        dispatched(cloud, create(cloud, 30))
        cloud.configure(most_waiting_chunks=1)
        draft = create(cloud, 10, caller=another(), draft=True)
        with pytest.raises(Busy):
            commands.process(draft.ref, cloud.backend)
        assert cloud.backend.jobs.get(draft.ref).state is State.DRAFT


def another() -> Caller:
    return ACME.model_copy(update={"idempotency_key": "another"})
