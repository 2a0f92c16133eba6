"""Forecasts on the deployed template: over HTTP, by files that are dropped, from the console, on a schedule."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.stack import LocalStack
from tests.fakes.forecasts import monthly
from tests.waiting import until

CHEAP = {"models_to_try": 2, "horizon": 3}


@pytest.fixture(scope="module")
def api(stack: LocalStack) -> Iterator[httpx.Client]:
    key = {"Authorization": f"Bearer {stack.issue_key('weaver')}"}
    with httpx.Client(base_url=stack.url, headers=key, timeout=300) as client:
        yield client


def over(api: httpx.Client, id: str) -> dict[str, Any]:
    return until(lambda: ended(api.get(f"/v1/forecasts/{id}").json()))


def ended(seen: dict[str, Any]) -> dict[str, Any] | None:
    return seen if seen.get("state") in ("completed", "failed", "cancelled") else None


def submitted(api: httpx.Client, series: list[Any], **config: Any) -> dict[str, Any]:
    answer = api.post("/v1/forecasts", json={"series": series, **CHEAP, **config})
    assert answer.status_code == 202, answer.text
    return over(api, answer.json()["id"])


def link(api: httpx.Client, path: str) -> bytes:
    return httpx.get(api.get(path, headers={"Accept": "application/json"}).json()["url"], timeout=300).content


@pytest.fixture(scope="module")
def done(api: httpx.Client) -> dict[str, Any]:
    series = [monthly(f"part/{number}", level=100.0 + number) for number in range(30)]
    return submitted(api, [*series, {"name": "bad", "values": [None]}], preset="retail")


def test_a_portfolio_comes_back_forecast(done: dict[str, Any], api: httpx.Client) -> None:
    assert (done["state"], done["error"]) == ("completed", None)
    progress = done["progress"]
    assert (progress["total"], progress["succeeded"], progress["failed"], progress["percent"]) == (31, 30, 1, 100)
    assert [each["id"] for each in api.get("/v1/forecasts").json()["forecasts"]][-1] == done["id"]


def test_its_series_are_listed_and_shown(done: dict[str, Any], api: httpx.Client) -> None:
    page = api.get(
        f"/v1/forecasts/{done['id']}/series", params={"sort": "-confidence", "limit": 10, "status": "ok"}
    ).json()
    assert len(page["series"]) == 10
    one = api.get(f"/v1/forecasts/{done['id']}/series/part%2F7").json()
    assert (one["name"], len(one["result"]["mean"])) == ("part/7", 3)
    assert one["result"]["stock"]["reorder_point"] > 0
    assert api.get(f"/v1/forecasts/{done['id']}/series/nobody").status_code == 404


@pytest.fixture(scope="module")
def streamed(api: httpx.Client, stack: LocalStack) -> dict[str, Any]:
    """A forecast that observations are sent to one by one, and that they have made anew a minute later."""
    first = submitted(api, [monthly("a"), monthly("b")], retrain="on_observations", retrain_pause_minutes=1)
    told = {"tenant": "weaver", "forecast": first["id"], "series": "a", "date": "2023-01-01", "value": 999}
    for body in (told, told | {"date": "2023-02-01"}, told | {"series": "typo"}, told, "no JSON"):
        queue = stack.cloud.outputs["ObservationsQueueUrl"]
        stack.cloud.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(body))
    return first


def test_observations_from_the_queue_are_kept_and_wrong_ones_put_aside(
    streamed: dict[str, Any], api: httpx.Client, stack: LocalStack
) -> None:
    sqs = stack.cloud.client("sqs")
    (aside,) = (url for url in sqs.list_queues()["QueueUrls"] if "ObservationsDeadLetters" in url)
    refused: list[str] = []

    def both() -> bool:
        came = sqs.receive_message(QueueUrl=aside, MaxNumberOfMessages=10).get("Messages", [])
        refused.extend(json.loads(each["Body"])["reason"] for each in came)
        return len(refused) == 2

    until(both)
    assert any("no series 'typo'" in each for each in refused)
    until(lambda: api.get(f"/v1/forecasts/{streamed['id']}/observations").json()["kept"] >= 2)


@pytest.mark.parametrize("format", ["csv", "erp", "xlsx", "json", "html", "parquet"])
def test_every_form_can_be_fetched(done: dict[str, Any], api: httpx.Client, format: str) -> None:
    body = link(api, f"/v1/forecasts/{done['id']}/exports/{format}")
    if format == "erp":
        assert len({row["serie_name"] for row in csv.DictReader(io.StringIO(body.decode()))}) >= 30
    assert len(body) > 1000


def test_a_file_with_flaws_is_read_and_they_are_listed(api: httpx.Client) -> None:
    rows = [f"a;{2020 + n // 12}-{n % 12 + 1:02d}-01;{n}" for n in range(30)]
    upload = api.post("/v1/uploads", json={"filename": "shop.csv"}).json()
    body = "series_name;date;value\n" + "\n".join([*rows, "a;2022-07-01;many"])
    sent = httpx.post(
        upload["form"]["url"],
        data=upload["form"]["fields"],
        files={"file": body.encode("utf-16")},
        timeout=300,
    )
    assert sent.status_code < 300
    made = api.post("/v1/forecasts", json={"upload": upload["upload"], **CHEAP}).json()
    seen = over(api, made["id"])
    assert (seen["state"], seen["progress"]["total"], seen["rejected"]) == ("completed", 1, 1)
    assert [json.loads(line)["line"] for line in link(api, f"/v1/forecasts/{made['id']}/rejected").splitlines()] == [32]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"series": [monthly("a")], "horizon": 0}, 400, "horizon"),
        ({"series": [monthly("a")], "horizon": 100_000}, 400, "horizon"),
        ({"series": [monthly("a")], "preset": "bakery"}, 400, "preset"),
        ({"series": [monthly("a")], "parallel_chunks": 41}, 400, "parallel_chunks"),
        ({"series": [{"name": "a"}]}, 400, "values"),
        ({"upload": "x/y.csv"}, 404, "upload"),
    ],
)
def test_bad_input_is_a_problem_document(api: httpx.Client, body: dict[str, Any], status: int, field: str) -> None:
    answer = api.post("/v1/forecasts", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert [flaw["field"] for flaw in answer.json()["errors"]] == [field]


def test_a_file_that_is_no_portfolio_fails_with_the_reason(api: httpx.Client) -> None:
    upload = api.post("/v1/uploads", json={"filename": "shop.csv"}).json()
    httpx.post(
        upload["form"]["url"],
        data=upload["form"]["fields"],
        files={"file": b"series_name,date\na,2024-01-01\n"},
        timeout=300,
    )
    made = api.post("/v1/forecasts", json={"upload": upload["upload"], **CHEAP}).json()
    seen = over(api, made["id"])
    assert seen["state"] == "failed"
    assert seen["error"].startswith("shop.csv: ")


def test_observations_a_new_edition_and_back(api: httpx.Client) -> None:
    first = submitted(api, [monthly("a"), monthly("b")])
    path = f"/v1/forecasts/{first['id']}"
    news = {"observations": [{"series": "a", "date": "2023-01-01", "value": 999}]}
    noted = api.post(f"{path}/observations", json=news).json()
    assert (noted["observations"], noted["kept"]) == (1, 1)
    typo = {"observations": [{"series": "aa", "date": "2023-01-01", "value": 999}]}
    assert api.post(f"{path}/observations", json=typo).status_code == 400
    wrong = api.post(f"{path}/observations", json=typo | {"new_series": True}).json()
    assert [each["id"] for each in api.get(f"{path}/observations").json()["posts"]] == [wrong["post"], noted["post"]]
    assert api.delete(f"{path}/observations/{wrong['post']}").json()["kept"] == 1
    report = api.post(
        f"{path}/actuals", json={"observations": [{"series": "b", "date": "2023-01-01", "value": 1}]}
    ).json()
    assert (report["compared"], report["unknown"]) == (1, [])
    edition = over(api, api.post(f"{path}/retrain").json()["id"])
    assert (edition["state"], edition["edition_of"]) == ("completed", first["id"])
    assert api.get(path).json()["current"] == edition["id"]
    assert api.get(f"{path}/series/a").json()["result"]["history"][-1] == 999
    assert api.put(f"{path}/editions/{first['id']}").json()["current"] is None
    assert api.get(f"{path}/series/a").json()["result"]["history"][-1] != 999
    assert api.put(f"{path}/schedule", json={"every": 7}).json()["schedule"]["every"] == 7
    assert api.put(f"{path}/schedule", json={"every": 1, "unit": "months"}).json()["schedule"]["unit"] == "months"
    assert api.delete(f"{path}/schedule").json()["schedule"] is None
    assert api.delete(path).status_code == 202


def test_retry_cancel_and_what_is_over(api: httpx.Client, done: dict[str, Any], stack: LocalStack) -> None:
    assert api.post(f"/v1/forecasts/{done['id']}/cancel").status_code == 409
    assert api.post(f"/v1/forecasts/{done['id']}/retry").status_code == 202
    again = over(api, done["id"])
    assert (again["state"], again["progress"]["failed"]) == ("completed", 1)
    stack.cloud.kill_worker_at("FitFunction", "PUT /", times=1000)  # however busy the machine, it is not over before
    made = api.post("/v1/forecasts", json={"series": [monthly(str(n)) for n in range(40)], **CHEAP}).json()
    assert api.post(f"/v1/forecasts/{made['id']}/cancel").status_code == 202
    stack.cloud.spare_workers()
    assert over(api, made["id"])["state"] == "cancelled"


def test_a_dropped_file_with_its_options(api: httpx.Client, stack: LocalStack) -> None:
    s3, bucket = stack.cloud.client("s3"), stack.cloud.outputs["BucketName"]
    key = "inbox/weaver/forecasts/autumn/shop.csv"
    body = "series_name,date,value\n" + "".join(f"x,2024-{m:02d}-01,{m}\n" for m in range(1, 13))
    s3.put_object(Bucket=bucket, Key=f"{key}.options.json", Body=json.dumps(CHEAP).encode())
    s3.put_object(Bucket=bucket, Key=key, Body=body.encode())

    def found() -> Any:
        every = api.get("/v1/forecasts").json()["forecasts"]
        return next((each for each in every if each["config"]["name"] == "autumn/shop.csv" and ended(each)), None)

    assert (seen := until(found))["state"] == "completed", seen
    assert seen["config"]["horizon"] == 3
    states = stack.cloud.client("stepfunctions")
    every = states.list_executions(stateMachineArn=stack.cloud.outputs["ForecastMachineArn"])["executions"]
    texts = [states.describe_execution(executionArn=each["executionArn"]) for each in every]
    (options,) = [each for each in texts if "shop.csv.options.json" in each["input"]]
    assert options["status"] == "SUCCEEDED"


@pytest.mark.parametrize(("asked", "most"), [({}, 40), ({"parallel_chunks": 3}, 3)])
def test_an_execution_in_the_console(api: httpx.Client, stack: LocalStack, asked: dict[str, Any], most: int) -> None:
    states = stack.cloud.client("stepfunctions")
    given = {"tenant": "weaver", "series": [monthly("c")], "name": f"by hand, {most}", **CHEAP, **asked}
    arn = states.start_execution(stateMachineArn=stack.cloud.outputs["ForecastMachineArn"], input=json.dumps(given))
    until(lambda: states.describe_execution(executionArn=arn["executionArn"])["status"] == "SUCCEEDED")
    (run,) = states.list_map_runs(executionArn=arn["executionArn"])["mapRuns"]
    assert states.describe_map_run(mapRunArn=run["mapRunArn"])["maxConcurrency"] == most
    assert given["name"] in [each["config"]["name"] for each in api.get("/v1/forecasts").json()["forecasts"]]


def test_streamed_observations_have_the_forecast_made_anew(streamed: dict[str, Any], api: httpx.Client) -> None:
    path = f"/v1/forecasts/{streamed['id']}"
    edition = over(api, until(lambda: api.get(path).json()["editions"])[0])
    assert (edition["state"], edition["edition_of"]) == ("completed", streamed["id"])
    assert until(lambda: api.get(path).json()["current"]) == edition["id"]
    assert api.get(f"{path}/series/a").json()["result"]["history"][-2:] == [999, 999]
