"""What came, against what was forecast."""

from typing import Any

import numpy as np
import pytest

from fanfold.errors import Conflict, Invalid
from fanfold.forecasts import actuals, views
from fanfold.forecasts.actuals import ComparisonView
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.observations import PostObservations
from tests.fakes.forecasts import ACME, FakePortfolios, monthly


def noisy(name: str, dated: bool = True) -> dict[str, Any]:
    made = monthly(name, months=60)
    made["values"] = (np.array(made["values"]) + np.random.default_rng(1).normal(0, 3, 60)).tolist()
    return made if dated else {"name": name, "values": made["values"]}


@pytest.fixture(scope="module")
def done() -> tuple[FakePortfolios, ForecastJob]:
    cloud = FakePortfolios()
    return cloud, cloud.run(cloud.create([noisy("calm"), noisy("broken"), noisy("plain", dated=False)], horizon=6))


def compared(
    done: tuple[FakePortfolios, ForecastJob], *news: dict[str, Any], key: str = "o-1", **more: bool
) -> ComparisonView:
    cloud, job = done
    caller = ACME.model_copy(update={"idempotency_key": key})
    return actuals.compare(
        job.id, PostObservations.model_validate({"observations": list(news), **more}), caller, cloud.backend
    )


def forecast(done: tuple[FakePortfolios, ForecastJob], name: str) -> tuple[list[str], list[float]]:
    result = views.show_series(done[1].ref, name, views.Tongue(), done[0].backend).result
    return result["dates"], result["mean"]


def test_errors_bias_and_what_to_refit(done: tuple[FakePortfolios, ForecastJob]) -> None:
    dates, mean = forecast(done, "calm")
    report = compared(
        done,
        *({"series": "calm", "date": day, "value": value + 1} for day, value in zip(dates, mean, strict=True)),
        *({"series": "broken", "date": day, "value": 3 * value} for day, value in zip(dates, mean, strict=True)),
        {"series": "nobody", "date": dates[0], "value": 1},
        {"series": "plain", "value": None},
        new_series=True,
    )
    calm, broken = report.series
    assert (calm.series, calm.compared, calm.outside, calm.refit) == ("calm", 6, 0, False)
    assert calm.mean_absolute_error == pytest.approx(1)
    assert [(each.date, each.step) for each in calm.steps] == [(day, step) for step, day in enumerate(dates, 1)]
    assert [each.error for each in calm.steps] == pytest.approx([1] * 6)
    assert broken.steps[0].actual == pytest.approx(3 * mean[0], rel=0.2)
    assert broken.steps[0].outside
    assert report.level == 95
    assert (calm.why, broken.why[:42]) == (
        "0 of 6 outside of the 80 % interval: by chance in 100.0 % of cases",
        "6 of 6 outside of the 80 % interval: by ch",
    )
    assert (broken.series, broken.outside, broken.refit) == ("broken", 6, True)
    assert report.refit == ["broken"]
    assert report.unknown == ["nobody", "plain"]
    assert (report.compared, report.outside_share) == (12, 0.5)
    errors, came = 6 * 1 + 2 * sum(mean), sum(mean) + 6 + 3 * sum(mean)
    assert report.mean_absolute_percentage_error == pytest.approx(errors / came, rel=1e-3)


def test_without_dates_their_order_counts(done: tuple[FakePortfolios, ForecastJob]) -> None:
    _, mean = forecast(done, "plain")
    report = compared(done, *({"series": "plain", "value": value} for value in mean[:2]), key="o-2")
    assert (report.series[0].compared, report.series[0].mean_absolute_error) == (2, pytest.approx(0, abs=1e-6))


def test_names_that_the_forecast_does_not_have_are_refused(done: tuple[FakePortfolios, ForecastJob]) -> None:
    with pytest.raises(Invalid, match="no series 'clam'"):
        compared(done, {"series": "clam", "value": 1}, {"series": "calm", "value": 1})


def test_a_dry_run_compares_and_keeps_nothing(done: tuple[FakePortfolios, ForecastJob]) -> None:
    cloud, job = done
    before = views.show(job.ref, cloud.backend).observations
    assert compared(done, {"series": "calm", "value": 1}, dry_run=True).compared == 1
    assert views.show(job.ref, cloud.backend).observations == before


def test_another_day_of_the_month_is_that_months(done: tuple[FakePortfolios, ForecastJob]) -> None:
    dates, mean = forecast(done, "calm")
    (found,) = compared(done, {"series": "calm", "date": f"{dates[1][:7]}-28", "value": mean[1]}, dry_run=True).series
    assert [(each.date, each.step) for each in found.steps] == [(dates[1], 2)]


def test_so_many_actuals_at_a_time(done: tuple[FakePortfolios, ForecastJob]) -> None:
    with pytest.raises(Invalid, match="20,000 at a time"):
        compared(done, *({"series": "calm", "value": 1} for _ in range(20_001)))


def test_dates_may_have_a_midnight_and_those_beyond_the_horizon_are_only_kept(
    done: tuple[FakePortfolios, ForecastJob],
) -> None:
    dates, mean = forecast(done, "calm")
    report = compared(
        done,
        {"series": "calm", "date": f"{dates[0]}T00:00:00Z", "value": mean[0]},
        {"series": "calm", "date": "2031-01-01", "value": 1},
        key="o-3",
    )
    assert report.series[0].compared == 1


def test_actuals_are_observations_of_the_next_edition(done: tuple[FakePortfolios, ForecastJob]) -> None:
    cloud, job = done
    before = views.show(job.ref, cloud.backend).observations
    compared(done, {"series": "calm", "date": "2025-01-01", "value": 1}, key="o-4")
    assert views.show(job.ref, cloud.backend).observations == before + 1


def test_there_has_to_be_a_forecast_to_compare_with() -> None:
    cloud = FakePortfolios()
    job = cloud.create([monthly("a")])
    with pytest.raises(Conflict, match="nothing to compare"):
        compared((cloud, job), {"series": "a", "value": 1})


def test_so_many_series_at_a_time(done: tuple[FakePortfolios, ForecastJob]) -> None:
    with pytest.raises(Invalid, match="500 at a time"):
        compared(done, *({"series": str(number), "value": 1} for number in range(501)))
