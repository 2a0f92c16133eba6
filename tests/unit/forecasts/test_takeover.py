"""Executions that did not come from the API: files that were dropped, and portfolios given in the console."""

import json
from typing import Any

import pytest

from fanfold.errors import Invalid, NotFound, Superseded
from fanfold.forecasts import rules
from fanfold.forecasts.commands import halt_execution
from fanfold.forecasts.execution import ForecastExecution
from fanfold.forecasts.job import ForecastJob
from fanfold.jobs import life_cycle
from fanfold.jobs.job import State
from fanfold.ports import Ended
from tests.fakes.blobs import etag_of
from tests.fakes.forecasts import CHEAP, FakePortfolios, monthly

KEY = "inbox/acme/forecasts/spring/shop.csv"
FILE = b"series_name,date,value\n" + b"".join(b"a,2024-%02d-01,%d\n" % (month, month) for month in range(1, 13))


@pytest.fixture
def cloud() -> FakePortfolios:
    cloud = FakePortfolios()
    cloud.blobs.put(KEY, FILE)
    cloud.blobs.put(KEY + ".options.json", json.dumps(CHEAP).encode())
    return cloud


def event(key: str = KEY, version: str = "1") -> dict[str, Any]:
    return {"id": "e-1", "detail": {"object": {"key": key, "version-id": version}}}


def test_a_deleted_forecast_takes_its_file_along_unless_it_is_another_by_now(cloud: FakePortfolios) -> None:
    given = event()
    given["detail"]["object"]["etag"] = etag_of(FILE)
    for later, left in ((b"another", {KEY, KEY + ".options.json"}), (FILE, set())):
        job = cloud.execute("arn:drop", given)
        cloud.blobs.put(KEY, later)
        rules.remove(life_cycle.delete(job.ref, cloud.backend), cloud.backend)
        assert {key for key in cloud.blobs.objects if key.startswith("inbox/")} == left
        cloud.blobs.put(KEY, FILE)


def made(cloud: FakePortfolios, given: dict[str, Any]) -> ForecastJob:
    return cloud.backend.jobs.get(ForecastExecution(id="arn:x", input=given).ref)


def test_a_dropped_file_is_a_forecast_of_its_tenant(cloud: FakePortfolios) -> None:
    job = cloud.execute("arn:drop", event())
    assert (job.state, job.tenant, job.config.name, job.config.horizon) == (
        State.COMPLETED,
        "acme",
        "spring/shop.csv",
        3,
    )
    assert job.correlation_id == "e-1"


def test_a_file_is_taken_once_a_version(cloud: FakePortfolios) -> None:
    first = cloud.execute("arn:drop", event())
    with pytest.raises(Superseded):
        cloud.execute("arn:twin", event())
    assert cloud.execute("arn:next", event(version="2")).id != first.id


def test_without_options_the_defaults_hold(cloud: FakePortfolios) -> None:
    cloud.blobs.remove_under(KEY + ".options.json")
    cloud.plan("arn:drop", event())
    assert made(cloud, event()).config.horizon == 12


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (b'{"horizon": 0}', "horizon"),
        (b'{"horizn": 3}', "horizn: there is no such field"),
        (b"{", "not valid JSON"),
        (b'{"preset": "bakery"}', "preset: there is no preset 'bakery'"),
        (b'{"parallel_chunks": 41}', "parallel_chunks: this deployment fits at most 40 chunks at a time"),
        (b" " * 1_048_577, "1,048,577 bytes"),
    ],
)
def test_wrong_options_fail_it_with_what_is_wrong_and_that_is_told(
    cloud: FakePortfolios, options: bytes, said: str
) -> None:
    cloud.blobs.put(KEY + ".options.json", options)
    with pytest.raises(Superseded):
        cloud.plan("arn:drop", event())
    job = made(cloud, event())
    assert (job.state, job.end_unpublished) == (State.FAILED, False)
    assert str(job.error).startswith("spring/shop.csv.options.json: ")
    assert said in str(job.error)
    assert [json.loads(detail)["state"] for _, detail in cloud.events.published] == ["failed"]


def test_an_execution_that_died_before_there_was_a_job_is_started_once_more(cloud: FakePortfolios) -> None:
    lost, refused = Ended("FAILED", "Sandbox.Timedout", "lost"), Ended("FAILED", "NotFound", "no such tenant")
    dropped = ForecastExecution(id="arn:drop", input=event())
    with pytest.raises(NotFound):
        halt_execution(dropped, refused, cloud.backend)
    for _ in range(2):
        halt_execution(dropped, lost, cloud.backend)
    ((name, given),) = cloud.workflow.started.items()
    job = cloud.execute(cloud.workflow.arn(name), json.loads(given))
    assert (job.state, job.config.name) == (State.COMPLETED, "spring/shop.csv")


def test_a_file_of_no_tenant_of_ours_is_no_job(cloud: FakePortfolios) -> None:
    with pytest.raises(NotFound):
        cloud.plan("arn:drop", event("inbox/nobody/forecasts/a.csv"))


@pytest.mark.parametrize("key", ["inbox/acme/batches/a.csv", "inbox/acme/forecasts/", "a.csv"])
def test_what_lies_elsewhere_is_no_portfolio(cloud: FakePortfolios, key: str) -> None:
    with pytest.raises(Invalid, match="no place"):
        cloud.plan("arn:drop", event(key))


def test_an_execution_in_the_console_may_hold_the_portfolio(cloud: FakePortfolios) -> None:
    given = {"tenant": "acme", "series": [monthly("a"), monthly("b")], **CHEAP}
    job = cloud.execute("arn:console", given)
    assert (job.state, job.total) == (State.COMPLETED, 2)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"tenant": "acme", "series": []},
        {"tenant": "AC/ME", "series": [1]},
        {"tenant": "acme", "job": "f1"},
        {"retrain": 1},
    ],
)
def test_an_input_that_is_none_is_refused(cloud: FakePortfolios, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="the execution's input"):
        cloud.plan("arn:console", given)
