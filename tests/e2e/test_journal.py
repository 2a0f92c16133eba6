"""The journal over HTTP, on the deployed template: its table, its stream, its bucket."""

import gzip
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fanfold_client import JournalHandler
from fanfold_command import main
from local.stack import LocalStack
from tests.waiting import until


@pytest.fixture(scope="module")
def api(stack: LocalStack) -> Iterator[httpx.Client]:
    key = stack.issue_key("logger")
    with httpx.Client(base_url=stack.url, headers={"Authorization": f"Bearer {key}"}, timeout=300) as client:
        yield client


def listed(api: httpx.Client, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = api.get("/v1/logs", params=asked).raise_for_status().json()
        found += page["entries"]
        if page["cursor"] is None:
            return found
        asked["cursor"] = page["cursor"]


def test_entries_are_read_before_and_after_their_flush(api: httpx.Client) -> None:
    entries = [{"message": f"entry {n}", "stream": "flow", "context": {"n": n}} for n in range(30)]
    taken = api.post("/v1/logs", json={"entries": entries})
    assert taken.status_code == 202, taken.text
    hot = listed(api, stream="flow", limit=7)
    assert [entry["message"] for entry in hot] == [f"entry {n}" for n in reversed(range(30))]
    until(lambda: api.get("/v1/logs/stats", params={"stream": "flow"}).json()["flushed"] == 30)
    assert listed(api, stream="flow", limit=7) == hot
    one = hot[3]
    assert api.get(f"/v1/logs/{one['id']}").json() == one
    stats = api.get("/v1/logs/stats", params={"stream": "flow"}).json()
    assert (stats["accepted"], stats["pending"], stats["failed"]) == (30, 0, 0)


def test_gzip_and_bytes_that_are_no_utf8(api: httpx.Client) -> None:
    body = gzip.compress(json.dumps({"entries": [{"message": "packed", "stream": "zip"}]}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/gzip"}
    assert api.post("/v1/logs", content=body, headers=headers).status_code == 202
    assert [entry["message"] for entry in listed(api, stream="zip")] == ["packed"]
    body = gzip.compress(b'{"entries": [{"message": "\xff"}, {"message": "ok", "stream": "zip"}]}')
    receipt = api.post("/v1/logs", content=body, headers=headers).json()
    assert (receipt["accepted"], receipt["errors"][0]["entry"]) == (1, 0)


def test_client_ids_and_conflicts(api: httpx.Client) -> None:
    entry = {"message": "once", "stream": "ids", "client_id": "c-1"}
    first, again = (api.post("/v1/logs", json=entry).json() for _ in range(2))
    assert (again["ids"], again["duplicates"]) == (first["ids"], 1)
    other = api.post("/v1/logs", json=entry | {"message": "twice"})
    assert (other.status_code, other.json()["errors"][0]["field"]) == (409, "entries.0.client_id")
    assert len(listed(api, stream="ids")) == 1


def test_a_trial_waits_for_its_flush(api: httpx.Client) -> None:
    tried = api.post("/v1/logs/test", json={"posts": 2, "entries": 5, "wait_seconds": 15}).json()
    assert (len(tried["accept_ms"]), len(tried["ids"]), tried["pending_posts"]) == (2, 10, 0)
    assert tried["flush_lag_ms"] > 0


def test_an_export_downloads(api: httpx.Client) -> None:
    api.post("/v1/logs", json={"entries": [{"message": f"m{n}", "stream": "out"} for n in range(5)]})
    asked = api.post("/v1/logs/exports", json={"stream": "out"})
    assert asked.status_code == 202
    link = until(lambda: api.get(f"/v1/logs/{asked.headers['Location']}").json()["url"])
    rows = [json.loads(line) for line in gzip.decompress(httpx.get(link, timeout=300).content).splitlines()]
    assert [row["message"] for row in rows] == ["m4", "m3", "m2", "m1", "m0"]


def test_a_stream_has_a_retention(api: httpx.Client) -> None:
    kept = api.put("/v1/logs/streams/short", json={"retention_days": 3})
    assert (kept.status_code, kept.json()["retention_days"]) == (200, 3)
    assert "short" in [stream["stream"] for stream in api.get("/v1/logs/streams").json()["streams"]]


def test_the_end_of_a_batch_reaches_the_stream_of_jobs(api: httpx.Client) -> None:
    batch = api.post("/v1/batches", json={"draft": True}).json()
    api.post(f"/v1/batches/{batch['id']}/cancel")
    (entry,) = until(lambda: listed(api, stream="jobs", context=f"job={batch['id']}"))
    assert (entry["level"], entry["context"]["state"]) == ("warning", "cancelled")
    assert api.post("/v1/logs", json={"message": "mine", "stream": "jobs"}).status_code == 400


def test_without_a_key_there_is_no_journal(stack: LocalStack) -> None:
    assert httpx.get(f"{stack.url}/v1/logs", timeout=300).status_code == 401


def test_the_logging_handler_ships_and_the_command_lists(
    stack: LocalStack, api: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    key = str(api.headers["authorization"]).removeprefix("Bearer ")
    handler = JournalHandler(stack.url, key, stream="app")
    log = logging.Logger("app")
    log.addHandler(handler)
    for n in range(20):
        log.warning("shipped %d", n, extra={"n": n})
    handler.close()
    assert handler.dropped == 0
    assert [entry["context"]["n"] for entry in listed(api, stream="app")] == list(range(19, -1, -1))
    environ = {"FANFOLD_URL": stack.url, "FANFOLD_KEY": key}
    assert main(["logs", "tail", "--stream", "app", "-n", "2"], environ=environ) == 0
    assert [line.split("\t")[3] for line in capsys.readouterr().out.splitlines()] == ["shipped 18", "shipped 19"]
    assert main(["logs", "stats", "--stream", "app", "--json", "accepted"], environ=environ) == 0
    assert json.loads(capsys.readouterr().out) == {"accepted": 20}
