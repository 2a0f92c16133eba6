"""The HTTP API of batches, from event to answer: what it shows, and the problem document of everything it refuses."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from fanfold.problems import CONTENT_TYPE
from fanfold.wiring import batches as wiring
from tests.integration.conftest import golden, said_of

CASES = Path(__file__).parents[1] / "cases/batch-files"
Invoke = Callable[..., Any]
GOLDEN = json.loads(golden("batches.api")["body"])
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any


Call = Callable[..., Answer]


@pytest.fixture
def call(invoke: Invoke) -> Call:
    """Call the API as the gateway does."""

    def ask(method: str, path: str, body: Any = None, *, tenant: str | None = "acme", **headers: str) -> Answer:
        event = golden("batches.api")
        path, _, query = path.partition("?")
        event |= {"rawPath": path, "rawQueryString": query}
        event["requestContext"]["http"] |= {"method": method, "path": path}
        event["requestContext"]["authorizer"]["lambda"] = said_of(tenant) if tenant else {"refused": "wrong key"}
        event["queryStringParameters"] = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
        del event["headers"]["idempotency-key"]
        event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
        event["body"] = body if body is None or isinstance(body, str) else json.dumps(body)
        if body == BINARY:
            event |= {"body": base64.b64encode(b"\x1f\x8b\xff\x00").decode(), "isBase64Encoded": True}
        answer = invoke("batches.api", event)
        shown = json.loads(answer["body"]) if answer["body"] else None
        return Answer(answer["statusCode"], answer["headers"], shown)

    return ask


BINARY = "binary"


def post(call: Call, *inputs: str, tenant: str = "acme", **headers: str) -> str:
    """A new batch of these prompts; its id."""
    body = {"requests": [{"input": text, "custom_id": f"id/{n}"} for n, text in enumerate(inputs)]}
    answer = call("POST", "/v1/batches", body, tenant=tenant, **headers)
    assert answer.status == 202
    found: str = answer.body["id"]
    return found


def run(invoke: Invoke, batch: str) -> None:
    """The state machine's steps, one after the other."""
    step = {"tenant": "acme", "job": batch, "correlation_id": "c"}
    invoke("batches.plan", {"id": "arn:aws:states:::execution:m:e", "input": step | {"run": 1}})
    invoke("batches.submit", step | {"shard": 0, "token": "t"})
    invoke("batches.poll")
    invoke("batches.collect", step | {"shard": 0})
    invoke("batches.finish", step)


def test_a_batch_is_shown_from_its_acceptance_to_its_results(call: Call, invoke: Invoke) -> None:
    batch = post(call, "What is a queue?", "[[refuse]] this", "Say it in Italian: a parser.")
    assert call("GET", f"/v1/batches/{batch}").body["state"] == "accepted"
    run(invoke, batch)
    shown = call("GET", f"/v1/batches/{batch}").body
    assert (shown["state"], shown["progress"]["succeeded"], shown["progress"]["failed"]) == ("completed", 2, 1)
    assert shown["progress"] | {"total": 3, "done": 3, "done_at_provider": 3, "percent": 100} == shown["progress"]


def test_ids_with_percent_signs_are_found(call: Call, invoke: Invoke) -> None:
    """The gateway decodes a path but for `%25`."""
    ids = [json.loads(line)["custom_id"] for line in (CASES / "percent_ids.jsonl").read_text().splitlines()]
    body = {"requests": [{"input": id, "custom_id": id} for id in ids]}
    batch = call("POST", "/v1/batches", body).body["id"]
    run(invoke, batch)
    for id in ids:
        found = call("GET", f"/v1/batches/{batch}/requests/{id.replace('%', '%25')}")
        assert (found.status, found.body["custom_id"]) == (200, id)


def test_what_to_retry_is_read_from_the_body(call: Call, invoke: Invoke) -> None:
    batch = post(call, "What is a queue?")
    run(invoke, batch)
    for body, status in (({"what": ["truncated"]}, 409), ({"what": ["all"]}, 400), ({"what": []}, 400), (None, 409)):
        assert call("POST", f"/v1/batches/{batch}/retry", body).status == status


def test_one_request_is_shown_with_its_answer(call: Call, invoke: Invoke) -> None:
    batch = post(call, "What is a queue?", "[[refuse]] this")
    run(invoke, batch)
    good, bad = (call("GET", f"/v1/batches/{batch}/requests/id/{n}").body for n in (0, 1))
    assert (good["custom_id"], good["line"], good["status"]) == ("id/0", 1, "succeeded")
    assert good["request"]["messages"] == [{"role": "user", "content": "What is a queue?"}]
    assert good["result"]["output"]
    assert (bad["status"], bad["result"]["error"]["kind"]) == ("failed", "invalid_request")


