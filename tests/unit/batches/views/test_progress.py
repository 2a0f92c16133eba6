"""How far a batch is, how fast it goes, and what its lanes do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fanfold.batches.commands import retry
from fanfold.batches.model.batch import BatchJob, Options
from fanfold.batches.model.shard import Shard, ShardState
from fanfold.batches.views import batch as views
from fanfold.batches.views.progress import BatchProgress, lanes, progress
from fanfold.clock import stamp
from fanfold.jobs.job import Counts, State
from tests.fakes.cloud import FakeCloud

BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHARD = {"tenant": "acme", "job": "b1", "chunks": [0], "requests": 100, "provider": "openai"}


def shard(number: int = 0, **given: Any) -> Shard:
    return Shard(**SHARD | {"number": number, "state": ShardState.SUBMITTED} | given)


def seen(*shards: Shard, settled: int = 0, after: float = 10, **given: Any) -> BatchProgress:
    """The progress of a job, so many seconds after it began."""
    known: dict[str, Any] = {"tenant": "acme", "id": "b1", "created_at": stamp(BEGAN), "fingerprint": "f"}
    known |= {"correlation_id": "c", "options": Options(), "state": State.RUNNING, "started_at": stamp(BEGAN)}
    job = BatchJob(**known | {"total": sum(each.requests for each in shards)} | given)
    return progress(job, Counts(succeeded=settled), shards, lambda: BEGAN + timedelta(seconds=after))


def test_pace_and_eta_come_of_what_the_provider_has_done() -> None:
    found = seen(shard(0, done=30), shard(1, done=10), after=20)
    assert (found.done_at_provider, found.per_second, found.eta_seconds) == (40, 2, 80)


def test_a_collected_shard_is_done_whatever_the_poller_saw_last() -> None:
    found = seen(shard(0, state=ShardState.COLLECTED), shard(1, done=50), settled=100, after=15)
    assert (found.done_at_provider, found.done, found.percent) == (150, 100, 50)
    assert (found.per_second, found.eta_seconds) == (10, 5)


def test_an_eta_is_never_earlier_than_it_can_be() -> None:
    assert seen(shard(done=99), after=1000).eta_seconds == 11


@pytest.mark.parametrize(
    "found",
    [
        seen(shard(), after=20),
        seen(shard(done=10), after=0),
        seen(shard(done=10), after=-5),
        seen(),
        seen(shard(done=10), state=State.PAUSED),
        seen(shard(done=10), state=State.CANCELLING),
        seen(shard(done=10), started_at=None),
    ],
    ids=["nothing done", "no time", "a clock that runs back", "no shards", "paused", "cancelling", "not begun"],
)
def test_what_is_not_known_is_not_said(found: BatchProgress) -> None:
    assert (found.per_second, found.eta_seconds) == (None, None)


def test_a_provider_that_counts_too_far_is_not_believed() -> None:
    assert seen(shard(done=1000)).done_at_provider == 100


def test_before_planning_nothing_is_done() -> None:
    found = seen(state=State.ACCEPTED)
    assert (found.total, found.done_at_provider, found.done, found.percent) == (0, 0, 0, 0)


def test_a_retry_is_not_done_before_its_shards_are() -> None:
    shards = [shard(0, state=ShardState.COLLECTED), shard(1, round=2, requests=20, done=5, intent_at=stamp(BEGAN))]
    found = seen(*shards, settled=100, after=5, round=2, total=100, started_at="2026-01-01T00:00:00.000Z")
    assert (found.done, found.done_at_provider, found.percent) == (80, 85, 80)
    assert (found.per_second, found.eta_seconds) == (1, 15)


def test_lanes_show_each_batch_at_the_provider() -> None:
    shards = [shard(0, state=ShardState.COLLECTED, batch="batch-7"), shard(1, done=3, submitted_at="t")]
    lane = lanes(shards)["batch"]
    assert (lane.requests, lane.done) == (200, 103)
    assert [(each.number, each.state, each.batch, each.done, each.submitted_at) for each in lane.shards] == [
        (0, ShardState.COLLECTED, "batch-7", 100, None),
        (1, ShardState.SUBMITTED, None, 3, "t"),
    ]
    assert lanes([]) == {}


def test_a_batch_shows_its_lanes_to_the_end_and_after_a_retry() -> None:
    cloud = FakeCloud()
    cloud.provider.refused = {"b"}
    job = cloud.run(cloud.create([{"input": "a"}, {"input": "b"}]))
    shown = views.show(job.ref, cloud.backend)
    [only] = shown.lanes["batch"].shards
    assert (only.batch, only.requests, bool(only.submitted_at)) == ("batch-0", 2, True)
    cloud.provider.refused.clear()
    retry(job.ref, cloud.backend)
    cloud.machine.settle()
    assert [each.round for each in views.show(job.ref, cloud.backend).lanes["batch"].shards] == [1, 2]
