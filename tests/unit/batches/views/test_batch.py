"""What tenants see of their batches."""

from typing import Any

import pytest

from fanfold.batches.batch_lane.collect import CollectShard, collect
from fanfold.batches.batch_lane.submit import SubmitShard, submit
from fanfold.batches.ending.finish import finish
from fanfold.batches.intake.takeover import BatchExecution
from fanfold.batches.model.batch import BatchJob
from fanfold.batches.plan.plan import plan
from fanfold.batches.poll import poll
from fanfold.batches.views import batch as views
from fanfold.batches.views.download import DownloadOptions, download
from fanfold.errors import Conflict, Invalid, NotFound
from fanfold.jobs import life_cycle
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import JobRef, State, Tokens
from fanfold.jobs.listing import JobFilter
from fanfold.jobs.rejects import rejects_link
from fanfold.providers import BatchLimits
from tests.fakes.cloud import FakeCloud


@pytest.fixture
def cloud() -> FakeCloud:
    cloud = FakeCloud()
    cloud.provider.batch_limits = BatchLimits(requests=3, bytes=1_000_000)
    return cloud


def planned(cloud: FakeCloud, requests: int = 7) -> BatchJob:
    job = cloud.create([{"input": f"prompt {n}", "custom_id": f"id-{n}"} for n in range(requests)])
    given = {"tenant": "acme", "job": job.id, "run": 1, "correlation_id": "c"}
    plan(BatchExecution(id="arn:one", input=given), cloud.backend)
    return job


def send(cloud: FakeCloud, job: BatchJob, shard: int) -> None:
    submit(SubmitShard(tenant="acme", job=job.id, shard=shard, token="t"), cloud.backend)


def end(cloud: FakeCloud) -> None:
    cloud.provider.end_all()
    poll(cloud.backend, lambda shard, error: None)


def test_a_receipt_is_what_never_changes(cloud: FakeCloud) -> None:
    job = cloud.create([{"input": "a"}])
    receipt = views.accepted(job, cloud.backend)
    assert views.accepted(cloud.run(job), cloud.backend) == receipt


def test_progress_goes_from_nothing_to_everything(cloud: FakeCloud) -> None:
    job = planned(cloud)
    seen = []

    def look() -> None:
        progress = views.show(job.ref, cloud.backend).progress
        assert progress
        seen.append((progress.done_at_provider, progress.done, progress.percent))

    look()
    for shard in range(3):
        send(cloud, job, shard)
        end(cloud)
        look()
        collect(CollectShard(tenant="acme", job=job.id, shard=shard), cloud.backend)
        look()
    assert seen == [(0, 0, 0), (3, 0, 0), (3, 3, 42), (6, 3, 42), (6, 6, 85), (7, 6, 85), (7, 7, 100)]


def test_a_batch_is_shown_with_what_it_was_asked(cloud: FakeCloud) -> None:
    job = cloud.create([{"input": "a"}, {"inptu": "b"}], name="mine", model="echo-3", metadata={"team": "docs"})
    shown = views.show(cloud.run(job).ref, cloud.backend)
    assert (shown.name, shown.model, shown.provider, shown.metadata) == ("mine", "echo-3", "openai", {"team": "docs"})
    assert (shown.state, shown.error, shown.rejected, len(shown.rejected_lines)) == (State.COMPLETED, None, 1, 1)
    assert (shown.progress.succeeded, shown.tokens) == (1, Tokens(input=2, output=1))
    assert shown.started_at is not None
    assert shown.finished_at is not None


def test_an_accepted_batch_has_no_figures_yet(cloud: FakeCloud) -> None:
    shown = views.show(cloud.create([{"input": "a"}]).ref, cloud.backend)
    assert (shown.state, shown.tokens) == (State.ACCEPTED, Tokens())
    assert not any(shown.progress.model_dump().values())


def test_pages_go_from_the_newest_to_the_oldest(cloud: FakeCloud) -> None:
    made = []
    for _ in range(5):
        made.append(cloud.create([{"input": "a"}], Caller(tenant="acme", correlation_id="c")).id)
        cloud.wait(1)
    cloud.create([{"input": "a"}], Caller(tenant="other", correlation_id="c"))
    found, cursor = [], None
    while True:
        page = views.page("acme", JobFilter(limit=2, cursor=cursor), cloud.backend)
        found += [batch.id for batch in page.batches]
        if (cursor := page.cursor) is None:
            break
    assert found == made[::-1]


def test_a_cursor_of_another_tenant_is_refused(cloud: FakeCloud) -> None:
    for _ in range(3):
        cloud.create([{"input": "a"}], Caller(tenant="acme", correlation_id="c"))
    cursor = views.page("acme", JobFilter(limit=1), cloud.backend).cursor
    with pytest.raises(Invalid):
        views.page("other", JobFilter(limit=1, cursor=cursor), cloud.backend)


