"""What docs/security.md promises of inputs, tried with real calls."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import httpx
import pytest

from local.stack import LocalStack
from tests.waiting import until

OVER = ("completed", "failed")
FORMULAS = ("\n=1+1", "\uff1d1+1", "a;=1+1", "-1+1", "\t@SUM(1)")
TURNED = "a\u202eb"
"""A mark that turns the text behind it."""


@pytest.fixture(scope="module")
def acme(stack: LocalStack) -> Iterator[httpx.Client]:
    key = {"Authorization": f"Bearer {stack.issue_key('promises')}"}
    with httpx.Client(base_url=stack.url, headers=key, timeout=300) as made:
        yield made


def created(acme: httpx.Client, path: str, body: Any) -> str:
    answer = acme.post(path, json=body)
    assert answer.status_code in (201, 202), answer.text
    id: str = answer.json()["id"]
    return id


def ended(acme: httpx.Client, path: str) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        job: dict[str, Any] = acme.get(path).json()
        return job if job["state"] in OVER else None

    return until(over)


def sent(form: dict[str, Any], text: str) -> None:
    files = {"file": ("a.jsonl", text.encode())}
    httpx.post(form["url"], data=form["fields"], files=files, timeout=300).raise_for_status()


def downloaded(acme: httpx.Client, path: str) -> str:
    def there() -> httpx.Response | None:
        answer = acme.get(path, headers={"Accept": "application/json"})
        return answer if answer.status_code == 200 else None

    return httpx.get(until(there).json()["url"], timeout=300).content.decode("utf-8-sig")


def rows(text: str) -> list[list[str]]:
    """The cells, as a spreadsheet sees them."""
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_form_that_is_sent_again_changes_no_job(acme: httpx.Client) -> None:
    made = acme.post("/v1/uploads", json={"filename": "a.jsonl"}).json()
    sent(made["form"], '{"input": "Say first"}\n')
    batch = {"upload": made["upload"], "draft": True, "mode": "realtime"}
    id = created(acme, "/v1/batches", batch)
    sent(made["form"], '{"input": "Say second"}\n')
    acme.post(f"/v1/batches/{id}/process").raise_for_status()
    job = ended(acme, f"/v1/batches/{id}")
    assert job["state"] == "failed"
    assert "was changed after it was handed in" in job["error"]


def test_marks_that_turn_text_are_in_no_id(acme: httpx.Client) -> None:
    requests = [{"input": "Say a", "custom_id": "good"}, {"input": "Say b", "custom_id": TURNED}]
    id = created(acme, "/v1/batches", {"requests": requests, "mode": "realtime"})
    job = ended(acme, f"/v1/batches/{id}")
    assert (job["state"], job["progress"]["succeeded"], job["rejected"]) == ("completed", 1, 1)
    for path, body in (
        ("/v1/logs", {"message": "m", "client_id": TURNED}),
        ("/v1/logs", {"message": "m", "stream": TURNED}),
        ("/v1/uploads", {"filename": f"{TURNED}.csv"}),
        ("/v1/keys", {"name": TURNED}),
    ):
        answer = acme.post(path, json=body)
        assert answer.status_code == 400, (path, body, answer.text)


def test_no_cell_of_a_batchs_csv_begins_a_formula(acme: httpx.Client) -> None:
    requests = [{"input": f"Say {said}", "custom_id": f"={at}+1"} for at, said in enumerate(FORMULAS)]
    id = created(acme, "/v1/batches", {"requests": requests, "mode": "realtime"})
    assert ended(acme, f"/v1/batches/{id}")["state"] == "completed"
    cells = rows(downloaded(acme, f"/v1/batches/{id}/results?format=csv"))
    assert {row[0] for row in cells[1:]} == {f"'={at}+1" for at in range(len(FORMULAS))}


def test_a_key_of_before_opens_is_moved_and_can_be_revoked_for_good(acme: httpx.Client, stack: LocalStack) -> None:
    made = acme.post("/v1/keys", json={"name": "old"}).json()
    table, name = stack.cloud.client("dynamodb"), stack.cloud.outputs["TableName"]
    sk = {"S": f"KEY#{sha256(made['key'].encode()).hexdigest()}"}
    item = table.get_item(TableName=name, Key={"pk": {"S": "K#promises"}, "sk": sk})["Item"]
    table.delete_item(TableName=name, Key={"pk": {"S": "K#promises"}, "sk": sk})
    table.put_item(TableName=name, Item=item | {"pk": {"S": "T#promises"}})
    assert made["id"] in [key["id"] for key in acme.get("/v1/keys").json()["keys"]]
    old = {"Authorization": f"Bearer {made['key']}"}
    assert [acme.get("/v1/batches", headers=old).status_code for _ in range(2)] == [200, 200]
    assert "Item" in table.get_item(TableName=name, Key={"pk": {"S": "K#promises"}, "sk": sk})
    acme.delete(f"/v1/keys/{made['id']}").raise_for_status()
    assert acme.get("/v1/batches", headers=old).status_code == 401


@pytest.mark.parametrize("format", ["csv", "erp"])
def test_no_cell_of_a_forecasts_csv_begins_a_formula(acme: httpx.Client, format: str) -> None:
    series = [{"name": name, "values": [1, 2, 3] * 8} for name in FORMULAS]
    id = created(acme, "/v1/forecasts", {"series": series, "models_to_try": 2, "horizon": 3})
    assert ended(acme, f"/v1/forecasts/{id}")["progress"]["succeeded"] == len(FORMULAS)
    text = downloaded(acme, f"/v1/forecasts/{id}/exports/{format}")
    for delimiter in ",;":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            for cell in row:
                assert not cell.strip().startswith(("=", "\uff1d", "@", "+")), (delimiter, cell)


def test_every_member_of_a_gzip_body_is_read_and_junk_behind_it_refused(acme: httpx.Client) -> None:
    packed = {"Content-Type": "application/gzip"}
    first, second = b'{"entries": [{"message": "one"}, ', b'{"message": "two"}]}'
    answer = acme.post("/v1/logs", content=gzip.compress(first) + gzip.compress(second), headers=packed)
    assert (answer.status_code, len(answer.json()["ids"])) == (202, 2)
    answer = acme.post("/v1/logs", content=gzip.compress(first + second) + b"junk", headers=packed)
    assert answer.status_code == 400
    assert "behind the gzip body is something that is no gzip" in answer.text


@pytest.mark.parametrize("path", ["/v1/batches", "/v1/forecasts", "/v1/jobs"])
def test_one_bad_entry_breaks_no_list(path: str, acme: httpx.Client, stack: LocalStack) -> None:
    """What can't be read was written by another version, or by hand."""
    good = _job(path, acme)
    table = stack.cloud.client("dynamodb")
    bad = table.get_item(TableName=stack.cloud.outputs["TableName"], Key=_key(good))["Item"]
    news = {"pk": {"S": f"T#promises#J#{'b' * 26}"}, "state": {"S": "unheard of"}}
    news["listed"] = {"S": bad["listed"]["S"] + "x"}
    table.put_item(TableName=stack.cloud.outputs["TableName"], Item=bad | news)
    answer = acme.get(path)
    assert answer.status_code == 200, answer.text
    assert good in json.dumps(answer.json())


def _job(path: str, acme: httpx.Client) -> str:
    if path == "/v1/batches":
        return created(acme, path, {"requests": [{"input": "a"}], "draft": True})
    if path == "/v1/forecasts":
        return created(acme, path, {"series": [{"name": "a", "values": [1, 2, 3] * 8}], "models_to_try": 2})
    session = created(acme, "/v1/sessions", {"name": "s"})
    return created(acme, f"/v1/sessions/{session}/train", {"text": "A sentence that is one of many. " * 40})


def _key(id: str) -> dict[str, Any]:
    return {"pk": {"S": f"T#promises#J#{id}"}, "sk": {"S": "META"}}


def test_one_deep_log_entry_breaks_no_list(acme: httpx.Client) -> None:
    deep = '{"message": "deep", "context": ' + '{"a":' * 260 + "1" + "}" * 261
    assert acme.post("/v1/logs", content=deep).status_code == 400
    acme.post("/v1/logs", json={"message": "good", "stream": "deep"}).raise_for_status()
    listed = acme.get("/v1/logs", params={"stream": "deep"}).json()["entries"]
    assert [entry["message"] for entry in listed] == ["good"]
