"""Planning: who may, and how chunks become shards."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.batches.intake.takeover import BatchExecution
from fanfold.batches.plan.plan import BYTES_A_TOKEN, FRAME, _groups, _sized, plan
from fanfold.batches.plan.split import RequestChunk
from fanfold.errors import Invalid, JobRefused, NotFound, Superseded
from fanfold.jobs.job import State
from fanfold.ports import Ended
from fanfold.providers import BatchLimits
from fanfold.settings import Settings
from tests.fakes.cloud import FakeCloud

LIMITS = BatchLimits(requests=20, bytes=10_000)
CHUNKS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, 9), st.integers(100, 4000)), min_size=1, max_size=40
)


def execution(**given: Any) -> BatchExecution:
    return BatchExecution(id="arn:one", input=given)


def begin(job: str, run: int = 1) -> dict[str, object]:
    return {"kind": "job", "tenant": "acme", "job": job, "run": run, "correlation_id": "c"}


@given(CHUNKS)
def test_every_chunk_is_in_one_group_of_its_model_that_the_provider_takes(given: list[tuple[str, int, int]]) -> None:
    chunks = [RequestChunk(chunk=n, model=model, requests=r, bytes=b) for n, (model, r, b) in enumerate(given)]
    groups = list(_groups(chunks, LIMITS))
    assert sorted(chunk.chunk for group in groups for chunk in group) == list(range(len(chunks)))
    for group in groups:
        assert len({chunk.model for chunk in group}) == 1
        requests = sum(chunk.requests for chunk in group)
        assert requests <= LIMITS.requests
        assert sum(chunk.bytes for chunk in group) + FRAME * requests <= LIMITS.bytes


def test_whole_chunks_fill_a_batch_of_a_provider_that_limits_waiting_tokens() -> None:
    limits = BatchLimits(requests=50_000, bytes=200_000_000, enqueued_tokens=2_000_000)
    most = _sized(Settings(), limits).chunk_bytes
    chunks = [RequestChunk(chunk=n, model="a", requests=1000, bytes=most + 50_000) for n in range(7)]
    assert [len(group) for group in _groups(chunks, limits)] == [3, 3, 1]
    assert 3 * most > 0.97 * 2_000_000 * BYTES_A_TOKEN
    free = limits._replace(enqueued_tokens=None)
    assert _sized(Settings(), free) == Settings()
    assert _sized(Settings(chunk_bytes=1000), limits).chunk_bytes == 1000


@given(CHUNKS)
def test_groups_are_no_smaller_than_they_must_be(given: list[tuple[str, int, int]]) -> None:
    """Of two neighbours of one model, the second's first chunk would not have fitted into the first."""
    chunks = [RequestChunk(chunk=n, model=model, requests=r, bytes=b) for n, (model, r, b) in enumerate(given)]
    groups = list(_groups(chunks, LIMITS))
    for model in "abc":
        own = [group for group in groups if group[0].model == model]
        for group, after in pairwise(own):
            together = [*group, after[0]]
            requests = sum(chunk.requests for chunk in together)
            size = sum(chunk.bytes for chunk in together) + FRAME * requests
            assert requests > LIMITS.requests or size > LIMITS.bytes


def test_the_shards_of_a_job_are_taken_by_the_provider() -> None:
    """The provider in memory refuses what is over its limits, or of two models."""
    cloud = FakeCloud()
    cloud.provider.batch_limits = BatchLimits(requests=7, bytes=3000)
    requests = [{"input": "\u20ac" * (n * 37 % 200), "model": f"echo-{n % 2}"} for n in range(1, 60)]
    job = cloud.run(cloud.create(requests))
    assert (job.counts.succeeded, job.counts.failed) == (59, 0)
    assert job.shards == len(cloud.provider.batches) > 8


def test_an_execution_takes_the_job_over() -> None:
    cloud = FakeCloud()
    job = cloud.create([{"input": "a"}])
    planned = plan(execution(**begin(job.id)), cloud.backend)
    assert planned.model_dump() == {"tenant": "acme", "job": job.id, "correlation_id": "c-1", "shards": [0]}
    running = cloud.backend.jobs.get(job.ref)
    assert (running.state, running.execution) == (State.RUNNING, "arn:one")
    assert running.started_at == "2026-11-22T12:00:00.000Z"