def test_a_request_is_pending_until_its_chunk_is_settled(cloud: FakeCloud) -> None:
    job = planned(cloud)
    pending = views.show_request(job.ref, "id-4", cloud.backend)
    assert (pending.status, pending.result, pending.line) == ("pending", None, 5)
    for shard in (0, 1):
        send(cloud, job, shard)
        end(cloud)
        collect(CollectShard(tenant="acme", job=job.id, shard=shard), cloud.backend)
    settled = views.show_request(job.ref, "id-4", cloud.backend)
    assert settled.status == "succeeded"
    assert (settled.result or {})["output"] == "prompt 4"
    assert views.show_request(job.ref, "id-6", cloud.backend).status == "pending"


def test_requests_are_not_known_before_planning(cloud: FakeCloud) -> None:
    job = cloud.create([{"input": "a", "custom_id": "x"}])
    with pytest.raises(Conflict, match="accepted"):
        views.show_request(job.ref, "x", cloud.backend)


def test_a_custom_id_may_be_any_text(cloud: FakeCloud) -> None:
    names = ["a/b", "a b", "%2F", "è", "\U0001f642", "'\"\\", "x" * 256]
    job = cloud.run(cloud.create([{"input": name, "custom_id": name} for name in names]))
    for name in names:
        assert (views.show_request(job.ref, name, cloud.backend).result or {})["output"] == name


def test_links_lead_to_results_and_rejects(cloud: FakeCloud) -> None:
    job = cloud.run(cloud.create([{"input": "a"}, {"inptu": "b"}]))
    assert b'"output":"a"' in cloud.blobs.follow(str(download(job.ref, DownloadOptions(), cloud.backend)))
    assert b"inptu" in cloud.blobs.follow(rejects_link(job.ref, cloud.backend.jobs, cloud.backend.blobs))


def test_without_rejects_there_is_no_link_to_them(cloud: FakeCloud) -> None:
    job = cloud.run(cloud.create([{"input": "a"}]))
    with pytest.raises(NotFound):
        rejects_link(job.ref, cloud.backend.jobs, cloud.backend.blobs)


@pytest.mark.parametrize(
    "look",
    [
        views.show,
        lambda ref, backend: download(ref, DownloadOptions(), backend),
        lambda ref, backend: rejects_link(ref, backend.jobs, backend.blobs),
        lambda ref, backend: views.show_request(ref, "id-0", backend),
    ],
    ids=["show", "results", "rejected", "request"],
)
def test_a_batch_of_somebody_else_is_not_there(cloud: FakeCloud, look: object) -> None:
    job = cloud.run(cloud.create([{"input": "a"}, {"inptu": "b"}]))
    with pytest.raises(NotFound):
        look(JobRef(tenant="other", job=job.id), cloud.backend)  # type: ignore[operator]


def caller(n: int) -> Caller:
    return Caller(tenant="acme", correlation_id="c", idempotency_key=f"{n}")


class TestFinding:
    def test_what_is_asked_for_is_found_in_the_service(self, cloud: FakeCloud) -> None:
        for n in range(30):
            options = {"tags": ["ten"] if n % 10 == 0 else [], "name": f"Mails {n}"}
            cloud.create(
                [{"input": f"{n}"}], Caller(tenant="acme", correlation_id="c", idempotency_key=f"{n}"), **options
            )
            cloud.wait(1)

        def names(**asked: Any) -> list[str | None]:
            found, cursor = list[str | None](), None
            while True:
                page = views.page("acme", JobFilter(cursor=cursor, **asked), cloud.backend)
                found += [batch.name for batch in page.batches]
                if (cursor := page.cursor) is None:
                    return found

        assert names(tag="ten", limit=2) == ["Mails 20", "Mails 10", "Mails 0"]
        assert names(name="mails 2", limit=3) == [f"Mails {n}" for n in (*range(29, 19, -1), 2)]
        assert names(state="completed") == names(tag="none") == []
        assert len(names(state="accepted", limit=7)) == 30

    def test_a_page_reads_no_more_than_it_may(self, cloud: FakeCloud) -> None:
        for n in range(25):
            cloud.create([{"input": f"{n}"}], caller(n))
        page = views.page("acme", JobFilter(tag="none", limit=1), cloud.backend)
        assert page.batches == []
        assert page.cursor


def test_a_cancelled_batch_is_not_done() -> None:
    cloud = FakeCloud()
    cloud.provider.early = {"prompt 0"}
    job = planned(cloud, 4)
    submit(SubmitShard(tenant="acme", job=job.id, shard=0, token="t"), cloud.backend)
    life_cycle.cancel(job.ref, cloud.backend)
    cloud.provider.cancel("batch-0")
    poll(cloud.backend, lambda shard, error: None)
    collect(CollectShard(tenant="acme", job=job.id, shard=0), cloud.backend)
    finish(job.ref, cloud.backend)
    shown = views.show(job.ref, cloud.backend)
    assert (shown.state, shown.progress.succeeded, shown.progress.failed) == (State.CANCELLED, 1, 3)
    assert shown.progress
    assert (shown.progress.cancelled, shown.progress.done, shown.progress.percent) == (3, 1, 25)
