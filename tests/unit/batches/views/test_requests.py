"""A batch's requests and responses, page by page."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fanfold.batches.batch_lane.collect import CollectShard, collect
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.commands import retry
from fanfold.batches.intake.takeover import BatchExecution
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.plan.plan import plan
from fanfold.batches.poll import poll
from fanfold.batches.views import requests
from fanfold.batches.views.requests import (
    Listing,
    RequestPage,
    RequestRow,
    ResponsePage,
    ResponseRow,
    list_requests,
    list_responses,
)
from fanfold.errors import Conflict, Invalid, NotFound
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import JobRef
from fanfold.providers import BatchLimits
from tests.fakes.cloud import FakeCloud

IDS = [f"id-{n}" for n in range(10)]


@pytest.fixture
def cloud() -> FakeCloud:
    cloud = FakeCloud()
    cloud.provider.refused, cloud.provider.missing = {"prompt 4"}, {"prompt 7"}
    return cloud


@pytest.fixture
def job(cloud: FakeCloud) -> BatchJob:
    return cloud.run(made(cloud))


def made(cloud: FakeCloud) -> BatchJob:
    return cloud.create([{"input": f"prompt {n}", "custom_id": name} for n, name in enumerate(IDS)])


def half(cloud: FakeCloud) -> BatchJob:
    """A job of which the first shard, of two chunks of three, is settled."""
    cloud.provider.batch_limits = BatchLimits(requests=6, bytes=1_000_000)
    job = made(cloud)
    plan(
        BatchExecution(id="arn:one", input={"tenant": "acme", "job": job.id, "run": 1, "correlation_id": "c"}),
        cloud.backend,
    )
    submit(SubmitShard(tenant="acme", job=job.id, shard=0, token="t"), cloud.backend)
    cloud.provider.end_all()
    poll(cloud.backend, lambda shard, error: None)
    collect(CollectShard(tenant="acme", job=job.id, shard=0), cloud.backend)
    return job


def pages(cloud: FakeCloud, job: BatchJob, **asked: Any) -> Iterator[list[RequestRow]]:
    cursor = None
    while True:
        page = list_requests(job.ref, Listing.model_validate(asked | {"cursor": cursor}), cloud.backend)
        yield page.requests
        if (cursor := page.cursor) is None:
            return


def rows(cloud: FakeCloud, job: BatchJob, **asked: Any) -> list[RequestRow]:
    return [row for page in pages(cloud, job, **asked) for row in page]


def answers(cloud: FakeCloud, job: BatchJob, **asked: Any) -> list[ResponseRow]:
    found, cursor = [], None
    while True:
        page = list_responses(job.ref, Listing.model_validate(asked | {"cursor": cursor}), cloud.backend)
        found += page.responses
        if (cursor := page.cursor) is None:
            return found


def ids(found: list[RequestRow] | list[ResponseRow]) -> list[str]:
    return [row.custom_id for row in found]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 9, 10, 11, 100])
def test_pages_of_any_size_hold_every_request_once(cloud: FakeCloud, job: BatchJob, limit: int) -> None:
    found = list(pages(cloud, job, limit=limit))
    assert ids([row for page in found for row in page]) == IDS
    assert [len(page) for page in found] == [limit] * (10 // limit) + [10 % limit] * bool(10 % limit)


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("succeeded", [0, 1, 2, 3, 5, 6, 8, 9]),
        ("failed", [4, 7]),
        ("expired", []),
        ("cancelled", []),
        ("pending", []),
    ],
)
@pytest.mark.parametrize("limit", [1, 100])
def test_a_status_is_picked_out(cloud: FakeCloud, job: BatchJob, status: str, wanted: list[int], limit: int) -> None:
    found = rows(cloud, job, status=status, limit=limit)
    assert ids(found) == [IDS[n] for n in wanted]
    assert {row.status for row in found} == ({status} if wanted else set())


def test_a_request_that_failed_says_why(cloud: FakeCloud, job: BatchJob) -> None:
    assert [(row.line, row.error and row.error.kind) for row in rows(cloud, job, status="failed")] == [
        (5, "refused"),
        (8, "missing"),
    ]


def test_while_it_runs_the_rest_is_pending(cloud: FakeCloud) -> None:
    job = half(cloud)
    assert ids(rows(cloud, job, limit=4)) == IDS
    assert ids(rows(cloud, job, status="pending", limit=3)) == IDS[6:]
    assert ids(rows(cloud, job, status="succeeded")) == [*IDS[:4], "id-5"]
    assert ids(answers(cloud, job, limit=2)) == IDS[:6]
    assert answers(cloud, job, status="pending") == []


def test_a_response_has_its_output_and_what_it_took(cloud: FakeCloud, job: BatchJob) -> None:
    found = answers(cloud, job)
    assert [row.output for row in found] == [None if n in (4, 7) else f"prompt {n}" for n in range(10)]
    assert (found[0].usage.input_tokens, found[0].error, found[4].error and found[4].error.kind) == (2, None, "refused")


@pytest.mark.parametrize(
    ("search", "wanted"), [("id-", IDS), ("-7", ["id-7"]), ("8", ["id-8"]), ("ID", []), ("prompt", [])]
)
def test_a_part_of_the_custom_id_is_searched_for(
    cloud: FakeCloud, job: BatchJob, search: str, wanted: list[str]
) -> None:
    assert ids(rows(cloud, job, search=search)) == wanted
    assert ids(answers(cloud, job, search=search, limit=1)) == wanted


def test_a_search_goes_together_with_a_status_and_a_running_batch(cloud: FakeCloud) -> None:
    job = half(cloud)
    assert ids(rows(cloud, job, search="4", status="failed")) == ["id-4"]
    assert ids(rows(cloud, job, search="4", status="succeeded")) == []
    assert ids(rows(cloud, job, search="8")) == ["id-8"]


@pytest.mark.parametrize("search", ['"', "\\", "è", "\U0001f642", '","line":', "\\n"])
def test_whatever_a_custom_id_holds_can_be_searched_for(cloud: FakeCloud, search: str) -> None:
    odd = f"a{search}b"
    job = cloud.run(cloud.create([{"input": "x", "custom_id": name} for name in ("plain", odd)]))
    assert ids(rows(cloud, job, search=search)) == [odd]


def test_results_in_several_reads_are_all_there(
    cloud: FakeCloud, job: BatchJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "RANGE", 150)
    assert ids(answers(cloud, job)) == IDS
    assert ids(answers(cloud, job, search="5")) == ["id-5"]


@pytest.mark.parametrize("limits", [{"READS": 1}, {"READ_BYTES": 1}, {"CHUNKS": 1}, {"CHUNKS": 2, "READS": 2}], ids=str)
@pytest.mark.parametrize("make", [half, lambda cloud: cloud.run(made(cloud))], ids=["running", "completed"])
def test_a_call_does_only_so_much_and_the_next_goes_on(
    cloud: FakeCloud, make: Callable[[FakeCloud], BatchJob], limits: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make(cloud)
    for name, value in limits.items():
        monkeypatch.setattr(requests, name, value)
    assert ids(rows(cloud, job, limit=100)) == IDS
    assert len(list(pages(cloud, job, limit=100))) > 1
    assert ids(rows(cloud, job, search="9")) == ["id-9"]
    assert [] in list(pages(cloud, job, search="9"))


def test_a_page_of_large_answers_ends_early(cloud: FakeCloud, job: BatchJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "PAGE_BYTES", 300)
    page = list_responses(job.ref, Listing(limit=100), cloud.backend)
    assert 0 < len(page.responses) < 10
    assert page.cursor
    assert ids(answers(cloud, job, limit=100)) == IDS


def test_an_answer_too_large_for_any_page_is_left_to_the_results(
    cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "PAGE_BYTES", 1000)
    job = cloud.run(cloud.create([{"input": "x" * 1001, "custom_id": "large"}, {"input": "y", "custom_id": "small"}]))
    large, small = answers(cloud, job)
    assert (large.output, small.output, small.omitted) == (None, "y", None)
    assert "1,001 bytes" in (large.omitted or "")


def cursor_of(cloud: FakeCloud, job: BatchJob) -> str:
    return str(list_requests(job.ref, Listing(limit=1), cloud.backend).cursor)


def forged(*place: object) -> str:
    return urlsafe_b64encode(str(list(place)).replace("'", '"').encode()).decode()


def test_a_cursor_of_another_batch_is_refused(cloud: FakeCloud, job: BatchJob) -> None:
    caller = Caller(tenant="acme", correlation_id="c", idempotency_key="another")
    other = cloud.run(cloud.create([{"input": "a"}, {"input": "b"}], caller))
    with pytest.raises(Invalid) as refused:
        list_requests(job.ref, Listing(cursor=cursor_of(cloud, other)), cloud.backend)
    assert refused.value.flaws[0].field == "cursor"


@pytest.mark.parametrize("place", [(), (0,), (99, 0), (-1, 0), (0, -1), ("a", 0), (0, 1.5), (0, 1, 2)], ids=str)
def test_a_cursor_that_is_none_of_ours_is_refused(cloud: FakeCloud, job: BatchJob, place: tuple[object, ...]) -> None:
    for list_them in (list_requests, list_responses):
        with pytest.raises(Invalid, match="cursor"):
            list_them(job.ref, Listing(cursor=forged(job.id, *place)), cloud.backend)


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA", "bnVsbA=="])
def test_a_cursor_that_is_nothing_is_refused(cloud: FakeCloud, job: BatchJob, cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        list_requests(job.ref, Listing(cursor=cursor), cloud.backend)


def test_a_cursor_outlives_what_it_is_asked_for_next(cloud: FakeCloud, job: BatchJob) -> None:
    cursor = cursor_of(cloud, job)
    page: ResponsePage | RequestPage = list_responses(job.ref, Listing(cursor=cursor, status="failed"), cloud.backend)
    assert isinstance(page, ResponsePage)
    assert ids(page.responses) == ["id-4", "id-7"]


def test_requests_are_listed_once_they_are_known(cloud: FakeCloud) -> None:
    with pytest.raises(Conflict, match="accepted"):
        list_requests(made(cloud).ref, Listing(), cloud.backend)


def test_a_batch_of_somebody_else_is_not_there(cloud: FakeCloud, job: BatchJob) -> None:
    for list_them in (list_requests, list_responses):
        with pytest.raises(NotFound):
            list_them(JobRef(tenant="other", job=job.id), Listing(), cloud.backend)


def test_a_retry_is_listed_as_it_came_out(cloud: FakeCloud, job: BatchJob) -> None:
    cloud.provider.refused.clear()
    cloud.provider.missing.clear()
    retry(job.ref, cloud.backend)
    cloud.machine.settle()
    assert ids(rows(cloud, job, status="succeeded")) == IDS
    assert rows(cloud, job, status="failed") == []