def test_what_is_planned_is_not_planned_again() -> None:
    cloud = FakeCloud()
    job = cloud.create([{"input": "a"}])
    planned = plan(execution(**begin(job.id)), cloud.backend)
    before, writes = dict(cloud.blobs.objects), cloud.table.writes
    assert plan(execution(**begin(job.id)), cloud.backend) == planned
    assert (cloud.blobs.objects, cloud.table.writes) == (before, writes)


def test_another_execution_is_superseded() -> None:
    cloud = FakeCloud()
    job = cloud.create([{"input": "a"}])
    plan(execution(**begin(job.id)), cloud.backend)
    with pytest.raises(Superseded):
        plan(BatchExecution(id="arn:two", input=begin(job.id)), cloud.backend)


@pytest.mark.parametrize("run", [0, 2])
def test_an_execution_of_another_run_is_superseded(run: int) -> None:
    cloud = FakeCloud()
    job = cloud.create([{"input": "a"}])
    with pytest.raises(Superseded):
        plan(execution(**begin(job.id, run)), cloud.backend)


def test_an_execution_of_a_finished_job_is_superseded() -> None:
    cloud = FakeCloud()
    job = cloud.run(cloud.create([{"input": "a"}]))
    with pytest.raises(Superseded):
        plan(execution(**begin(job.id)), cloud.backend)


def test_an_execution_without_a_job_is_told_so() -> None:
    with pytest.raises(NotFound):
        plan(execution(**begin("b404")), FakeCloud().backend)


class TestConsole:
    def test_a_batch_may_be_an_executions_input(self) -> None:
        cloud = FakeCloud()
        cloud.backend.tenants.create("acme")
        given = execution(tenant="acme", requests=[{"input": "a"}, {"input": "b"}], name="by hand")
        planned = plan(given, cloud.backend)
        assert plan(given, cloud.backend) == planned
        job = cloud.backend.jobs.get(given.ref)
        assert (job.total, job.options.name, job.execution) == (2, "by hand", "arn:one")

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"tenant": "acme"},
            {"tenant": "No Tenant", "requests": [{"input": "a"}]},
            {"tenant": "acme", "requests": []},
            {"tenant": "acme", "requests": [{"input": "a"}], "modle": "x"},
            {"tenant": "acme", "requests": [{"input": "a"}], "model": "gpt-5"},
            {"tenant": "acme", "job": "b1"},
        ],
        ids=str,
    )
    def test_an_input_that_is_no_batch_is_refused(self, given: dict[str, Any]) -> None:
        cloud = FakeCloud()
        cloud.backend.tenants.create("acme")
        with pytest.raises(Invalid):
            plan(execution(**given), cloud.backend)
        assert not list(cloud.backend.jobs.open())

    def test_a_tenant_that_there_is_not_is_refused(self) -> None:
        with pytest.raises(NotFound, match="acme"):
            plan(execution(tenant="acme", requests=[{"input": "a"}]), FakeCloud().backend)


class TestNothingToRun:
    @pytest.mark.parametrize(
        ("requests", "why"),
        [
            ([{"inptu": "a"}], "none of its 1 lines can be run; line 1"),
            ([{"input": "a", "model": "gpt-5"}] * 3, "none of its 3 lines can be run; line 1: 'gpt-5' is no model"),
        ],
        ids=["typing error", "model"],
    )
    def test_a_job_of_nothing_good_is_refused_and_keeps_its_flaws(self, requests: list[object], why: str) -> None:
        cloud = FakeCloud()
        job = cloud.upload("\n".join(map(json.dumps, requests)))
        for _ in range(2):
            with pytest.raises(JobRefused, match=why):
                plan(execution(**begin(job.id)), cloud.backend)
        refused = cloud.backend.jobs.get(job.ref)
        assert (refused.rejected, len(refused.samples), refused.total) == (len(requests), len(requests), 0)

    def test_it_fails_with_the_reason(self) -> None:
        cloud = FakeCloud()
        job = cloud.upload('{"inptu": "a"}')
        cloud.machine.settle()
        failed = cloud.backend.jobs.get(job.ref)
        assert failed.state is State.FAILED
        assert "line 1" in (failed.error or "")
        assert isinstance(cloud.workflow.ended(job.execution_name), Ended)


def test_an_upload_that_is_sent_again_is_not_what_was_handed_in() -> None:
    cloud = FakeCloud()
    job = cloud.upload('{"input": "mine"}')
    cloud.blobs.put("uploads/acme/input.jsonl", b'{"input": "of somebody who has the form"}')
    with pytest.raises(JobRefused, match="was changed after it was handed in"):
        cloud.run(job)
