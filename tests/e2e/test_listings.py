"""What a batch holds and what came of it, over HTTP, on the deployed template."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pyarrow import parquet

from local.stack import LocalStack
from tests.waiting import until

BATCH = {
    "model": "gpt-4o-mini",
    "requests": [
        *({"custom_id": f"good-{n}", "input": f"Say {n}"} for n in range(25)),
        {"custom_id": "bad-0", "body": {"messages": []}},
        {"custom_id": "bad-1", "body": {"messages": []}},
        {"inptu": "a typing error"},
    ],
}


@pytest.fixture(scope="module")
def api(stack: LocalStack) -> Iterator[httpx.Client]:
    key = stack.issue_key("lister")
    with httpx.Client(base_url=stack.url, headers={"Authorization": f"Bearer {key}"}, timeout=300) as client:
        yield client


@pytest.fixture(scope="module")
def batch(api: httpx.Client) -> str:
    """A finished batch of 27 requests, two of which failed, and a rejected line."""
    made = api.post("/v1/batches", json=BATCH)
    assert made.status_code == 202, made.text
    return ended(api, made.json()["id"])


def ended(api: httpx.Client, id: str) -> str:
    until(lambda: api.get(f"/v1/batches/{id}").json()["state"] in ("completed", "failed"))
    return id


def rows(api: httpx.Client, batch: str, what: str, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = api.get(f"/v1/batches/{batch}/{what}", params=asked).json()
        found += page[what]
        if page["cursor"] is None:
            return found
        asked["cursor"] = page["cursor"]


def test_requests_are_paged_searched_and_picked_by_status(api: httpx.Client, batch: str) -> None:
    every = [row["custom_id"] for row in rows(api, batch, "requests", limit=10)]
    assert every == [request["custom_id"] for request in BATCH["requests"][:-1]]  # type: ignore[index]
    assert [row["custom_id"] for row in rows(api, batch, "requests", status="failed")] == ["bad-0", "bad-1"]
    assert [row["custom_id"] for row in rows(api, batch, "requests", search="d-24")] == ["good-24"]


def test_responses_have_outputs_and_usage(api: httpx.Client, batch: str) -> None:
    found = rows(api, batch, "responses", status="succeeded", limit=100)
    assert len(found) == 25
    assert all(row["output"] and row["usage"]["output_tokens"] for row in found)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"cursor": "bm9uZQ=="}, "cursor"),
        ({"limit": "101"}, "limit"),
        ({"status": "lost"}, "status"),
    ],
)
def test_a_wrong_query_names_its_field(api: httpx.Client, batch: str, query: dict[str, str], field: str) -> None:
    answer = api.get(f"/v1/batches/{batch}/requests", params=query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_errors_are_grouped(api: httpx.Client, batch: str) -> None:
    found = api.get(f"/v1/batches/{batch}/errors").json()
    [kind] = found["errors"]
    assert (kind["kind"], kind["count"], kind["examples"][0]["custom_id"]) == ("invalid_request", 2, "bad-0")
    assert (found["failed"], found["rejected"], found["rejected_lines"][0]["field"]) == (2, 1, "inptu")


def test_a_csv_comes_at_once(api: httpx.Client, batch: str) -> None:
    body = httpx.get(link(api, batch, "csv"), timeout=300).text
    assert [row["status"] for row in csv.DictReader(io.StringIO(body))] == ["succeeded"] * 25 + ["failed"] * 2


def test_parquet_comes_to_those_who_ask_again(api: httpx.Client, batch: str) -> None:
    first = api.get(f"/v1/batches/{batch}/results", params={"format": "parquet"})
    assert (first.status_code, first.headers["retry-after"]) == (202, "2")
    assert first.json() == {"state": "preparing", "format": "parquet"}
    url = until(lambda: link(api, batch, "parquet"))
    assert parquet.read_table(io.BytesIO(httpx.get(url, timeout=300).content)).num_rows == 27


def link(api: httpx.Client, batch: str, format: str) -> str:
    """Where the results redirect to, once they do."""
    answer = api.get(f"/v1/batches/{batch}/results", params={"format": format})
    return answer.headers["location"] if answer.status_code == 302 else ""


def test_a_batch_shows_its_pace_and_its_lanes(api: httpx.Client, batch: str) -> None:
    found = api.get(f"/v1/batches/{batch}").json()
    [shard] = [each for each in found["lanes"]["batch"]["shards"] if each["requests"] == 27]
    assert shard["state"] == "collected"
    assert shard["batch"].startswith("batch_")
    assert (found["progress"]["percent"], found["progress"]["eta_seconds"]) == (100, None)


def test_a_csv_fills_a_template_and_another_providers_lines_are_taken(stack: LocalStack, api: httpx.Client) -> None:
    options = {"model": "gpt-4o-mini", "template": "Say {word} in {language}"}
    assert api.put("/v1/defaults", json=options).status_code == 200
    assert api.get("/v1/defaults").json()["template"] == options["template"]
    anthropic = {"custom_id": "a", "params": {"max_tokens": 50, "messages": [{"role": "user", "content": "Say hello"}]}}
    tools = {"custom_id": "b", "params": anthropic["params"] | {"tools": []}}  # type: ignore[operator]
    drop(stack, "words.csv", "custom_id,word,language\nx,hello,Italian\ny,bread\n", None)
    drop(stack, "messages.jsonl", f"{json.dumps(anthropic)}\n{json.dumps(tools)}\n", {"model": "gpt-4o-mini"})
    drop(stack, "wrong.jsonl", "{}", {"modle": "gpt-4o-mini"})

    words = json.loads(put_out(stack, "words.csv.results.jsonl"))
    assert (words["custom_id"], words["status"]) == ("x", "succeeded")
    assert "line 3" in put_out(stack, "words.csv.rejected.txt")
    assert json.loads(put_out(stack, "messages.jsonl.results.jsonl"))["custom_id"] == "a"
    assert "line 2, params.tools" in put_out(stack, "messages.jsonl.rejected.txt")
    assert "modle: there is no such field" in put_out(stack, "wrong.jsonl.rejected.txt")


def drop(stack: LocalStack, name: str, body: str, options: dict[str, str] | None) -> None:
    bucket, key = stack.cloud.outputs["BucketName"], f"inbox/lister/batches/{name}"
    s3 = stack.cloud.client("s3")
    if options:
        s3.put_object(Bucket=bucket, Key=f"{key}.options.json", Body=json.dumps(options).encode())
    s3.put_object(Bucket=bucket, Key=key, Body=body.encode())


def put_out(stack: LocalStack, name: str) -> str:
    """An object of the outbox, once it is there."""
    bucket, s3 = stack.cloud.outputs["BucketName"], stack.cloud.client("s3")
    asked = {"Bucket": bucket, "Prefix": f"outbox/lister/batches/{name}"}
    until(lambda: s3.list_objects_v2(**asked).get("Contents"))
    text: str = s3.get_object(Bucket=bucket, Key=asked["Prefix"])["Body"].read().decode()
    return text
