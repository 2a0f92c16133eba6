"""Planning: files of every format, flaws by line, limits, and the reason where nothing can be forecast."""

import io
import json
import zipfile
from typing import Any

import pytest

from fanfold.errors import JobRefused, Superseded
from fanfold.forecasts.engine_request import digest_of
from fanfold.forecasts.job import ForecastConfig, ForecastJob
from fanfold.jobs.job import State
from tests.fakes.forecasts import ACME, FakePortfolios, monthly

DAYS = [f"2024-{month:02d}-01" for month in range(1, 13)]
LONG = "series_name,date,value\n" + "".join(
    f"{name},{day},{number}\n" for name in "ab" for number, day in enumerate(DAYS)
)


@pytest.fixture
def cloud() -> FakePortfolios:
    return FakePortfolios()


def planned(cloud: FakePortfolios, job: ForecastJob) -> ForecastJob:
    given = json.loads(cloud.workflow.started[job.execution_name])
    cloud.plan(cloud.workflow.arn(job.execution_name), given)
    return cloud.backend.jobs.get(job.ref)


def of_file(cloud: FakePortfolios, body: bytes, name: str = "portfolio.csv", **config: Any) -> ForecastJob:
    return planned(cloud, cloud.create_from(cloud.upload(body, name), **config))


def series_of(cloud: FakePortfolios, job: ForecastJob) -> dict[str, list[float | None]]:
    lines = [line for chunk in range(job.chunks) for line in cloud.blobs.get(job.ref.chunk_key(chunk)).splitlines()]
    return {said["name"]: said["values"] for said in map(json.loads, lines)}


def workbook() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for row in LONG.splitlines():
        name, day, value = row.split(",")
        book.active.append([name, day, float(value) if value.isdigit() else value])
    book.save(out := io.BytesIO())
    return out.getvalue()


def parquet() -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    rows = [row.split(",") for row in LONG.splitlines()[1:]]
    columns = {"series_name": [r[0] for r in rows], "date": [r[1] for r in rows], "value": [float(r[2]) for r in rows]}
    parquet.write_table(pa.table(columns), out := io.BytesIO())
    return out.getvalue()


def zipped(**files: bytes) -> bytes:
    with zipfile.ZipFile(out := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name.replace("_", "."), body)
    return out.getvalue()