def test_results_are_a_redirect_or_a_url(call: Call, invoke: Invoke) -> None:
    batch = post(call, "What is a queue?")
    run(invoke, batch)
    redirect = call("GET", f"/v1/batches/{batch}/results")
    assert (redirect.status, redirect.body) == (302, None)
    url = call("GET", f"/v1/batches/{batch}/results", accept="application/json").body["url"]
    lines = requests.get(url, timeout=10).text.splitlines()
    assert [json.loads(line)["custom_id"] for line in lines] == ["id/0"]


def test_rejected_lines_can_be_had(call: Call, invoke: Invoke) -> None:
    answer = call("POST", "/v1/batches", {"requests": [{"input": "a"}, {"inptu": "b"}]})
    run(invoke, answer.body["id"])
    assert call("GET", f"/v1/batches/{answer.body['id']}").body["rejected_lines"][0]["line"] == 2
    assert call("GET", f"/v1/batches/{answer.body['id']}/rejected").status == 302


def test_a_file_goes_up_with_a_form_and_becomes_a_batch(call: Call, invoke: Invoke) -> None:
    upload = call("POST", "/v1/uploads", {"filename": "prompts.csv"})
    assert upload.status == 201
    form = upload.body["form"]
    sent = requests.post(form["url"], data=form["fields"], files={"file": ("f", b"input\nHello\n")}, timeout=10)
    assert sent.ok
    answer = call("POST", "/v1/batches", {"upload": upload.body["upload"]})
    assert answer.status == 202
    run(invoke, answer.body["id"])
    assert call("GET", f"/v1/batches/{answer.body['id']}").body["progress"]["succeeded"] == 1


def test_batches_are_listed_newest_first_by_page(call: Call) -> None:
    made = [post(call, f"prompt {n}") for n in range(5)]
    post(call, "theirs", tenant="other")
    listed, cursor = [], ""
    while cursor is not None:
        page = call("GET", f"/v1/batches?limit=2&cursor={cursor}").body
        listed += [batch["id"] for batch in page["batches"]]
        cursor = page["cursor"]
    assert sorted(listed) == sorted(made)
    assert call("GET", "/v1/batches").body["batches"][0]["created_at"] >= page["batches"][-1]["created_at"]


def test_a_replay_gets_the_same_answer(call: Call) -> None:
    first = call("POST", "/v1/batches", GOLDEN, idempotency_key="k")
    again = call("POST", "/v1/batches", GOLDEN, idempotency_key="k")
    assert first == again
    assert len(call("GET", "/v1/batches").body["batches"]) == 1


def test_a_key_belongs_to_its_tenant(call: Call) -> None:
    assert post(call, "a", idempotency_key="k") != post(call, "a", tenant="other", idempotency_key="k")


