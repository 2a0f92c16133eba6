"""Observations that come one by one, and the forecast that they have made anew."""

import json
from datetime import timedelta
from typing import Any

import pytest

from fanfold.errors import Conflict
from fanfold.forecasts import editions, observing
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.observation_messages import ObservationMessage, TakenObservations, take_observations
from fanfold.forecasts.observations import PostObservations
from fanfold.jobs.life_cycle import delete
from tests.fakes.forecasts import ACME, FakePortfolios, monthly
from tests.fakes.queue import MemoryQueue


@pytest.fixture
def cloud() -> FakePortfolios:
    return FakePortfolios()


@pytest.fixture
def refused() -> MemoryQueue:
    return MemoryQueue()


def made(cloud: FakePortfolios, **config: Any) -> ForecastJob:
    return cloud.run(cloud.create([monthly("a"), monthly("b")], **config))


def message(id: str, job: ForecastJob, **said: Any) -> ObservationMessage:
    body = {"tenant": job.tenant, "forecast": job.id, "series": "a", "date": "2023-01-01", "value": 5.0, **said}
    return ObservationMessage(id, json.dumps(body))


def reasons(refused: MemoryQueue) -> list[str]:
    return [json.loads(each)["reason"] for each in refused.messages]


def test_observations_are_kept_for_the_next_edition(cloud: FakePortfolios, refused: MemoryQueue) -> None:
    first = made(cloud)
    came = [message("1", first), message("2", first, series="b", value=6), message("3", first, date="2023-02-01")]
    assert take_observations(came, refused, cloud.backend) == TakenObservations(3, 0)
    edition = cloud.run(editions.retrain(first.ref, ACME, cloud.backend))
    lines = [json.loads(line) for line in cloud.blobs.get(edition.ref.chunk_key(0)).splitlines()]
    assert {each["name"]: each["values"][36:] for each in lines} == {"a": [5, 5], "b": [6]}


def test_messages_that_come_again_are_there_once(cloud: FakePortfolios, refused: MemoryQueue) -> None:
    first = made(cloud)
    came = [message("1", first), message("2", first, series="b")]
    for _ in range(2):
        take_observations(came, refused, cloud.backend)
    assert cloud.backend.jobs.get(first.ref).observed == 2


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"series": "axel"}, "no series 'axel'"),
        ({"date": None}, "date"),
        ({"date": "soon"}, "no date"),
        ({"value": "many"}, "value"),
        ({"forecast": "f1"}, "no forecast"),
        ({"tenant": "Acme Inc"}, "tenant"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_message_is_put_aside_and_takes_nothing_along(
    cloud: FakePortfolios, refused: MemoryQueue, said: dict[str, Any], reason: str
) -> None:
    first = made(cloud)
    came = [message("1", first, **said), message("2", first), ObservationMessage("3", "no JSON")]
    assert take_observations(came, refused, cloud.backend) == TakenObservations(1, 2)
    assert any(reason in each for each in reasons(refused))
    assert cloud.backend.jobs.get(first.ref).observed == 1


def test_a_new_name_begins_a_series_where_the_message_says_so(cloud: FakePortfolios, refused: MemoryQueue) -> None:
    first = made(cloud)
    assert take_observations(
        [message("1", first, series="c", new_series=True)], refused, cloud.backend
    ) == TakenObservations(1, 0)


def test_what_comes_before_the_plan_comes_again(cloud: FakePortfolios, refused: MemoryQueue) -> None:
    first = cloud.create([monthly("a")])
    with pytest.raises(Conflict):
        take_observations([message("1", first)], refused, cloud.backend)


class TestRetrainingOnObservations:
    def test_a_pause_after_the_first_one(self, cloud: FakePortfolios, refused: MemoryQueue) -> None:
        first = made(cloud, retrain="on_observations", retrain_pause_minutes=30)
        assert f"{first.id}-observed" not in cloud.schedules.put_under
        take_observations([message("1", first)], refused, cloud.backend)
        cloud.now += timedelta(minutes=20)
        take_observations([message("2", first, date="2023-02-01")], refused, cloud.backend)
        every, command = cloud.schedules.put_under[f"{first.id}-observed"]
        assert (every.expression, command) == ("at(2026-11-26T12:30:00)", {"tenant": "acme", "retrain": first.id})

    def test_the_next_one_after_that_asks_anew(self, cloud: FakePortfolios, refused: MemoryQueue) -> None:
        first = made(cloud, retrain="on_observations")
        take_observations([message("1", first)], refused, cloud.backend)
        cloud.now += timedelta(minutes=61)
        take_observations([message("2", first, date="2023-02-01")], refused, cloud.backend)
        assert cloud.schedules.put_under[f"{first.id}-observed"][0].expression == "at(2026-11-26T14:01:00)"

    def test_a_post_asks_as_well(self, cloud: FakePortfolios) -> None:
        first = made(cloud, retrain="on_observations")
        post = {"observations": [{"series": "a", "value": 1, "date": "2023-01-01"}]}
        observing.observe(first.id, PostObservations.model_validate(post | {"dry_run": True}), ACME, cloud.backend)
        assert f"{first.id}-observed" not in cloud.schedules.put_under
        observing.observe(first.id, PostObservations.model_validate(post), ACME, cloud.backend)
        assert f"{first.id}-observed" in cloud.schedules.put_under

    def test_nobody_asks_unless_the_portfolio_does(self, cloud: FakePortfolios, refused: MemoryQueue) -> None:
        first = made(cloud)
        take_observations([message("1", first)], refused, cloud.backend)
        assert cloud.schedules.put_under == {}

    def test_a_deleted_forecast_is_not_made_anew(self, cloud: FakePortfolios, refused: MemoryQueue) -> None:
        first = made(cloud, retrain="on_observations")
        take_observations([message("1", first)], refused, cloud.backend)
        delete(first.ref, cloud.backend)
        assert cloud.schedules.put_under == {}
