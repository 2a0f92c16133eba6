"""Outcomes, in whatever order, put back where they belong."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.batches.batch_lane.collect import CollectShard, FailedLine, collect
from fanfold.batches.batch_lane.spill import SPILL_BYTES, Spill
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.ending.finish import finish
from fanfold.batches.intake.takeover import BatchExecution
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.shard import ShardState
from fanfold.batches.plan.plan import plan
from fanfold.errors import Incomplete, ProviderRefused, ProviderUnavailable, Superseded
from fanfold.jobs.job import Counts, State
from fanfold.providers import Fault, Outcome, Status, Usage
from tests.fakes.cloud import FakeCloud

REFUSED = {"Error": "ProviderRefused", "Cause": '{"errorMessage": "no credit left"}'}
TIMEOUT = {"Error": "States.Timeout", "Cause": ""}
Change = Callable[[list[Outcome]], list[Outcome]]


def submitted(cloud: FakeCloud, requests: int = 7) -> BatchJob:
    job = cloud.create([{"input": f"prompt {n}", "custom_id": f"id-{n}"} for n in range(requests)])
    given = {"tenant": "acme", "job": job.id, "run": 1, "correlation_id": "c"}
    plan(BatchExecution(id="arn:one", input=given), cloud.backend)
    submit(SubmitShard(tenant="acme", job=job.id, shard=0, token="t"), cloud.backend)
    return job


def gather(cloud: FakeCloud, job: BatchJob, failure: dict[str, str] | None = None) -> None:
    command = CollectShard(tenant="acme", job=job.id, shard=0, failure=failure and FailedLine.model_validate(failure))
    assert collect(command, cloud.backend).state is ShardState.COLLECTED


def finished(cloud: FakeCloud, job: BatchJob) -> list[dict[str, Any]]:
    finish(job.ref, cloud.backend)
    return cloud.results(job)


def kinds(results: list[dict[str, Any]]) -> list[str | None]:
    return [result.get("error", {}).get("kind") for result in results]


def test_results_are_in_the_order_of_the_input() -> None:
    cloud = FakeCloud()
    job = submitted(cloud)
    cloud.provider.end_all()
    gather(cloud, job)
    assert finished(cloud, job)[3] == {
        "custom_id": "id-3",
        "line": 4,
        "row": 3,
        "status": "succeeded",
        "output": "prompt 3",
        "finish_reason": None,
        "usage": {"input_tokens": 2, "output_tokens": 1, "cached_tokens": 0, "reasoning_tokens": 0},
    }
    assert [result["output"] for result in cloud.results(job)] == [f"prompt {n}" for n in range(7)]


@given(st.randoms(use_true_random=False), st.integers(1, 20), st.lists(st.integers(0, 19), max_size=10))
def test_any_order_and_any_doubles_give_every_result_once(shuffler: Any, requests: int, doubled: list[int]) -> None:
    cloud = FakeCloud()

    def on_the_way(outcomes: list[Outcome]) -> list[Outcome]:
        late = [outcomes[n % len(outcomes)] for n in doubled]
        shuffler.shuffle(outcomes)
        return outcomes + late

    cloud.provider.on_the_way = on_the_way
    job = submitted(cloud, requests)
    cloud.provider.end_all()
    gather(cloud, job)
    assert [result["output"] for result in finished(cloud, job)] == [f"prompt {n}" for n in range(requests)]
    assert cloud.backend.jobs.counts(job.ref) == Counts(
        succeeded=requests, input_tokens=2 * requests, output_tokens=requests
    )


def test_the_first_outcome_of_a_request_counts() -> None:
    cloud = FakeCloud()

    def twice(outcomes: list[Outcome]) -> list[Outcome]:
        other = Outcome(id=outcomes[0].id, status=Status.FAILED, error=Fault(kind="later", message="no"))
        return [*outcomes, other]

    cloud.provider.on_the_way = twice
    job = submitted(cloud)
    cloud.provider.end_all()
    gather(cloud, job)
    assert kinds(finished(cloud, job)) == [None] * 7


@pytest.mark.parametrize("id", ["", "x", "9-9", "0-99", "0", "-", "0-x", "-1-0", "a-0", "0-0-0", "\u00b2-0", "99-0"])
def test_an_outcome_of_an_unknown_id_changes_nothing(id: str) -> None:
    cloud = FakeCloud()
    cloud.provider.on_the_way = lambda outcomes: [
        Outcome(id=id, status=Status.FAILED, error=Fault(kind="foreign", message="whose?")),
        *outcomes,
    ]
    job = submitted(cloud)
    cloud.provider.end_all()
    gather(cloud, job)
    assert kinds(finished(cloud, job)) == [None] * 7


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (lambda outcomes: outcomes[:3], [3, 4, 5, 6]),
        (lambda outcomes: outcomes[1::2], [0, 2, 4, 6]),
        (lambda outcomes: [], list(range(7))),
    ],
    ids=["truncated", "with holes", "empty"],
)
def test_what_the_output_does_not_hold_is_missing_by_name(change: Change, missing: list[int]) -> None:
    cloud = FakeCloud()
    cloud.provider.on_the_way = change
    job = submitted(cloud)
    cloud.provider.end_all()
    gather(cloud, job)
    results = finished(cloud, job)
    assert [n for n, kind in enumerate(kinds(results)) if kind == "missing"] == missing
    assert [result["custom_id"] for result in results] == [f"id-{n}" for n in range(7)]
    assert cloud.backend.jobs.counts(job.ref).failed == len(missing)


def test_every_status_is_told_and_all_but_success_counts_as_failed() -> None:
    cloud = FakeCloud()
    cloud.provider.on_the_way = lambda outcomes: [
        outcome.model_copy(update={"status": status, "usage": Usage(input_tokens=n, reasoning_tokens=1)})
        for n, (outcome, status) in enumerate(zip(outcomes, Status, strict=True))
    ]
    job = submitted(cloud, len(Status))
    cloud.provider.end_all()
    gather(cloud, job)
    assert [result["status"] for result in finished(cloud, job)] == [status.value for status in Status]
    counts = Counts(succeeded=1, failed=3, cancelled=1, input_tokens=6, reasoning_tokens=4)
    assert cloud.backend.jobs.counts(job.ref) == counts


def test_a_batch_that_was_turned_down_gives_its_reason_to_every_request() -> None:
    cloud = FakeCloud()
    cloud.provider.failure = "line 3: too hot"
    job = submitted(cloud)
    cloud.provider.end_all()
    gather(cloud, job)
    results = finished(cloud, job)
    assert kinds(results) == ["batch_failed"] * 7
    assert {result["error"]["message"] for result in results} == {"line 3: too hot"}


def test_a_batch_under_way_is_not_collected() -> None:
    cloud = FakeCloud()
    job = submitted(cloud)
    with pytest.raises(Incomplete, match="batch-0"):
        gather(cloud, job)
    assert cloud.backend.jobs.counts(job.ref) == Counts()


def test_a_shard_that_was_given_up_says_why() -> None:
    cloud = FakeCloud()
    job = submitted(cloud)
    gather(cloud, job, REFUSED)
    results = finished(cloud, job)
    assert {(result["error"]["kind"], result["error"]["message"]) for result in results} == {
        ("given_up", "no credit left")
    }
    assert cloud.backend.jobs.counts(job.ref).failed == 7


def test_a_timeout_keeps_what_the_provider_has_done() -> None:
    cloud = FakeCloud()
    cloud.provider.on_the_way = lambda outcomes: outcomes[:5]
    job = submitted(cloud)
    cloud.provider.end_all()
    gather(cloud, job, TIMEOUT)
    assert kinds(finished(cloud, job)) == [None] * 5 + ["given_up"] * 2


def test_a_timeout_of_a_batch_under_way_gives_it_up() -> None:
    cloud = FakeCloud()
    job = submitted(cloud)
    gather(cloud, job, TIMEOUT)
    assert kinds(finished(cloud, job)) == ["given_up"] * 7


def test_a_provider_that_is_away_is_asked_again() -> None:
    cloud = FakeCloud()
    job = submitted(cloud)
    cloud.provider.end_all()
    cloud.provider.trouble["outcomes"] = ProviderUnavailable("502")
    with pytest.raises(ProviderUnavailable):
        gather(cloud, job)
    cloud.provider.trouble.clear()
    gather(cloud, job)
    assert kinds(finished(cloud, job)) == [None] * 7


def test_what_is_settled_stays_settled_when_the_rest_is_given_up() -> None:
    """The first collect died after one chunk; then the provider would not give the output again."""
    cloud = FakeCloud()
    job = submitted(cloud)
    cloud.provider.end_all()
    gather(cloud, job)
    for n in (1, 2):
        cloud.table.remove(job.ref.key(f"C#{n:06d}"))
    shard = job.ref.key("S#0000")
    cloud.table.items[shard]["state"] = "ended"
    gather(cloud, job, REFUSED)
    results = finished(cloud, job)
    assert kinds(results) == [None] * 3 + ["given_up"] * 4
    assert cloud.backend.jobs.get(job.ref).counts.succeeded == 3


def test_collecting_again_changes_nothing() -> None:
    cloud = FakeCloud()
    job = submitted(cloud)
    cloud.provider.end_all()
    gather(cloud, job)
    before, writes = dict(cloud.blobs.objects), cloud.table.writes
    cloud.provider.trouble["outcomes"] = ProviderRefused("gone")
    gather(cloud, job)
    assert (cloud.blobs.objects, cloud.table.writes) == (before, writes)


def test_finish_waits_for_every_chunk() -> None:
    cloud = FakeCloud()
    job = submitted(cloud)
    with pytest.raises(Incomplete, match="0 of 3"):
        finish(job.ref, cloud.backend)
    assert cloud.backend.jobs.get(job.ref).state is State.RUNNING


def test_finish_leaves_a_stopped_job_alone() -> None:
    cloud = FakeCloud()
    job = submitted(cloud)
    cloud.provider.end_all()
    gather(cloud, job)
    cloud.backend.jobs.move(cloud.backend.jobs.get(job.ref), state=State.FAILED)
    with pytest.raises(Superseded):
        finish(job.ref, cloud.backend)
    assert cloud.backend.jobs.get(job.ref).state is State.FAILED


def test_more_outcomes_than_memory_holds_are_spilled(tmp_path: Any) -> None:
    spill = Spill(tmp_path, "tag")
    text = "x" * (SPILL_BYTES // 10)
    for n in range(25):
        spill.add(Outcome(id=f"{n % 2}-{n}-tag", status=Status.SUCCEEDED, output=text + str(n)))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) > SPILL_BYTES
    found = spill.of(0) | spill.of(1)
    assert {n: (outcome.output or "")[len(text) :] for n, outcome in found.items()} == {n: str(n) for n in range(25)}


def test_results_keep_the_providers_own_answer() -> None:
    cloud = FakeCloud()
    response = {"choices": [{"message": {"content": None}}], "deep": [{"n": 1.5}, None]}
    cloud.provider.on_the_way = lambda outcomes: [each.model_copy(update={"response": response}) for each in outcomes]
    job = submitted(cloud, 1)
    cloud.provider.end_all()
    gather(cloud, job)
    assert finished(cloud, job)[0]["response"] == response
    assert json.loads(cloud.blobs.get(cloud.backend.chunks.all(job.ref).__next__().results))["custom_id"] == "id-0"
