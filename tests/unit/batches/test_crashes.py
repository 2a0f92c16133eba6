"""A batch whose processes die: after every call of every port, in every way, nothing is lost and nothing twice."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.batches.model.batch import BatchJob
from fanfold.batches.views import batch as views
from fanfold.jobs.job import Counts, State
from fanfold.jobs.listing import JobFilter
from fanfold.providers import BatchLimits
from tests.examples import examples
from tests.fakes.cloud import ACME, FakeCloud
from tests.fakes.crash import Crash, Fuse
from tests.fakes.machine import ROUNDS, Machine

REQUESTS = [{"input": f"prompt {n}", "custom_id": f"id-{n}"} for n in range(11)]
BAD = [{"input": "prompt 0", "custom_id": "id-3"}, {"inptu": "a typing error"}]
WHOLE = Counts(succeeded=9, failed=2, input_tokens=18, output_tokens=9)


def live(fuse: Fuse, *, fragile: bool = False, tells: bool = True) -> tuple[FakeCloud, BatchJob]:
    """The whole life of a batch of two shards and four chunks, through the fuse."""
    cloud = FakeCloud(through=fuse.on)
    cloud.configure(max_mishaps=1000)
    cloud.provider.batch_limits = BatchLimits(requests=6, bytes=1_000_000)
    cloud.provider.refused, cloud.provider.missing = {"prompt 4"}, {"prompt 7"}
    job = accepted(cloud)
    Machine(cloud, fragile=fragile, tells=tells).settle()
    return cloud, job


def accepted(cloud: FakeCloud) -> BatchJob:
    """The client asks again until it is answered."""
    for _ in range(ROUNDS):
        try:
            return cloud.create(REQUESTS + BAD, ACME, provider="echo")
        except Crash:
            cloud.wait(1)
    raise AssertionError("never answered")


def check(cloud: FakeCloud, job: BatchJob) -> None:
    cloud.through = lambda port: port
    done = cloud.backend.jobs.get(job.ref)
    assert done.state is State.COMPLETED
    assert [result["custom_id"] for result in cloud.results(job)] == [request["custom_id"] for request in REQUESTS]
    assert [n for n, result in enumerate(cloud.results(job)) if result["status"] != "succeeded"] == [4, 7]
    assert (done.counts, cloud.backend.jobs.counts(job.ref)) == (WHOLE, WHOLE)
    assert (done.total, done.rejected, done.chunks, done.shards) == (11, 2, 4, 2)
    assert Counter(marker for marker, _ in cloud.provider.batches.values()) == {
        f"fanfold-{job.id}-0000": 1,
        f"fanfold-{job.id}-0001": 1,
    }
    assert not cloud.provider.staged
    assert not list(cloud.backend.jobs.open())
    assert not list(cloud.backend.shards.open())
    assert [found.id for found in views.page("acme", JobFilter(), cloud.backend).batches] == [job.id]


def calls() -> range:
    """Every call that an undisturbed life makes, by its number."""
    fuse = Fuse()
    check(*live(fuse))
    return range(1, fuse.calls + 1)


CALLS = calls()


def test_an_undisturbed_life_has_calls_to_die_after() -> None:
    assert len(CALLS) > 50


@pytest.mark.parametrize("call", CALLS)
def test_a_step_that_dies_after_any_call_is_run_again(call: int) -> None:
    fuse = Fuse(call)
    check(*live(fuse))
    assert fuse.crashes == 1


@pytest.mark.parametrize("call", CALLS)
def test_an_execution_that_dies_after_any_call_is_started_again(call: int) -> None:
    fuse = Fuse(call)
    check(*live(fuse, fragile=True))
    assert fuse.crashes == 1


@pytest.mark.parametrize("call", CALLS)
def test_an_execution_that_dies_unnoticed_is_found_by_the_sweeper(call: int) -> None:
    fuse = Fuse(call)
    check(*live(fuse, fragile=True, tells=False))
    assert fuse.crashes == 1


@settings(max_examples=examples(150), deadline=timedelta(seconds=10))
@given(st.lists(st.integers(1, 40), min_size=2, max_size=8), st.booleans(), st.booleans())
def test_any_number_of_crashes_is_survived(lengths: list[int], fragile: bool, tells: bool) -> None:
    check(*live(Fuse(*lengths), fragile=fragile, tells=tells))
