"""Shares of a queue: one tenant's waiting chunks leave room for the others'."""

from collections.abc import Iterable

import pytest
from pydantic import BaseModel

from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.model.batch import BatchJob, Priority
from fanfold.batches.model.shard import Shard
from fanfold.batches.poll import poll
from fanfold.errors import Incomplete
from fanfold.jobs import life_cycle
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import State
from tests.fakes.cloud import FakeCloud
from tests.fakes.queue import MemoryQueue
from tests.unit.batches.realtime_lane.test_realtime_lane import create, deliver, dispatched, fail, messages

SHARE = 3


@pytest.fixture
def cloud() -> FakeCloud:
    found = FakeCloud()
    found.configure(realtime_chunk_requests=10, in_flight=4, flush_requests=8, most_waiting_chunks=4 * SHARE)
    return found


class Refusing(MemoryQueue):
    """A queue that takes nothing the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals = 1

    def send_all(self, messages: Iterable[BaseModel]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise Incomplete("messages were not taken")
        super().send_all(messages)


def caller(tenant: str, key: str = "1") -> Caller:
    return Caller(tenant=tenant, correlation_id="c", idempotency_key=key)


def begun(cloud: FakeCloud, requests: int, who: Caller, **options: str) -> BatchJob:
    return dispatched(cloud, create(cloud, requests, caller=who, **options))


def chunks(cloud: FakeCloud) -> list[tuple[str, int]]:
    return [(message.tenant, message.chunk) for message in messages(cloud)]


def test_a_shard_sends_its_share_and_no_more(cloud: FakeCloud) -> None:
    begun(cloud, 80, caller("acme"))
    assert chunks(cloud) == [("acme", 0), ("acme", 1), ("acme", 2)]
    poll(cloud.backend, fail)
    assert len(chunks(cloud)) == SHARE


def test_many_jobs_of_one_tenant_have_one_share_and_leave_others_theirs(cloud: FakeCloud) -> None:
    for key in ("1", "2", "3"):
        begun(cloud, 20, caller("acme", key))
    begun(cloud, 20, caller("other"))
    assert [tenant for tenant, _ in chunks(cloud)] == ["acme"] * SHARE + ["other"] * 2
    begun(cloud, 10, caller("acme", "urgent"), priority="high")
    assert len(cloud.work[Priority.HIGH].messages) == 1


def test_what_was_held_back_is_sent_as_others_are_settled_and_all_is_done(cloud: FakeCloud) -> None:
    job = begun(cloud, 80, caller("acme"))
    done = 0
    while queue := messages(cloud):
        cloud.work[Priority.NORMAL].messages.clear()
        assert len(queue) <= SHARE
        for message in queue:
            done += deliver(cloud, message).settled
        poll(cloud.backend, fail)
    assert done == 8
    assert cloud.backend.shards.get(job.ref, 0).done == 80


def test_the_oldest_shard_goes_first(cloud: FakeCloud) -> None:
    first = begun(cloud, 40, caller("acme", "1"))
    cloud.wait(1)
    second = begun(cloud, 40, caller("acme", "2"))
    for message in messages(cloud):
        deliver(cloud, message)
    cloud.work[Priority.NORMAL].messages.clear()
    poll(cloud.backend, fail)
    assert [(message.job, message.chunk) for message in messages(cloud)] == [
        (first.id, 3),
        (second.id, 0),
        (second.id, 1),
    ]


def test_a_submit_that_is_tried_again_sends_what_it_had_begun_to_send(cloud: FakeCloud) -> None:
    job = create(cloud, 80, caller=caller("acme"))
    cloud.work[Priority.NORMAL] = Refusing()
    with pytest.raises(Incomplete):
        dispatched(cloud, job)
    submit(SubmitShard(tenant="acme", job=job.id, shard=0, token="again"), cloud.backend)
    assert {chunk for _, chunk in chunks(cloud)} == {0, 1, 2}


def test_a_queue_out_of_reach_for_one_tenant_stops_no_other(cloud: FakeCloud) -> None:
    for tenant in ("acme", "other"):
        begun(cloud, 80, caller(tenant))
    for message in messages(cloud):
        deliver(cloud, message)
    cloud.work[Priority.NORMAL] = Refusing()
    told: list[Shard] = []
    poll(cloud.backend, lambda shard, error: told.append(shard))
    assert (len(told), len(messages(cloud))) == (1, SHARE)
    poll(cloud.backend, fail)
    assert {tenant for tenant, _ in chunks(cloud)} == {"acme", "other"}


def test_nothing_more_is_sent_of_a_paused_job(cloud: FakeCloud) -> None:
    job = begun(cloud, 80, caller("acme"))
    for message in messages(cloud):
        deliver(cloud, message)
    cloud.work[Priority.NORMAL].messages.clear()
    assert life_cycle.pause(job.ref, cloud.backend).state is State.PAUSED
    poll(cloud.backend, fail)
    assert messages(cloud) == []


def test_shards_of_before_there_were_shares_are_sent_whole(cloud: FakeCloud) -> None:
    shard = Shard(tenant="acme", job="b1", number=0, chunks=[4, 5], requests=20, provider="echo")
    assert (shard.sent_chunks, shard.waiting_chunks) == ([4, 5], 2)