BATCHES = "/v1/batches"
TOO_LARGE = json.dumps({"requests": [{"input": "x" * 4 * 1024 * 1024}]})
LARGE_IN_BYTES = json.dumps({"requests": [{"input": "\u20ac" * 1_500_000}]}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (None, 400, None),
        ("", 400, None),
        ('{"requests": [', 400, None),
        (BINARY, 400, "body"),
        ([], 400, None),
        ({"requests": [{"input": "a"}], "modle": "gpt-5"}, 400, "modle"),
        ({"requests": [{"input": "a"}], "model": "nonesuch"}, 400, "model"),
        ({"requests": [{"input": "a"}], "provider": "nobody"}, 400, "provider"),
        ({"requests": [{"input": "a"}], "provider": "__init__"}, 400, "provider"),
        ({"requests": [{"input": "a"}], "temperature": 3}, 400, "temperature"),
        ({"requests": [{"input": "a"}], "max_tokens": 0}, 400, "max_tokens"),
        ({"requests": [{"input": "a"}], "metadata": {"a": 1}}, 400, "metadata.a"),
        ({"requests": [{"input": "a"}], "system": "x" * 65_537}, 400, "system"),
        ({"requests": [{"input": "a"}], "name": ""}, 400, "name"),
        ({}, 400, "requests"),
        ({"requests": []}, 400, "requests"),
        ({"requests": [{"input": "a"}], "upload": "x/y.jsonl"}, 400, "requests"),
        ({"upload": "x/y.jsonl"}, 404, "upload"),
        (TOO_LARGE, 413, "body"),
        (LARGE_IN_BYTES, 413, "body"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_bad_batch_is_refused_with_a_problem_that_names_the_field(
    call: Call, body: Any, status: int, field: str | None
) -> None:
    check(call("POST", BATCHES, body), status, field)
    assert call("GET", BATCHES).body["batches"] == []


def check(answer: Answer, status: int, field: str | None = None) -> None:
    """The answer is a problem document of this status that names the field."""
    assert answer.status == status
    assert answer.headers["Content-Type"] == CONTENT_TYPE
    assert answer.body["status"] == status
    assert answer.body["type"].startswith("urn:fanfold:problem:")
    assert {"title", "detail", "instance"} <= answer.body.keys()
    if field:
        assert field in {error.get("field") for error in answer.body["errors"]}
        assert all(error["detail"] for error in answer.body["errors"])


def test_an_empty_upload_is_refused(call: Call) -> None:
    wiring.blobs().put("uploads/acme/1/empty.jsonl", b"")
    check(call("POST", BATCHES, {"upload": "1/empty.jsonl"}), 409, "upload")


def test_an_upload_of_somebody_else_is_not_there(call: Call) -> None:
    wiring.blobs().put("uploads/other/1/theirs.jsonl", b'{"input": "a"}\n')
    for upload in ("1/theirs.jsonl", "../other/1/theirs.jsonl"):
        check(call("POST", BATCHES, {"upload": upload}), 404, "upload")


@pytest.mark.parametrize("filename", ["", "x.exe", "x.jsonl.exe", "../x.csv", "a/b.csv", "x" * 200 + ".csv", 7])
def test_a_file_of_no_known_kind_gets_no_form(call: Call, filename: object) -> None:
    check(call("POST", "/v1/uploads", {"filename": filename}), 400, "filename")


@pytest.mark.parametrize("path", ["", "/requests/id/0", "/results", "/rejected"])
def test_a_batch_of_somebody_else_is_not_there(call: Call, path: str) -> None:
    batch = post(call, "a")
    check(call("GET", f"/v1/batches/{batch}{path}", tenant="other"), 404, "id")
    check(call("GET", f"/v1/batches/b000{path}"), 404, "id")


def test_a_request_that_is_not_in_the_batch_is_not_there(call: Call, invoke: Invoke) -> None:
    batch = post(call, "a")
    check(call("GET", f"/v1/batches/{batch}/requests/id/0"), 409, "id")
    run(invoke, batch)
    check(call("GET", f"/v1/batches/{batch}/requests/id/7"), 404, "custom_id")


def test_results_of_an_unfinished_batch_are_a_conflict(call: Call) -> None:
    check(call("GET", f"/v1/batches/{post(call, 'a')}/results"), 409, "id")


def test_a_batch_without_rejects_has_no_list_of_them(call: Call) -> None:
    check(call("GET", f"/v1/batches/{post(call, 'a')}/rejected"), 404, "id")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/batches"),
        ("POST", "/v1/uploads"),
        ("GET", "/v1/batches"),
        ("GET", "/v1/batches/b1"),
        ("GET", "/v1/batches/b1/requests/a"),
        ("GET", "/v1/batches/b1/results"),
        ("GET", "/v1/batches/b1/rejected"),
    ],
)
def test_without_a_good_key_nothing_is_told(call: Call, method: str, path: str) -> None:
    body = GOLDEN if path == "/v1/batches" else {"filename": "a.csv"}
    answer = call(method, path, body if method == "POST" else None, tenant=None)
    check(answer, 401, "Authorization")
    assert answer.body["detail"] == "wrong key"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("cursor=garbage", "cursor"),
        ("cursor=eyJwayI6ICJhIn0=", "cursor"),
    ],
)
def test_a_bad_page_is_refused(call: Call, query: str, field: str) -> None:
    check(call("GET", f"/v1/batches?{query}"), 400, field)


def test_a_cursor_of_somebody_else_is_refused(call: Call) -> None:
    for n in range(3):
        post(call, f"prompt {n}")
    cursor = call("GET", "/v1/batches?limit=1").body["cursor"]
    check(call("GET", f"/v1/batches?cursor={cursor}", tenant="other"), 400, "cursor")


def test_an_idempotency_key_is_not_for_two_bodies(call: Call) -> None:
    post(call, "a", idempotency_key="k")
    check(call("POST", BATCHES, {"requests": [{"input": "b"}]}, idempotency_key="k"), 422, "Idempotency-Key")


@pytest.mark.parametrize("key", ["", "k" * 2049])
def test_an_idempotency_key_has_a_length(call: Call, key: str) -> None:
    check(call("POST", BATCHES, GOLDEN, idempotency_key=key), 400)


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/nothing"), ("DELETE", "/v1/nothing"), ("PUT", "/nothing")])
def test_a_route_that_is_none_is_a_problem_too(call: Call, method: str, path: str) -> None:
    check(call(method, path), 404)


@pytest.mark.parametrize("path", ["/v1/batches", "/v1/batches/b/requests", "/v1/batches/b/results", "/v1/dlq"])
def test_an_unknown_parameter_is_named(call: Call, path: str) -> None:
    answer = call("GET", f"{path}?stat=completed")
    assert (answer.status, answer.body["errors"][0]["field"]) == (400, "stat")
    assert "there are: " in answer.body["detail"]
