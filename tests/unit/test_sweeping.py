"""Sweepers: one item that can't be moved on is told, and holds up no other."""

from typing import Any

import pytest

from fanfold.errors import Superseded
from fanfold.jobs.identity import Caller
from fanfold.jobs.job import JobRef
from fanfold.jobs.life_cycle import delete
from fanfold.jobs.sweep import sweep
from fanfold.sweeping import SweepRound
from fanfold.writing.session import SessionOptions
from fanfold.writing.session_commands import create_session
from fanfold.writing.sweep import sweep as sweep_writing
from tests.fakes.cloud import ACME, FakeCloud
from tests.fakes.forecasts import FakePortfolios, monthly
from tests.fakes.journal import FakeJournal
from tests.fakes.writing import Studio


def broken(*given: Any) -> Any:
    raise RuntimeError("out of order")


class TestARound:
    def test_what_fails_is_noted_and_what_works_is_answered(self) -> None:
        swept = SweepRound()
        assert swept.attempt("a", broken) is None
        assert swept.attempt("b", lambda: "done") == "done"
        assert [(each.item, each.error, each.message) for each in swept.failures] == [
            ("a", "RuntimeError", "out of order")
        ]

    def test_what_somebody_else_has_moved_is_no_failure(self) -> None:
        def moved() -> None:
            raise Superseded("it has moved on")

        swept = SweepRound()
        assert swept.attempt("a", moved) is None
        assert swept.failures == []


def callers() -> list[Caller]:
    return [ACME.model_copy(update={"idempotency_key": key}) for key in ("first", "second", "third")]


def spoil(cloud: Any, ref: JobRef) -> None:
    """Make the job's item one that can't be read as a job."""
    item = cloud.table.items[next(key for key in cloud.table.items if key[0] == ref.partition and key[1] == "META")]
    item["state"] = "no state at all"


def test_batches_go_on_past_one_whose_execution_cannot_be_asked_after(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = FakeCloud()
    jobs = [cloud.create([{"input": "a"}], caller) for caller in callers()]
    cloud.starts.messages.clear()
    cloud.wait(cloud.settings.accept_grace_seconds)
    asked = cloud.workflow.ended
    monkeypatch.setattr(
        cloud.workflow, "ended", lambda name: broken() if name == jobs[0].execution_name else asked(name)
    )
    swept = sweep(cloud.backend)
    assert (swept.open, swept.started, [each.item for each in swept.failures]) == (3, 2, [jobs[0].ref.partition])


def test_batches_go_on_past_an_item_that_is_no_job() -> None:
    cloud = FakeCloud()
    jobs = [cloud.create([{"input": "a"}], caller) for caller in callers()]
    cloud.starts.messages.clear()
    spoil(cloud, jobs[1].ref)
    cloud.wait(cloud.settings.accept_grace_seconds)
    swept = sweep(cloud.backend)
    assert (swept.started, [each.item for each in swept.failures]) == (2, [jobs[1].ref.partition])


def test_forecasts_go_on_past_one_that_cannot_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = FakePortfolios()
    jobs = [cloud.create([monthly("a")], caller) for caller in callers()]
    for job in jobs:
        delete(job.ref, cloud.backend)
    remove = cloud.blobs.remove_under
    monkeypatch.setattr(
        cloud.blobs, "remove_under", lambda prefix: broken() if prefix == jobs[0].ref.folder else remove(prefix)
    )
    swept = sweep(cloud.backend)
    assert (swept.removed, [each.item for each in swept.failures]) == (2, [jobs[0].ref.partition])


def test_writing_goes_on_past_a_session_whose_removal_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    studio = Studio()
    sessions = [create_session(SessionOptions(), caller, studio.backend) for caller in callers()]
    studio.now = studio.now.replace(year=2028)
    start = studio.workflow.start
    monkeypatch.setattr(
        studio.workflow, "start", lambda name, given: broken() if sessions[0].id in name else start(name, given)
    )
    swept = sweep_writing(studio.backend)
    assert swept.idle == 2
    assert {each.item for each in swept.failures} == {sessions[0].ref.partition}


def test_the_journal_goes_on_past_a_tenant_whose_hour_cannot_be_flushed(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = FakeJournal()
    journal.post("a", tenant="acme")
    journal.post("b", tenant="zeta")
    page = journal.table.page
    monkeypatch.setattr(
        journal.table, "page", lambda query: broken() if "acme" in query.partition and not query.index else page(query)
    )
    swept = journal.sweep()
    assert (swept.flushed, len(swept.failures)) == (1, 1)
    assert "acme" in swept.failures[0].item
