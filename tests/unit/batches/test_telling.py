"""The end of a job is told, once at least, whoever dies on the way."""

import json

import pytest

from fanfold.batches import commands
from fanfold.batches.model.batch import BatchJob
from fanfold.errors import Contended
from fanfold.jobs import life_cycle
from fanfold.jobs.job import State
from fanfold.jobs.sweep import sweep
from fanfold.ports import Ended
from tests.fakes.cloud import ACME, FakeCloud
from tests.fakes.crash import Crash, Fuse

REQUESTS = [{"custom_id": f"id-{n}", "input": f"Say {n}"} for n in range(4)]


def told(cloud: FakeCloud) -> list[tuple[str, str, int]]:
    """The ends that were told, without repeats."""
    events = [json.loads(detail) for name, detail in cloud.events.published if name == "Job ended"]
    return list(dict.fromkeys((event["job"], event["state"], event["round"]) for event in events))


def now(cloud: FakeCloud, job: BatchJob) -> BatchJob:
    return cloud.backend.jobs.get(job.ref)


def test_a_finished_batch_tells_with_its_figures() -> None:
    cloud = FakeCloud()
    job = cloud.create(REQUESTS)
    cloud.run(job)
    ((name, detail),) = cloud.events.published
    event = json.loads(detail)
    assert name == "Job ended"
    assert (event["tenant"], event["job"], event["kind"], event["state"]) == ("acme", job.id, "batch", "completed")
    assert (event["total"], event["succeeded"], event["at"]) == (4, 4, now(cloud, job).finished_at)
    assert not now(cloud, job).end_unpublished


def test_a_cancelled_draft_a_failure_and_each_round_of_retries_tell() -> None:
    cloud = FakeCloud()
    draft = cloud.draft()
    life_cycle.cancel(draft.ref, cloud.backend)
    assert told(cloud) == [(draft.id, "cancelled", 1)]
    job = cloud.create(REQUESTS, ACME.model_copy(update={"idempotency_key": "k-2"}))
    cloud.machine.deliver()
    cloud.workflow.ends[cloud.workflow.arn(job.execution_name)] = Ended("ABORTED", "", "stopped")
    cloud.machine.tell(job.execution_name, Ended("ABORTED", "", "stopped"))
    assert told(cloud)[1:] == [(job.id, "failed", 1)]
    again = commands.retry(job.ref, cloud.backend)
    cloud.run(again)
    assert told(cloud)[2:] == [(job.id, "completed", 2)]


@pytest.mark.parametrize("length", range(1, 60, 3))
def test_a_crash_anywhere_still_tells(length: int) -> None:
    fuse = Fuse(10_000)
    cloud = FakeCloud(through=fuse.on)
    job = cloud.create(REQUESTS)
    fuse._lengths[:] = [length]
    cloud.machine.settle()
    fuse._lengths.clear()
    assert now(cloud, job).state is State.COMPLETED
    assert told(cloud) == [(job.id, "completed", 1)]
    assert not now(cloud, job).end_unpublished


def test_who_dies_before_telling_leaves_it_to_the_sweeper() -> None:
    cloud = FakeCloud()
    job = cloud.create(REQUESTS)
    publish, cloud.events.publish = cloud.events.publish, _dying  # type: ignore[method-assign]
    with pytest.raises(Crash):
        life_cycle.cancel(job.ref, cloud.backend)
    assert (now(cloud, job).state, now(cloud, job).end_unpublished) == (State.CANCELLED, True)
    cloud.events.publish = publish  # type: ignore[method-assign]
    sweep(cloud.backend)
    sweep(cloud.backend)
    assert told(cloud) == [(job.id, "cancelled", 1)]
    assert len(cloud.events.published) == 1


def test_a_retry_or_a_removal_tells_of_the_end_before_first() -> None:
    for call in (commands.retry, life_cycle.delete):
        cloud = FakeCloud()
        job = cloud.create(REQUESTS)
        publish, cloud.events.publish = cloud.events.publish, _dying  # type: ignore[method-assign]
        with pytest.raises(Crash):
            life_cycle.cancel(job.ref, cloud.backend)
        cloud.events.publish = publish  # type: ignore[method-assign]
        call(job.ref, cloud.backend)
        assert told(cloud) == [(job.id, "cancelled", 1)]


def test_a_bus_that_takes_nothing_keeps_the_job_with_the_sweeper() -> None:
    cloud = FakeCloud()
    job = cloud.create(REQUESTS)

    def full(name: str, event: object) -> None:
        raise Contended("later")

    cloud.events.publish = full  # type: ignore[method-assign]
    with pytest.raises(Contended):
        life_cycle.cancel(job.ref, cloud.backend)
    assert [each.id for each in cloud.backend.jobs.open()] == [job.id]


def _dying(name: str, event: object) -> None:
    raise Crash
