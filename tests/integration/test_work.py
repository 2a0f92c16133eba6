"""A batch in real time through every handler, on the template's resources in moto and the emulated provider."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from fanfold.batches.realtime_lane.chunk_message import WorkChunk
from fanfold.batches.stores.dead_letters import DeadLetter
from fanfold.jobs.job import JobRef, State
from fanfold.wiring import batches as wiring
from local.provider.process import ProviderEmulator
from tests.fakes.moto_stack import Stack, client
from tests.integration.conftest import golden

Invoke = Callable[..., Any]
REF = JobRef.model_validate(golden("batches.finish"))
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


def post(invoke: Invoke, **options: Any) -> dict[str, Any]:
    event = golden("batches.api")
    event["body"] = json.dumps(json.loads(event["body"]) | {"mode": "realtime"} | options)
    answer: dict[str, Any] = invoke("batches.api", event)
    return answer


def call(invoke: Invoke, method: str, path: str, body: Any = None) -> Any:
    event = golden("batches.api")
    event |= {"rawPath": path, "body": None if body is None else json.dumps(body)}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    answer = invoke("batches.api", event)
    return answer["statusCode"], json.loads(answer["body"])


def received(stack: Stack) -> list[WorkChunk]:
    found = client("sqs").receive_message(QueueUrl=stack.work, MaxNumberOfMessages=10).get("Messages", [])
    return [WorkChunk.model_validate_json(message["Body"]) for message in found]


def test_submit_sends_the_message_that_the_golden_event_is(invoke: Invoke, stack: Stack) -> None:
    post(invoke)
    invoke("batches.plan")
    invoke("batches.submit")
    body = golden("batches.work")["Records"][0]["body"]
    assert received(stack) == [WorkChunk.model_validate_json(body)]


@pytest.mark.parametrize("priority", ["high", "low"])
def test_what_is_more_or_less_urgent_has_queues_of_its_own(invoke: Invoke, stack: Stack, priority: str) -> None:
    assert post(invoke, priority=priority)["statusCode"] == 202
    invoke("batches.plan")
    invoke("batches.submit")
    assert [each.priority for each in received(stack)] == [priority]
    assert invoke("batches.poll")["troubled"] == 0


def test_work_settles_the_chunk_and_the_batch_completes(invoke: Invoke, provider: ProviderEmulator) -> None:
    post(invoke)
    invoke("batches.plan")
    invoke("batches.submit")
    provider.clear_calls()
    for _ in range(2):
        assert invoke("batches.work") == {"batchItemFailures": []}
    assert provider.call_summary()["calls"] == 3
    assert invoke("batches.poll") == {"open": 1, "ended": 1, "stuck": 0, "troubled": 0}
    assert invoke("batches.collect") == {"number": 0}
    finished = invoke("batches.finish")
    assert (finished["state"], finished["counts"]["succeeded"], finished["counts"]["failed"]) == ("completed", 3, 0)
    lines = wiring.blobs().get(REF.folder + "results.jsonl").splitlines()
    assert [json.loads(line)["custom_id"] for line in lines] == ["topic", "italian", "body"]


def test_a_warm_worker_uses_its_loop_again(invoke: Invoke) -> None:
    post(invoke)
    invoke("batches.plan")
    invoke("batches.submit")
    event = golden("batches.work")
    event["Records"][0]["body"] = json.dumps(json.loads(event["Records"][0]["body"]) | {"job": "another"})
    assert invoke("batches.work", golden("batches.work"), event) == {"batchItemFailures": []}


def test_a_message_that_fails_comes_back(invoke: Invoke) -> None:
    event = golden("batches.work")
    good = event["Records"][0]
    event["Records"] = [good | {"messageId": "bad", "body": "{}"}, good]
    assert invoke("batches.work", event) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}


def test_a_full_queue_is_told_with_when_to_come_back(
    invoke: Invoke, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETTINGS", '{"most_waiting_chunks": 1}')
    wiring.settings.cache_clear()
    wiring.batches.cache_clear()
    client("sqs").send_message(QueueUrl=stack.work, MessageBody="{}")
    answer = post(invoke)
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (429, "1")
    assert json.loads(answer["body"])["type"] == "urn:fanfold:problem:Busy"


def test_dead_letters_are_listed_and_sent_again(invoke: Invoke) -> None:
    post(invoke)
    backend = wiring.batches()
    job = backend.jobs.get(REF)
    letter = DeadLetter(job=job.id, chunk=0, position=1, custom_id="italian", line=2, died_at=job.created_at)
    backend.dead_letters.put("acme", letter)
    assert call(invoke, "GET", "/v1/dlq") == (200, {"dead_letters": [letter.model_dump()], "cursor": None})
    status, answer = call(invoke, "POST", "/v1/dlq/redrive", {})
    assert (status, answer["batches"][0]["left"]) == (202, "the batch is accepted: redrive when it is over")
    backend.jobs.move(job, state=State.COMPLETED)
    assert call(invoke, "POST", "/v1/dlq/redrive", {"job": job.id})[1]["batches"][0]["left"] is None
    again = backend.jobs.get(REF)
    assert (again.state, again.round, again.only) == (State.ACCEPTED, 2, "poisoned")
    assert call(invoke, "GET", "/v1/dlq")[1]["dead_letters"] == []
    assert call(invoke, "POST", "/v1/dlq/redrive", {"job": job.id})[0] == 404


def test_a_deleted_batch_is_handed_over_for_removal(invoke: Invoke, handed: list[tuple[str, str]]) -> None:
    assert post(invoke, draft=True)["statusCode"] == 202
    handed.clear()
    status, answer = call(invoke, "DELETE", f"/v1/batches/{REF.job}")
    assert (status, answer["state"]) == (202, "deleting")
    [(function, event)] = handed
    assert (function, json.loads(event)["job"]) == ("remove", REF.job)
