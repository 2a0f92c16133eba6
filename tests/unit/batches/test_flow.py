"""A batch from its request to its results, on fakes."""

import json
from typing import Any

import pytest

from fanfold.batches.intake.create import CreateBatch, create_batch
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.views import batch as views
from fanfold.batches.views.download import DownloadOptions, download
from fanfold.errors import Conflict, Invalid, JobRefused, KeyReused, NotFound
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import Counts, JobRef, State
from tests.fakes.cloud import FakeCloud

CALLER = Caller(tenant="acme", correlation_id="c-1", idempotency_key="k-1")


def created(cloud: FakeCloud, requests: list[object], **options: Any) -> BatchJob:
    return create_batch(CreateBatch.model_validate({"requests": requests, **options}), CALLER, cloud.backend)


def results(cloud: FakeCloud, job: BatchJob) -> list[dict[str, object]]:
    return [json.loads(line) for line in cloud.blobs.get(job.ref.folder + "results.jsonl").splitlines()]


def test_every_request_gets_its_own_answer_in_input_order() -> None:
    cloud = FakeCloud()
    job = cloud.run(created(cloud, [{"input": f"prompt {n}"} for n in range(10)]))

    assert job.state is State.COMPLETED
    assert (job.total, job.chunks, job.counts.succeeded) == (10, 4, 10)
    assert [result["output"] for result in results(cloud, job)] == [f"prompt {n}" for n in range(10)]


def test_bad_lines_are_named_and_take_nothing_good_down() -> None:
    cloud = FakeCloud()
    requests = [{"input": "a", "custom_id": "x"}, {"inptu": "b"}, {"input": "c", "custom_id": "x"}, {"input": "d"}]
    job = cloud.run(created(cloud, requests))  # type: ignore[arg-type]

    assert [result["output"] for result in results(cloud, job)] == ["a", "d"]
    assert job.rejected == 2
    assert {sample["line"]: sample["field"] for sample in job.samples} == {2: "inptu", 3: "custom_id"}


def test_a_request_without_an_answer_gets_an_error_of_its_own() -> None:
    cloud = FakeCloud()
    cloud.provider.missing, cloud.provider.refused = {"b"}, {"c"}
    job = cloud.run(created(cloud, [{"input": text} for text in "abc"]))

    assert job.counts == Counts(succeeded=1, failed=2, input_tokens=2, output_tokens=1)
    assert [result.get("error", {}).get("kind") for result in results(cloud, job)] == [None, "missing", "refused"]  # type: ignore[attr-defined]


def test_a_job_of_nothing_good_is_refused_with_the_reason() -> None:
    cloud = FakeCloud()
    job = cloud.upload('{"nothing": 1}')
    with pytest.raises(JobRefused, match="line 1"):
        cloud.run(job)


def test_inline_requests_of_which_none_is_good_are_refused_at_once() -> None:
    cloud = FakeCloud()
    with pytest.raises(Invalid, match="none of its 9 requests can be run") as refused:
        created(cloud, [{"nothing": 1}] * 9)
    assert [(flaw.line, flaw.field) for flaw in refused.value.flaws] == [(n, "nothing") for n in range(1, 6)]
    with pytest.raises(Invalid, match="'text'; the fields are: txt"):
        created(cloud, [{"txt": "a"}], template="{text}")
    assert not cloud.starts.messages


def test_one_request_is_found_by_its_custom_id() -> None:
    cloud = FakeCloud()
    requests = [{"input": f"prompt {n}", "custom_id": f"id/{n}"} for n in range(50)]
    job = cloud.run(created(cloud, requests))  # type: ignore[arg-type]

    for n in range(50):
        found = views.show_request(job.ref, f"id/{n}", cloud.backend)
        assert (found.line, found.status, found.result and found.result["output"]) == (
            n + 1,
            "succeeded",
            f"prompt {n}",
        )
    with pytest.raises(NotFound):
        views.show_request(job.ref, "id/50", cloud.backend)


def test_a_replay_is_the_same_job_and_another_body_is_refused() -> None:
    cloud = FakeCloud()
    first = created(cloud, [{"input": "a"}])
    assert created(cloud, [{"input": "a"}]) == first
    assert len(cloud.starts.messages) == 1
    with pytest.raises(KeyReused):
        created(cloud, [{"input": "b"}])


def test_a_foreign_job_is_not_there() -> None:
    cloud = FakeCloud()
    job = cloud.run(created(cloud, [{"input": "a"}]))
    with pytest.raises(NotFound):
        views.show(JobRef(tenant="other", job=job.id), cloud.backend)


def test_results_come_only_when_they_are_complete() -> None:
    cloud = FakeCloud()
    job = created(cloud, [{"input": "a"}])
    with pytest.raises(Conflict, match="accepted"):
        download(job.ref, DownloadOptions(), cloud.backend)
    cloud.run(job)
    assert job.id in str(download(job.ref, DownloadOptions(), cloud.backend))
