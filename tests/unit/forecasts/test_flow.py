"""A portfolio from the question to what people take away, on fakes."""

import csv
import io

from fanfold.jobs.job import State
from tests.fakes.forecasts import FakePortfolios, monthly


def test_every_series_gets_its_forecast_and_every_form_is_there() -> None:
    cloud = FakePortfolios()
    job = cloud.run(cloud.create([monthly(f"series {number}") for number in range(11)]))
    assert job.state is State.COMPLETED
    assert (job.total, job.counts.succeeded, job.counts.failed) == (11, 11, 0)
    assert job.chunks > 1
    found = cloud.records(job)
    assert set(found) == {f"series {number}" for number in range(11)}
    assert all(len(each["forecast"]) == 3 and each["dates"][0] == "2023-01-01" for each in found.values())
    forms = {key.rpartition(".")[2] for key in cloud.blobs.objects if "/exports/" in key}
    assert forms >= {"csv", "json"}


def test_the_erp_file_has_a_row_for_each_series_and_day() -> None:
    cloud = FakePortfolios()
    job = cloud.run(cloud.create([monthly("a"), monthly("b")]))
    text = cloud.blobs.objects[f"{job.ref.folder}exports/1/erp.csv"].decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == ["serie_name", "model_selected", "confidence_score", "forecast_day", "forecast_value"]
    assert [(row["serie_name"], row["forecast_day"]) for row in rows][:3] == [
        ("a", "2023-01-01"),
        ("a", "2023-02-01"),
        ("a", "2023-03-01"),
    ]
