"""A job of three units from its creation to its download, by every use case that the handlers call, on fakes."""

import json

import pytest

from fanfold.batches.model.batch import BatchJob
from fanfold.batches.results.error_groups import errors
from fanfold.batches.views import batch as batch_views
from fanfold.batches.views.download import DownloadOptions, download
from fanfold.batches.views.requests import Listing, list_requests, list_responses
from fanfold.forecasts import listing as forecast_listing
from fanfold.forecasts import views as forecast_views
from fanfold.jobs.job import State
from tests.fakes.cloud import FakeCloud
from tests.fakes.forecast_machine import Machine
from tests.fakes.forecasts import FakePortfolios, monthly
from tests.fakes.prices import flat

PROMPTS = [{"custom_id": f"id-{number}", "input": f"prompt {number}"} for number in range(3)]


PRICE = flat(input=1000, output=4000)
"""A request of the fakes' provider has two tokens in and one out: 6,000 nanodollars, half of it in a batch."""


def test_three_requests_in_the_batch_lane() -> None:
    cloud = FakeCloud()
    cloud.prices.tariffs["echo-mini"] = PRICE
    _follow_to_the_download(cloud, cloud.create(PROMPTS, model="echo-mini"), spent_usd=0.000009)
    assert (len(cloud.provider.batches), len(cloud.provider.asked)) == (1, 0)


def test_three_requests_in_the_real_time_lane() -> None:
    cloud = FakeCloud()
    cloud.prices.tariffs["echo-mini"] = PRICE
    made = cloud.create(PROMPTS, model="echo-mini", provider="echo", mode="realtime")
    _follow_to_the_download(cloud, made, spent_usd=0.000018)
    assert (len(cloud.provider.batches), len(cloud.provider.asked)) == (0, 3)


def test_three_series_of_a_forecast() -> None:
    cloud = FakePortfolios()
    made = cloud.create([monthly(f"series {number}") for number in range(3)])
    Machine(cloud).settle()

    view = forecast_views.show(made.ref, cloud.backend)
    assert (view.state, view.progress.succeeded, view.progress.failed) == (State.COMPLETED, 3, 0)
    page = forecast_listing.list_series(made.ref, forecast_listing.SeriesFilters(), cloud.backend)
    assert [row.name for row in page.series] == [f"series {number}" for number in range(3)]
    one = forecast_views.show_series(made.ref, "series 1", forecast_views.Tongue(), cloud.backend)
    assert len(one.result["dates"]) == 3
    link = forecast_views.export_link(made.ref, "csv", cloud.backend)
    assert len(cloud.blobs.follow(link).splitlines()) == 1 + 3 * 3


def _follow_to_the_download(cloud: FakeCloud, made: BatchJob, *, spent_usd: float) -> None:
    """Runs the job to its end, then reads all that its owner can."""
    cloud.machine.settle()
    view = batch_views.show(made.ref, cloud.backend)
    assert (view.state, view.progress.succeeded, view.progress.failed) == (State.COMPLETED, 3, 0)
    assert view.cost.spent_usd == pytest.approx(spent_usd, abs=1e-12)
    asked = list_requests(made.ref, Listing(), cloud.backend).requests
    answers = list_responses(made.ref, Listing(), cloud.backend).responses
    assert [each.custom_id for each in asked] == [each.custom_id for each in answers] == ["id-0", "id-1", "id-2"]
    found = batch_views.show_request(made.ref, "id-1", cloud.backend)
    assert found.result
    assert found.result["output"] == "prompt 1"
    assert errors(made.ref, cloud.backend).failed == 0
    link = download(made.ref, DownloadOptions(), cloud.backend)
    assert link
    lines = [json.loads(line) for line in cloud.blobs.follow(link).splitlines()]
    assert [line["output"] for line in lines] == ["prompt 0", "prompt 1", "prompt 2"]
