"""The journal's handlers with their golden events, on the template's resources in moto."""

import gzip
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from fanfold.journal.block import KIND
from fanfold.wiring import batches as wiring
from fanfold.wiring.journal import journal
from tests.fakes.moto_stack import Stack, client
from tests.integration.conftest import golden

Invoke = Callable[..., Any]
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


def call(invoke: Invoke, route: str, query: dict[str, str] | None = None, **more: Any) -> Any:
    """The answer of a route, its body read."""
    event = golden("journal.api")
    method, _, path = route.partition(" ")
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    event["requestContext"]["http"]["method"] = method
    event["queryStringParameters"] = query or {}
    event |= {"body": None} if method == "GET" else {}
    answer = invoke("journal.api", event | more)
    assert answer["statusCode"] < 500, answer
    return answer["statusCode"], json.loads(answer["body"] or "null"), answer


def stream_event(stack: Stack) -> dict[str, Any]:
    """What the table's stream tells of the blocks that are in it."""
    items = client("dynamodb").scan(TableName=stack.journal)["Items"]
    blocks = [item for item in items if item.get("kind") == {"S": KIND}]
    for item in blocks:
        item["body"] = {"B": b64encode(item["body"]["B"]).decode()}
    (record,) = golden("journal.flush")["Records"]
    return {"Records": [record | {"dynamodb": record["dynamodb"] | {"NewImage": item}} for item in blocks]}


def test_the_golden_post_is_taken_read_flushed_and_read_again(invoke: Invoke, stack: Stack) -> None:
    answer = invoke("journal.api")
    assert answer["statusCode"] == 202
    receipt = json.loads(answer["body"])
    assert receipt["accepted"] == 2
    _, hot, _ = call(invoke, "GET /v1/logs", {"stream": "checkout"})
    assert sorted(entry["id"] for entry in hot["entries"]) == sorted(receipt["ids"])
    done = invoke("journal.flush", stream_event(stack))
    assert (done["entries"], done["elsewhere"]) == (2, 0)
    _, cold, _ = call(invoke, "GET /v1/logs", {"stream": "checkout"})
    assert cold == hot
    status, one, _ = call(invoke, f"GET /v1/logs/{receipt['ids'][1]}")
    assert (status, one["client_id"]) == (200, "checkout-8812")


def test_the_golden_flush_is_of_blocks_that_somebody_flushed_already(invoke: Invoke) -> None:
    assert invoke("journal.flush") == {"blocks": 0, "entries": 0, "segments": 0, "elsewhere": 1, "retries": 0}


def test_the_sweeper_has_nothing_to_do_in_a_new_deployment(invoke: Invoke) -> None:
    assert set(invoke("journal.sweep").values()) == {0}


def test_a_job_event_is_written_down_once(invoke: Invoke) -> None:
    for _ in range(2):
        invoke("journal.record_job_event")
    _, found, _ = call(invoke, "GET /v1/logs", {"stream": "jobs"})
    assert [entry["message"] for entry in found["entries"]] == ["batch b0000000000000000000000000 completed"]


def test_an_event_in_another_shape_fails_and_is_tried_again(invoke: Invoke) -> None:
    with pytest.raises(ValidationError):
        invoke("journal.record_job_event", {"detail": {}})


def test_gzip_is_taken(invoke: Invoke) -> None:
    body = b64encode(gzip.compress(b'{"message": "packed"}')).decode()
    headers = golden("journal.api")["headers"] | {"content-encoding": "gzip"}
    status, receipt, _ = call(invoke, "POST /v1/logs", body=body, isBase64Encoded=True, headers=headers)
    assert (status, receipt["accepted"]) == (202, 1)


def test_a_body_over_four_mebibytes_is_refused(invoke: Invoke) -> None:
    status, problem, _ = call(invoke, "POST /v1/logs", body="x" * (4 * 1024 * 1024 + 1))
    assert (status, problem["type"]) == (413, "urn:fanfold:problem:TooLarge")


