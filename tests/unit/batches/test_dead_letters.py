"""Requests that workers die of: closed in on, put aside, and sent again when asked to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.batches import commands
from fanfold.batches.batch_lane.collect import CollectShard, collect
from fanfold.batches.ending.finish import finish
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.poll import poll
from fanfold.batches.redrive import Redrive, dead_letters, redrive
from fanfold.batches.stores.chunk_claims import DEATHS, Claim, grouped
from fanfold.errors import NotFound
from fanfold.jobs.job import State
from tests.examples import examples
from tests.fakes.cloud import ACME, FakeCloud
from tests.fakes.crash import Crash
from tests.unit.batches.realtime_lane.test_realtime_lane import deliver, dispatched, fail, messages, prompts

ROUNDS = 400


def deadly(cloud: FakeCloud, *positions: int) -> None:
    """Whoever asks these dies."""
    cloud.provider.trouble = {f"prompt {n}": Crash() for n in positions}  # type: ignore[misc]


def see_through(cloud: FakeCloud, job: BatchJob) -> tuple[BatchJob, int]:
    """The job to its end, and how many workers died on the way."""
    job, deaths = dispatched(cloud, job), 0
    for _ in range(ROUNDS):
        if "token" not in cloud.workflow.waiting:
            break
        queue = [message for message in messages(cloud) if message.job == job.id]
        for queued in cloud.work.values():
            queued.messages.clear()
        for message in queue:
            try:
                deliver(cloud, message)
            except Crash:
                deaths += 1
        cloud.wait(cloud.settings.worker_seconds + 10)
        poll(cloud.backend, fail)
    for shard in cloud.backend.shards.of(job.ref):
        collect(CollectShard(tenant=job.tenant, job=job.id, shard=shard.number), cloud.backend)
    return finish(job.ref, cloud.backend), deaths


@pytest.fixture
def cloud() -> FakeCloud:
    found = FakeCloud()
    found.configure(realtime_chunk_requests=100)
    return found


def test_each_stands_alone_in_the_end_and_all_others_are_answered(cloud: FakeCloud) -> None:
    deadly(cloud, 5, 6, 50, 150)
    job, deaths = see_through(cloud, cloud.create(prompts(200), provider="echo", mode="realtime"))
    assert (job.state, job.counts.succeeded, job.counts.failed) == (State.COMPLETED, 196, 4)
    assert {letter.custom_id for letter in dead_letters("acme", 100, None, cloud.backend).dead_letters} == {
        "id-5", "id-6", "id-50", "id-150",
    }  # fmt: skip
    assert {result["error"]["kind"] for result in cloud.results(job) if result.get("error")} == {"poisoned"}
    assert deaths <= 4 * (DEATHS + 1) + 2


def test_redriven_only_they_are_asked_and_each_once(cloud: FakeCloud) -> None:
    deadly(cloud, 7, 33)
    cloud.provider.refused = {"prompt 3"}
    job, _ = see_through(cloud, cloud.create(prompts(50), provider="echo", mode="realtime"))
    cloud.provider.trouble, cloud.provider.asked = {}, []
    [sent] = redrive("acme", Redrive(), cloud.backend).batches
    assert (sent.job, sent.dead_letters, sent.left) == (job.id, 2, None)
    job = cloud.run(cloud.backend.jobs.get(job.ref))
    assert sorted(cloud.provider.asked) == ["prompt 33", "prompt 7"]
    assert (job.counts.succeeded, job.counts.failed) == (49, 1)
    assert dead_letters("acme", 100, None, cloud.backend).dead_letters == []


def test_what_still_kills_is_a_letter_again(cloud: FakeCloud) -> None:
    deadly(cloud, 7)
    job, _ = see_through(cloud, cloud.create(prompts(20), provider="echo", mode="realtime"))
    redrive("acme", Redrive(job=job.id), cloud.backend)
    job, _ = see_through(cloud, cloud.backend.jobs.get(job.ref))
    assert job.counts.failed == 1
    assert len(dead_letters("acme", 100, None, cloud.backend).dead_letters) == 1


def test_a_tenant_has_its_own_only(cloud: FakeCloud) -> None:
    deadly(cloud, 7)
    job, _ = see_through(cloud, cloud.create(prompts(20), provider="echo", mode="realtime"))
    assert dead_letters("other", 100, None, cloud.backend).dead_letters == []
    assert redrive("other", Redrive(), cloud.backend).batches == []
    with pytest.raises(NotFound):
        redrive("other", Redrive(job=job.id), cloud.backend)
    assert len(dead_letters("acme", 100, None, cloud.backend).dead_letters) == 1


def test_a_batch_that_is_not_over_keeps_its_letters(cloud: FakeCloud) -> None:
    deadly(cloud, 7)
    job, _ = see_through(cloud, cloud.create(prompts(20), provider="echo", mode="realtime"))
    cloud.backend.jobs.move(job, state=State.RUNNING)
    [sent] = redrive("acme", Redrive(), cloud.backend).batches
    assert sent.left
    assert len(dead_letters("acme", 100, None, cloud.backend).dead_letters) == 1


def test_a_retry_of_all_takes_the_letters_along(cloud: FakeCloud) -> None:
    deadly(cloud, 7)
    job, _ = see_through(cloud, cloud.create(prompts(20), provider="echo", mode="realtime"))
    cloud.provider.trouble = {}
    assert cloud.run(commands.retry(job.ref, cloud.backend)).counts.succeeded == 20
    assert dead_letters("acme", 100, None, cloud.backend).dead_letters == []


def test_pages_of_letters_follow_each_other(cloud: FakeCloud) -> None:
    deadly(cloud, *range(5))
    see_through(cloud, cloud.create(prompts(20), provider="echo", mode="realtime"))
    first = dead_letters("acme", 3, None, cloud.backend)
    rest = dead_letters("acme", 3, first.cursor, cloud.backend)
    assert len({letter.position for letter in (*first.dead_letters, *rest.dead_letters)}) == 5
    assert rest.cursor is None


def test_one_death_by_accident_condemns_nobody(cloud: FakeCloud) -> None:
    job = cloud.create(prompts(30), provider="echo", mode="realtime", caller=ACME)
    dispatched(cloud, job)
    deadly(cloud, 11)
    with pytest.raises(Crash):
        deliver(cloud, messages(cloud)[0])
    cloud.provider.trouble = {}
    cloud.wait(cloud.settings.worker_seconds + 10)
    poll(cloud.backend, fail)
    assert deliver(cloud, messages(cloud)[-1]).settled
    assert dead_letters("acme", 100, None, cloud.backend).dead_letters == []


@settings(max_examples=examples(50))
@given(st.lists(st.lists(st.integers(0, 99), max_size=20), max_size=8), st.sets(st.integers(0, 99)))
def test_groups_hold_each_pending_position_once(groups: list[list[int]], pending: set[int]) -> None:
    seen: set[int] = set()
    apart = [tuple(n for n in group if n not in seen and not seen.add(n)) for group in groups]  # type: ignore[func-returns-value]
    claim = Claim(tenant="acme", job="b1", shard=0, chunk=0, groups=tuple(apart))
    found = [n for group in grouped(claim, sorted(pending)) for n in group]
    assert sorted(found) == sorted(pending)
