"""A portfolio taken in: once, durably, or refused with what is wrong and where."""

from typing import Any

import pytest

from fanfold.errors import Conflict, Flaw, Invalid, KeyReused, NotFound
from fanfold.forecasting import Series, Supply
from fanfold.forecasts.create import create_forecast
from fanfold.forecasts.execution import CreateForecast
from fanfold.forecasts.series import GivenSeries, from_line, parse, to_line
from fanfold.jobs.job import State
from tests.fakes.forecasts import ACME, FakePortfolios, monthly


@pytest.fixture
def cloud() -> FakePortfolios:
    return FakePortfolios()


def test_a_portfolio_is_accepted_and_its_execution_started_once(cloud: FakePortfolios) -> None:
    job = cloud.create([monthly("a")])
    again = cloud.create([monthly("a")])
    assert (job.state, again.id) == (State.ACCEPTED, job.id)
    assert list(cloud.workflow.started) == [job.execution_name]


def test_another_portfolio_under_the_same_key_is_refused_and_spoils_nothing(cloud: FakePortfolios) -> None:
    job = cloud.create([monthly("a")])
    with pytest.raises(KeyReused):
        cloud.create([monthly("b")])
    assert set(cloud.records(cloud.run(job))) == {"a"}


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"preset": "bakery"}, "preset"),
        ({"language": "xx"}, "language"),
        ({"frequency": "moon"}, "frequency"),
        ({"models": ["oracle"]}, "models"),
        ({"validation_split": 0.9}, "validation_split"),
        ({"service_level": 1.5}, "service_level"),
        ({"lead_time": 0}, "lead_time"),
        ({"parallel_chunks": 41}, "parallel_chunks"),
        ({"seasonal_preference": "never ever"}, "seasonal_preference"),
    ],
)
def test_a_wrong_option_is_named(cloud: FakePortfolios, config: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        cloud.create([monthly("a")], **config)
    assert [flaw.field for flaw in refused.value.flaws] == [field]
    assert not cloud.table.items.keys() & {("T#acme", "META")}
    assert not cloud.workflow.started


@pytest.mark.parametrize("horizon", [0, 100_000])
def test_a_horizon_has_its_limits(horizon: int) -> None:
    with pytest.raises(ValueError, match="horizon"):
        CreateForecast.model_validate({"series": [monthly("a")], "horizon": horizon})


@pytest.mark.parametrize(
    ("series", "places", "said"),
    [
        ([monthly("a"), {"name": "b"}], [2], "this is missing"),
        ([{"name": "", "values": [1]}], [1], "at least 1 character"),
        ([monthly("a"), monthly("b"), "c"], [3], "valid dictionary"),
        ([{"name": "a", "values": [1, "two"]}], [1], "valid number"),
        ([{"name": "a", "values": [1, float("inf")]}], [1], "finite number"),
        ([{"name": "a", "values": [1, 2], "dates": ["2024-01-01"]}], [1], "1 dates for 2 values"),
        ([{"name": "a", "values": [1], "colour": "red"}], [1], "no such field"),
    ],
)
def test_a_series_that_cannot_be_read_is_named_by_its_place(
    cloud: FakePortfolios, series: list[Any], places: list[int], said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        cloud.create(series)
    assert [flaw.line for flaw in refused.value.flaws] == places
    assert said in refused.value.flaws[0].detail
    assert str(places[0]) in refused.value.detail


def test_many_wrong_series_are_not_all_listed(cloud: FakePortfolios) -> None:
    with pytest.raises(Invalid) as refused:
        cloud.create([{"name": str(number)} for number in range(50)])
    assert len(refused.value.flaws) == 20


@pytest.mark.parametrize("given", [{}, {"series": [monthly("a")], "upload": "x/y.csv"}])
def test_there_is_one_input(cloud: FakePortfolios, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="either series or upload"):
        create_forecast(CreateForecast.model_validate(given), ACME, cloud.backend)


def test_an_upload_that_never_came_or_is_empty_is_refused(cloud: FakePortfolios) -> None:
    with pytest.raises(NotFound, match="was the file sent"):
        cloud.create_from("x/portfolio.csv")
    cloud.blobs.put("uploads/acme/x/portfolio.csv", b"")
    with pytest.raises(Conflict, match="empty"):
        cloud.create_from("x/portfolio.csv")


def test_an_upload_of_another_tenant_is_not_found(cloud: FakePortfolios) -> None:
    cloud.blobs.put("uploads/other/x/portfolio.csv", b"series_name,date,value\n")
    with pytest.raises(NotFound):
        cloud.create_from("x/portfolio.csv")


def test_a_file_that_no_reader_takes_is_refused_with_those_that_there_are(cloud: FakePortfolios) -> None:
    cloud.blobs.put("uploads/acme/x/portfolio.docx", b"PK")
    with pytest.raises(Invalid, match=r"\.csv.*\.xlsx"):
        cloud.create_from("x/portfolio.docx")


def test_supply_goes_with_its_series_as_a_line_and_back() -> None:
    given = {
        "name": "a",
        "values": [1, 2],
        "supply": {"on_hand": 3, "on_order": 1.5, "lot_size": 4, "minimum_order": 2},
    }
    [read] = parse([given])
    assert isinstance(read, GivenSeries)
    again = from_line(to_line(read.series))
    assert again.supply == Supply(3, 1.5, 4, 2)
    assert from_line(to_line(Series("b", [1.0]))).supply is None
    [flaw] = parse([{**given, "supply": {"lot_size": 0}}])
    assert isinstance(flaw, Flaw)
    assert "lot_size" in str(flaw.field)
