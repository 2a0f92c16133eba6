"""Forecasts that no longer hold are told when a portfolio is forecast anew."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fanfold.events import ForecastChanged, LowConfidence
from fanfold.forecasting import Series, SeriesForecast, forecast
from fanfold.forecasts import editions, observing, views
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.observations import PostObservations
from fanfold.forecasts.watching import watched
from tests.fakes.forecasts import ACME, FakePortfolios, monthly

NOISE = np.random.default_rng(7).normal(0, 3, 60)


def noisy(name: str) -> dict[str, Any]:
    made = monthly(name, months=60)
    return {**made, "values": (np.array(made["values"]) + NOISE).tolist()}


def observed(cloud: FakePortfolios, first: ForecastJob, key: str, *news: tuple[str, str, float]) -> ForecastJob:
    caller = ACME.model_copy(update={"idempotency_key": key})
    post = {"observations": [{"series": name, "date": day, "value": value} for name, day, value in news]}
    observing.observe(first.id, PostObservations.model_validate(post), caller, cloud.backend)
    return cloud.run(editions.retrain(first.ref, caller, cloud.backend))


@pytest.fixture
def cloud() -> FakePortfolios:
    return FakePortfolios()


@pytest.fixture
def first(cloud: FakePortfolios) -> ForecastJob:
    return cloud.run(cloud.create([noisy("calm"), noisy("broken"), noisy("quiet")], horizon=6))


def foretold(cloud: FakePortfolios, job: ForecastJob, name: str) -> list[tuple[str, float]]:
    result = views.show_series(job.ref, name, views.Tongue(), cloud.backend).result
    return list(zip(result["dates"], result["mean"], strict=True))


def changed(cloud: FakePortfolios) -> list[dict[str, Any]]:
    return [json.loads(detail) for name, detail in cloud.events.published if name == ForecastChanged.NAME]


def test_what_drifted_is_a_note_a_flag_and_an_event(cloud: FakePortfolios, first: ForecastJob) -> None:
    calm, broken = foretold(cloud, first, "calm"), foretold(cloud, first, "broken")
    news = [("calm", day, value + 1) for day, value in calm] + [("broken", day, 3 * value) for day, value in broken]
    edition = observed(cloud, first, "o-1", *news)
    [event] = changed(cloud)
    assert (event["tenant"], event["job"], event["edition_of"]) == ("acme", edition.id, first.id)
    assert (event["drifted"], event["first"]["drifted"]) == (1, ["broken"])
    notes = {note.code: note for note in views.show(edition.ref, cloud.backend).notes}
    assert notes["drifted"].evidence == "1 series: broken"
    result = views.show_series(first.ref, "broken", views.Tongue(), cloud.backend).result
    assert "drifted" in result["flags"]
    assert result["details"]["drifted"]["outside"] == 6
    assert "drifted" not in views.show_series(first.ref, "calm", views.Tongue(), cloud.backend).result["flags"]


def test_what_was_told_once_is_not_told_again(cloud: FakePortfolios, first: ForecastJob) -> None:
    broken = foretold(cloud, first, "broken")
    observed(cloud, first, "o-1", *(("broken", day, 3 * value) for day, value in broken))
    later = observed(cloud, first, "o-2", ("quiet", "2025-01-01", 100.0))
    assert len(changed(cloud)) == 1
    assert "drifted" not in {note.code for note in views.show(later.ref, cloud.backend).notes}
    assert "drifted" not in views.show_series(first.ref, "broken", views.Tongue(), cloud.backend).result["flags"]


def test_a_first_forecast_has_nothing_to_tell(cloud: FakePortfolios, first: ForecastJob) -> None:
    assert changed(cloud) == []


def made(values: list[float]) -> SeriesForecast:
    return forecast([values], 6, "M")[0]


def test_a_series_of_which_less_can_be_foretold_has_worsened() -> None:
    before = made((100 + NOISE[:48]).tolist())
    worse = replace(before, expected_error=(before.expected_error or 0) * 2 + 0.05)
    found = watched(before, Series("1", [100.0] * 48), worse)
    assert "worsened" in found.flags
    assert found.details["worsened"] == {"before": before.expected_error, "now": worse.expected_error}
    assert "worsened" not in watched(before, Series("1", [100.0] * 48), before).flags


def test_series_without_dates_are_compared_by_their_order() -> None:
    values = (100 + NOISE[:48]).tolist()
    before = made(values)
    assert "drifted" in watched(before, Series("1", [*values, *[300.0] * 6]), before).flags
    assert "drifted" not in watched(before, Series("1", [*values, *before.mean.tolist()]), before).flags
    assert "drifted" not in watched(before, Series("1", values), before).flags


def test_uncertain_series_are_told_of_below_what_the_job_wants_to_hear(cloud: FakePortfolios) -> None:
    cloud.run(cloud.create([noisy("calm"), noisy("quiet")], horizon=6, alert_below=0))
    assert [name for name, _ in cloud.events.published if name == LowConfidence.NAME] == []
    caller = ACME.model_copy(update={"idempotency_key": "all"})
    job = cloud.run(cloud.create([noisy("calm"), noisy("quiet")], caller, horizon=6, alert_below=1))
    [detail] = [json.loads(detail) for name, detail in cloud.events.published if name == LowConfidence.NAME]
    assert (detail["job"], detail["below"], detail["series"]) == (job.id, 1, 2)
    assert sorted(detail["first"]) == ["calm", "quiet"]