FILES = {
    "long.csv": LONG.encode(),
    "semicolons.txt": LONG.replace(",", ";").encode("utf-16"),
    "wide.csv": ("date,a,b\n" + "".join(f"{day},{n},{n}\n" for n, day in enumerate(DAYS))).encode(),
    "book.xlsx": workbook(),
    "table.parquet": parquet(),
    "list.json": json.dumps([{"unique_id": n, "ds": day, "y": v} for n in "ab" for v, day in enumerate(DAYS)]).encode(),
    "several.zip": zipped(
        a_csv=LONG.partition("b,")[0].encode(),
        b_csv=("date,value\n" + "".join(f"{d},{v}\n" for v, d in enumerate(DAYS))).encode(),
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_any_format_is_read(cloud: FakePortfolios, name: str) -> None:
    job = of_file(cloud, FILES[name], name)
    assert (job.state, job.total, job.rejected) == (State.RUNNING, 2, 0)
    assert series_of(cloud, job) == {"a": list(range(12)), "b": list(range(12))}


def test_bad_lines_are_put_aside_by_number_and_the_rest_goes_on(cloud: FakePortfolios) -> None:
    job = of_file(
        cloud, LONG.replace("a,2024-03-01,2", "a,2024-03-01,two").replace("b,2024-05-01", "b,the fifth").encode()
    )
    assert (job.total, job.rejected) == (2, 2)
    assert [(flaw["line"], flaw["field"]) for flaw in job.samples] == [(4, "value"), (18, "date")]
    lines = cloud.blobs.get(job.ref.folder + "rejected.jsonl").splitlines()
    assert [json.loads(line)["line"] for line in lines] == [4, 18]
    assert series_of(cloud, job)["a"][:4] == [0, 1, None, 3]


@pytest.mark.parametrize(
    ("body", "name", "said"),
    [
        (b"series_name,date\na,2024-01-01\n", "p.csv", "value"),
        (b"\x00\x01\x02" * 50, "p.csv", "p.csv: "),
        (b"no zip", "p.zip", "no zip file"),
        (b"PAR1 broken", "p.parquet", "p.parquet: "),
        (b"{", "p.json", "p.json: "),
        (",".join(f"c{n}" for n in range(200_000)).encode() + b"\n1\n", "p.csv", "200,000 columns"),
        (b"series_name,date,value\n", "p.csv", "p.csv: "),
    ],
)
def test_a_file_without_any_series_is_refused_with_the_reason(
    cloud: FakePortfolios, body: bytes, name: str, said: str
) -> None:
    with pytest.raises(JobRefused, match=said):
        of_file(cloud, body, name)


def test_a_zip_bomb_is_refused(cloud: FakePortfolios) -> None:
    with pytest.raises(JobRefused, match="times its size"):
        of_file(cloud, zipped(a_csv=b"0" * 80 * 1024 * 1024), "bomb.zip")


def test_a_dropped_file_over_the_limit_is_refused_before_it_is_fetched(cloud: FakePortfolios) -> None:
    cloud.settings = cloud.settings.model_copy(update={"max_upload_bytes": 100})
    with pytest.raises(JobRefused, match=r"portfolio\.csv: it has .* bytes, and may have 100"):
        of_file(cloud, LONG.encode())


def test_an_input_that_is_gone_is_named(cloud: FakePortfolios) -> None:
    upload = cloud.upload(LONG.encode(), "p.csv")
    job = cloud.create_from(upload)
    del cloud.blobs.objects[f"uploads/acme/{upload}"]
    with pytest.raises(JobRefused, match=r"p\.csv.* is gone"):
        planned(cloud, job)


def test_a_name_comes_once(cloud: FakePortfolios) -> None:
    job = planned(cloud, cloud.create([monthly("a"), monthly("b"), monthly("a", level=7.0)]))
    assert (job.total, job.rejected) == (2, 1)
    assert job.samples[0] == {"field": "a", "line": 3, "detail": "a series of this name came before"}


def test_a_name_that_is_too_long_is_put_aside(cloud: FakePortfolios) -> None:
    job = of_file(cloud, LONG.replace("b,", "b" * 600 + ",").encode())
    assert (job.total, job.rejected) == (1, 1)
    assert "600" in job.samples[0]["detail"]


@pytest.mark.parametrize("limit", [{"max_series": 4}, {"max_cost_usd": 0.000002}])
def test_a_cost_limit_refuses_before_anything_is_fitted(cloud: FakePortfolios, limit: dict[str, float]) -> None:
    with pytest.raises(JobRefused, match="more than the 4 series"):
        planned(cloud, cloud.create([monthly(str(number)) for number in range(5)], **limit))  # type: ignore[arg-type]
    assert (
        planned(
            cloud,
            cloud.create(
                [monthly(str(n)) for n in range(4)], ACME.model_copy(update={"idempotency_key": "2"}), **limit
            ),
        ).total
        == 4
    )


def test_a_portfolio_that_the_last_step_has_no_time_for_is_refused_at_once(cloud: FakePortfolios) -> None:
    cloud.settings = cloud.settings.model_copy(update={"max_portfolio_series": 4})
    with pytest.raises(JobRefused, match="more than the 4 series"):
        planned(cloud, cloud.create([monthly(str(number)) for number in range(5)]))


def test_the_manifest_has_a_line_a_chunk(cloud: FakePortfolios) -> None:
    job = cloud.create([monthly(str(number)) for number in range(11)])
    given = json.loads(cloud.workflow.started[job.execution_name])
    found = cloud.plan(cloud.workflow.arn(job.execution_name), given)
    lines = [json.loads(line) for line in cloud.blobs.get(found.manifest).splitlines()]
    assert sum(line["series"] for line in lines) == 11
    assert [line["chunk"] for line in lines] == list(range(len(lines)))
    assert not found.heavy


@pytest.mark.parametrize(("asked", "most", "width"), [(None, 40, 40), (3, 40, 3), (30, 8, 8)])
def test_chunks_are_fitted_as_many_at_a_time_as_somebody_says_and_the_deployment_does(
    cloud: FakePortfolios, asked: int | None, most: int, width: int
) -> None:
    job = cloud.create([monthly("a")], parallel_chunks=asked)
    cloud.settings = cloud.settings.model_copy(update={"forecast_concurrency": most})
    given = json.loads(cloud.workflow.started[job.execution_name])
    assert cloud.plan(cloud.workflow.arn(job.execution_name), given).parallel_chunks == width


def test_how_many_chunks_at_a_time_is_written_only_if_somebody_says_and_changes_no_result() -> None:
    assert (
        "parallel_chunks" not in ForecastConfig().model_dump_json()
    )  # the release before takes no field that it lacks
    assert digest_of(ForecastConfig(parallel_chunks=3)) == digest_of(ForecastConfig())


def test_models_that_need_statsmodels_are_for_the_other_function(cloud: FakePortfolios) -> None:
    job = cloud.create([monthly("a")], models=["sarimax"])
    given = json.loads(cloud.workflow.started[job.execution_name])
    assert cloud.plan(cloud.workflow.arn(job.execution_name), given).heavy


def test_an_execution_that_comes_late_leaves_the_job_alone(cloud: FakePortfolios) -> None:
    job = cloud.create([monthly("a")])
    planned(cloud, job)
    with pytest.raises(Superseded):
        cloud.plan("another", json.loads(cloud.workflow.started[job.execution_name]))


def test_planning_again_after_a_crash_goes_on_from_there(cloud: FakePortfolios) -> None:
    job = cloud.create([monthly(str(number)) for number in range(11)])
    first = planned(cloud, job)
    objects = dict(cloud.blobs.objects)
    assert planned(cloud, job) == first
    assert cloud.blobs.objects == objects


def test_an_upload_that_is_sent_again_is_not_what_was_handed_in() -> None:
    cloud = FakePortfolios()
    job = cloud.create_from(cloud.upload(b"name,date,value\na,2024-01,1\na,2024-02,2\n"))
    cloud.upload(b"name,date,value\nb,2024-01,1\nb,2024-02,2\n")
    with pytest.raises(JobRefused, match="was changed after it was handed in"):
        cloud.run(job)
