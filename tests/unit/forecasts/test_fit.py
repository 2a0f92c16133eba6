"""Chunks fitted: once, and not again for as long as nothing changes; what fails fails alone."""

import json
from typing import Any

import pytest

from fanfold.errors import Superseded
from fanfold.forecasts.commands import retry
from fanfold.forecasts.fit import FitChunk, FittedChunk
from fanfold.forecasts.job import ForecastJob
from fanfold.jobs.job import State
from fanfold.jobs.life_cycle import cancel
from tests.fakes.forecasts import ACME, FakePortfolios, monthly

FAILURE = {"Error": "MemoryError", "Cause": json.dumps({"errorMessage": "out of memory"})}
EMPTY = {"name": "nothing in it", "values": [None, None]}


@pytest.fixture
def cloud() -> FakePortfolios:
    return FakePortfolios()


def begun(cloud: FakePortfolios, job: ForecastJob) -> list[FitChunk]:
    given = json.loads(cloud.workflow.started[job.execution_name])
    return cloud.manifest(cloud.plan(cloud.workflow.arn(job.execution_name), given))


def portfolio(count: int = 6, **last: Any) -> list[dict[str, Any]]:
    return [monthly(f"series {number}") for number in range(count - 1)] + [monthly("last", **last)]


def asked_again(cloud: FakePortfolios, series: list[Any], key: str = "again", **config: Any) -> ForecastJob:
    return cloud.run(cloud.create(series, ACME.model_copy(update={"idempotency_key": key}), **config))


def test_a_settled_chunk_is_left_alone(cloud: FakePortfolios) -> None:
    lines = begun(cloud, cloud.create(portfolio()))
    assert sum(cloud.fit(line).fitted for line in lines) == 6
    objects = dict(cloud.blobs.objects)
    assert [cloud.fit(line) for line in lines] == [FittedChunk()] * len(lines)
    assert cloud.blobs.objects == objects


def test_an_unchanged_portfolio_is_not_fitted_again(cloud: FakePortfolios) -> None:
    first = cloud.run(cloud.create(portfolio()))
    cloud.fitted.clear()
    second = asked_again(cloud, portfolio())
    assert (sum(each.fitted for each in cloud.fitted), sum(each.reused for each in cloud.fitted)) == (0, 6)
    assert cloud.records(second) == cloud.records(first)


def test_a_changed_series_is_fitted_and_the_others_taken_over(cloud: FakePortfolios) -> None:
    cloud.run(cloud.create(portfolio()))
    cloud.fitted.clear()
    asked_again(cloud, portfolio(level=500.0))
    assert sum(each.fitted for each in cloud.fitted) == 1


def test_another_name_for_the_portfolio_changes_no_number_and_another_horizon_does(cloud: FakePortfolios) -> None:
    cloud.run(cloud.create(portfolio()))
    cloud.fitted.clear()
    asked_again(cloud, portfolio(), name="Spring", tags=["x"], alert_below=0.9, max_series=100)
    assert sum(each.fitted for each in cloud.fitted) == 0
    asked_again(cloud, portfolio(), "longer", horizon=4)
    assert sum(each.fitted for each in cloud.fitted) == 6


def test_another_tenant_shares_nothing(cloud: FakePortfolios) -> None:
    cloud.run(cloud.create(portfolio()))
    cloud.backend.tenants.create("other")
    cloud.fitted.clear()
    cloud.run(cloud.create(portfolio(), ACME.model_copy(update={"tenant": "other"})))
    assert sum(each.fitted for each in cloud.fitted) == 6


def test_kept_results_that_are_gone_are_made_anew(cloud: FakePortfolios) -> None:
    first = cloud.run(cloud.create(portfolio()))
    cloud.blobs.remove_under(first.ref.folder + "results/")
    cloud.fitted.clear()
    asked_again(cloud, portfolio())
    assert sum(each.fitted for each in cloud.fitted) == 6


def test_a_bad_series_fails_alone(cloud: FakePortfolios) -> None:
    job = cloud.run(cloud.create([*portfolio(), EMPTY]))
    assert (job.state, job.counts.succeeded, job.counts.failed) == (State.COMPLETED, 6, 1)
    assert cloud.record(job, "nothing in it")["reason"] == "no observation"


def test_a_chunk_that_cannot_be_fitted_says_so_in_each_of_its_series(cloud: FakePortfolios) -> None:
    job = cloud.create(portfolio())
    first, *rest = begun(cloud, job)
    cloud.fit(first.model_copy(update={"failure": FAILURE}))
    done = cloud.finish(job, rest)
    assert 0 < done.counts.failed < 6
    failed = [each for each in cloud.all_records(done) if each["status"] == "failed"]
    assert {each["reason"] for each in failed} == {"not fitted: out of memory"}


def test_a_retry_fits_what_failed_and_only_that(cloud: FakePortfolios) -> None:
    job = cloud.create(portfolio())
    first, *rest = begun(cloud, job)
    cloud.fit(first.model_copy(update={"failure": FAILURE}))
    done = cloud.finish(job, rest)
    kept = {each["name"]: each for each in cloud.all_records(done) if each["status"] != "failed"}
    cloud.fitted.clear()
    again = cloud.run(retry(job.ref, cloud.backend))
    assert (again.state, again.round, again.counts.failed, again.counts.succeeded) == (State.COMPLETED, 2, 0, 6)
    assert sum(each.fitted for each in cloud.fitted) == done.counts.failed
    assert {name: record for name, record in cloud.record_by_name(again).items() if name in kept} == kept


def test_a_retry_keeps_the_good_series_of_a_chunk_also_where_nothing_is_cached(cloud: FakePortfolios) -> None:
    job = cloud.run(cloud.create([monthly("a"), EMPTY, monthly("b")]))
    before = cloud.record_by_name(job)
    cloud.blobs.remove_under("cache/")
    cloud.fitted.clear()
    again = cloud.run(retry(job.ref, cloud.backend))
    assert sum(each.fitted for each in cloud.fitted) == 1
    assert cloud.record_by_name(again) == before


def test_what_was_written_before_a_crash_is_settled_without_fitting(cloud: FakePortfolios) -> None:
    job = cloud.create(portfolio(3))
    (line,) = begun(cloud, job)
    cloud.fit(line)
    cloud.table.remove(job.ref.key("C#000000"))
    assert cloud.fit(line).fitted == 0
    assert len(cloud.all_records(cloud.finish(job, []))) == 3


def test_a_cancelled_forecast_is_fitted_no_further(cloud: FakePortfolios) -> None:
    job = cloud.create(portfolio())
    first, *rest = begun(cloud, job)
    cloud.fit(first)
    cancel(job.ref, cloud.backend)
    done = cloud.finish(job, rest)
    assert done.state is State.CANCELLED
    assert 0 < done.counts.succeeded < 6
    assert len(cloud.all_records(done)) == done.counts.succeeded
    assert set(cloud.records(done)) == {each["name"] for each in cloud.all_records(done)}


def test_a_forecast_that_is_over_is_not_fitted(cloud: FakePortfolios) -> None:
    job = cloud.create(portfolio(2))
    lines = begun(cloud, job)
    cloud.finish(job, lines)
    with pytest.raises(Superseded):
        cloud.fit(lines[0])