def test_an_idempotency_key_answers_alike(invoke: Invoke) -> None:
    headers = golden("journal.api")["headers"] | {"idempotency-key": "k"}
    first, again = (call(invoke, "POST /v1/logs", headers=headers)[1] for _ in range(2))
    assert (again["ids"], again["duplicates"]) == (first["ids"], 2)
    status, problem, _ = call(invoke, "POST /v1/logs", headers=headers, body='{"message": "else"}')
    assert (status, problem["type"]) == (422, "urn:fanfold:problem:KeyReused")
    status, _, _ = call(invoke, "POST /v1/logs", headers=headers | {"idempotency-key": ""})
    assert status == 400


def test_a_mixed_post_is_taken_and_its_flaws_are_listed(invoke: Invoke) -> None:
    body = json.dumps({"entries": [{"message": "a"}, {"message": "b", "level": "loud"}]})
    status, receipt, _ = call(invoke, "POST /v1/logs", body=body)
    assert (status, receipt["accepted"], receipt["ids"][1]) == (202, 1, None)
    assert [(each["entry"], each["field"]) for each in receipt["errors"]] == [(1, "level")]


def test_without_a_key_nothing_is_told(invoke: Invoke) -> None:
    event = golden("journal.api")
    event["requestContext"]["authorizer"] = {"lambda": {"refused": "nobody has this key"}}
    assert invoke("journal.api", event)["statusCode"] == 401


def test_statistics_streams_and_retention(invoke: Invoke) -> None:
    invoke("journal.api")
    _, stats, _ = call(invoke, "GET /v1/logs/stats", {"stream": "checkout"})
    assert (stats["accepted"], stats["pending"], stats["levels"]) == (2, 2, {"info": 1, "error": 1})
    status, kept, _ = call(invoke, "PUT /v1/logs/streams/checkout", body='{"retention_days": 7}')
    assert (status, kept["retention_days"]) == (200, 7)
    assert call(invoke, "GET /v1/logs/streams")[1]["streams"] == [kept]
    assert call(invoke, "PUT /v1/logs/streams/Bad Name", body='{"retention_days": 7}')[0] in (400, 404)
    assert call(invoke, "PUT /v1/logs/streams/a", body='{"retention_days": 0}')[0] == 400
    assert call(invoke, "GET /v1/logs/stats", {"since": "2020-01-01T00:00:00Z"})[0] == 400


def test_an_export_is_made_by_its_message(invoke: Invoke, handed: list[tuple[str, str]]) -> None:
    invoke("journal.api")
    status, asked, answer = call(invoke, "POST /v1/logs/exports", body='{"level": "error"}')
    assert (status, asked["state"], answer["headers"]["Location"]) == (202, "preparing", f"exports/{asked['id']}")
    assert answer["headers"]["Retry-After"]
    path = f"GET /v1/logs/exports/{asked['id']}"
    assert call(invoke, path)[1] == asked
    [(function, message)] = handed
    assert function == "export"
    assert golden("journal.export").keys() == json.loads(message).keys()
    invoke("journal.export")
    invoke("journal.export", json.loads(message))
    _, made, _ = call(invoke, path)
    assert (made["state"], made["entries"]) == ("completed", 1)
    assert "journal-exports/acme/" in made["url"]
    assert call(invoke, "GET /v1/logs/exports/none")[0] == 404


def test_the_trial_tells_how_long_it_takes(invoke: Invoke) -> None:
    status, tried, _ = call(invoke, "POST /v1/logs/test", body=None)
    assert (status, len(tried["accept_ms"]), len(tried["ids"])) == (200, 3, 30)
    _, tried, _ = call(invoke, "POST /v1/logs/test", body='{"posts": 1, "entries": 2}')
    assert tried["pending_posts"] == 1


@pytest.mark.parametrize("query", [{"limit": "0"}, {"level": "loud"}, {"cursor": "x"}, {"colour": "red"}])
def test_a_query_that_is_not_understood(invoke: Invoke, query: dict[str, str]) -> None:
    status, problem, _ = call(invoke, "GET /v1/logs", query)
    assert (status, len(problem["errors"])) == (400, 1)


def test_the_journal_has_a_table_of_its_own(invoke: Invoke, stack: Stack) -> None:
    invoke("journal.api")
    assert client("dynamodb").scan(TableName=stack.table)["Items"] == []
    assert journal().table is not wiring.batches().jobs
