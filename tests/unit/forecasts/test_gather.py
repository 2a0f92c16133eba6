"""The end of a forecast: exports in every form, what the portfolio came to, and the news of it."""

import io
import json

import pytest

from fanfold.errors import Conflict, Incomplete, Invalid, Superseded
from fanfold.forecasting import exports
from fanfold.forecasts import views
from fanfold.forecasts.gather import MOST_SERIES, gather
from fanfold.jobs.job import JobRef, State
from fanfold.jobs.life_cycle import cancel, delete
from tests.fakes.forecasts import FakePortfolios, monthly


@pytest.fixture
def cloud() -> FakePortfolios:
    return FakePortfolios()


SERIES = [monthly(f"s/{number}", level=10.0 * number) for number in range(9)] + [{"name": "bad", "values": [None]}]


def test_every_form_has_every_series(cloud: FakePortfolios) -> None:
    from openpyxl import load_workbook
    from pyarrow import parquet

    job = cloud.run(cloud.create(SERIES))
    forms = {name: cloud.blobs.follow(views.export_link(job.ref, name, cloud.backend)) for name in exports.names()}
    assert set(forms) == {"csv", "erp", "xlsx", "json", "html", "parquet"}
    assert set(json.loads(forms["json"])) == {one["name"] for one in SERIES}
    assert all(b"s/8" in forms[name] for name in ("csv", "erp", "html"))
    assert len(load_workbook(io.BytesIO(forms["xlsx"]), read_only=True).sheetnames) >= 1
    assert parquet.read_table(io.BytesIO(forms["parquet"])).num_rows > 9


def test_each_record_is_read_once_for_all_forms_and_lists(cloud: FakePortfolios) -> None:
    job = cloud.create(SERIES)
    given = json.loads(cloud.workflow.started[job.execution_name])
    for line in cloud.manifest(cloud.plan(cloud.workflow.arn(job.execution_name), given)):
        cloud.fit(line)
    read: list[str] = []
    get = cloud.blobs.get
    cloud.blobs.get = lambda key: read.append(key) or get(key)  # type: ignore[method-assign, func-returns-value]
    done = gather(job.ref, cloud.backend)
    found = sorted(key for key in read if "/results/" in key)
    assert found == [done.ref.results_key(chunk, 1) for chunk in range(done.chunks)]


def test_the_summary_counts_and_warns(cloud: FakePortfolios) -> None:
    job = cloud.run(cloud.create(SERIES, alert_below=1.0))
    summary = job.summary or {}
    assert summary["status"] == {"ok": 9, "failed": 1}
    assert "Combination" not in summary["models"]
    assert summary["review"] == {"below": 0.6, "count": 0}
    assert sum(summary["models"].values()) == sum(summary["patterns"].values()) == 10
    assert 0 < summary["mean_confidence"] <= 1
    assert views.show(job.ref, cloud.backend).outcome == "completed, 1 of 10 failed"
    assert (summary["alerts"]["count"], len(summary["alerts"]["first"])) == (9, 9)


def test_what_was_judged_is_told_by_the_forms_and_the_view(cloud: FakePortfolios) -> None:
    job = cloud.run(cloud.create([monthly("a", months=12)]))
    report = cloud.blobs.follow(views.export_link(job.ref, "html", cloud.backend))
    assert b"under 30 observations" in report
    assert [note.code for note in views.show(job.ref, cloud.backend).notes] == ["few_observations"]


def test_a_chunk_that_is_not_settled_is_waited_for(cloud: FakePortfolios) -> None:
    job = cloud.create(SERIES)
    given = json.loads(cloud.workflow.started[job.execution_name])
    lines = cloud.manifest(cloud.plan(cloud.workflow.arn(job.execution_name), given))
    cloud.fit(lines[0])
    with pytest.raises(Incomplete, match=f"1 of {len(lines)} chunks"):
        gather(job.ref, cloud.backend)
    assert cloud.finish(job, lines[1:]).state is State.COMPLETED


def test_gathering_again_changes_nothing(cloud: FakePortfolios) -> None:
    job = cloud.run(cloud.create(SERIES))
    objects = dict(cloud.blobs.objects)
    assert gather(job.ref, cloud.backend) == job
    assert cloud.blobs.objects == objects
    assert len(cloud.events.published) == 1


def test_the_end_is_told(cloud: FakePortfolios) -> None:
    job = cloud.run(cloud.create(SERIES))
    ((name, detail),) = cloud.events.published
    told = json.loads(detail)
    assert (name, told["job"], told["kind"], told["state"]) == ("Job ended", job.id, "forecast", "completed")
    assert (told["total"], told["succeeded"], told["failed"]) == (10, 9, 1)


def test_a_forecast_cancelled_before_anything_was_fitted_has_empty_results(cloud: FakePortfolios) -> None:
    job = cloud.create(SERIES)
    given = json.loads(cloud.workflow.started[job.execution_name])
    cloud.plan(cloud.workflow.arn(job.execution_name), given)
    cancel(job.ref, cloud.backend)
    done = gather(job.ref, cloud.backend)
    assert (done.state, done.counts.succeeded) == (State.CANCELLED, 0)
    assert json.loads(cloud.blobs.follow(views.export_link(job.ref, "json", cloud.backend))) == {}


def test_a_deleted_forecast_is_not_gathered(cloud: FakePortfolios) -> None:
    job = cloud.create(SERIES)
    delete(job.ref, cloud.backend)
    with pytest.raises(Superseded):
        gather(job.ref, cloud.backend)


def test_exports_are_for_the_end_and_of_known_forms(cloud: FakePortfolios) -> None:
    job = cloud.create(SERIES)
    with pytest.raises(Conflict, match="not complete"):
        views.export_link(job.ref, "csv", cloud.backend)
    with pytest.raises(Invalid, match="there are: csv"):
        views.export_link(JobRef(tenant="acme", job="f"), "docx", cloud.backend)


def test_a_workbook_has_its_limits(cloud: FakePortfolios, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MOST_SERIES, "xlsx", 9)
    job = cloud.run(cloud.create(SERIES))
    with pytest.raises(Conflict, match="10 series are too many for xlsx; there are: csv, erp, html, json, parquet"):
        views.export_link(job.ref, "xlsx", cloud.backend)
    assert views.export_link(job.ref, "csv", cloud.backend)


def test_a_view_of_a_series_has_everything(cloud: FakePortfolios) -> None:
    job = cloud.run(cloud.create(SERIES, preset="retail", language="it"))
    seen = views.show_series(job.ref, "s/3", views.Tongue(), cloud.backend)
    english = views.show_series(job.ref, "s/3", views.Tongue(language="en"), cloud.backend)
    assert seen.explanation != english.explanation
    assert (len(seen.result["mean"]), len(seen.result["history"])) == (3, 36)
    assert set(seen.result["intervals"]) == {"80", "95"}
    assert seen.result["stock"]["reorder_point"] > 0
    assert "digest" not in seen.result
    with pytest.raises(Invalid, match="no texts"):
        views.show_series(job.ref, "s/3", views.Tongue(language="xx"), cloud.backend)


def test_progress_counts_on_while_it_runs(cloud: FakePortfolios) -> None:
    job = cloud.create(SERIES)
    assert views.show(job.ref, cloud.backend).progress.percent == 0
    given = json.loads(cloud.workflow.started[job.execution_name])
    lines = cloud.manifest(cloud.plan(cloud.workflow.arn(job.execution_name), given))
    cloud.fit(lines[0])
    cloud.wait(10)
    seen = views.show(job.ref, cloud.backend).progress
    assert (seen.total, seen.done, seen.elapsed_seconds) == (10, seen.succeeded + seen.failed, 10.0)
    assert seen.eta_seconds == pytest.approx(10 * (10 - seen.done) / seen.done, abs=0.001)
    cloud.finish(job, lines[1:])
    cloud.wait(1000)
    end = views.show(job.ref, cloud.backend).progress
    assert (end.done, end.succeeded, end.failed, end.percent) == (10, 9, 1, 100)
    assert (end.elapsed_seconds, end.eta_seconds) == (10.0, None)
