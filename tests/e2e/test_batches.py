"""Batches over HTTP, on the deployed template."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from fanfold_client import Fanfold, FanfoldError
from local import corpus
from local.stack import LocalStack
from tests.waiting import until


def problem(fanfold: Fanfold, **body: Any) -> dict[str, Any]:
    with pytest.raises(FanfoldError) as refused:
        fanfold.batches.create(body.pop("requests", [{"input": "a"}]), body.pop("idempotency_key", None), **body)
    return refused.value.problem


def test_inline_requests_come_back_answered_in_order(fanfold: Fanfold) -> None:
    requests = corpus.requests(12)
    batch = fanfold.batches.wait(fanfold.batches.create(requests, model="gpt-4o-mini").id)

    results = list(fanfold.batches.iter_results(batch.id))
    assert [result["custom_id"] for result in results] == [request["custom_id"] for request in requests]
    assert all(result["output"] for result in results)
    assert batch.tokens.output == sum(result["usage"]["output_tokens"] for result in results)


def test_all_three_shapes_of_a_request_are_understood(fanfold: Fanfold) -> None:
    said = {"role": "user", "content": "Which topic is this about? Chess openings"}
    requests: list[dict[str, Any]] = [{"input": said["content"]}, {"messages": [said]}, {"body": {"messages": [said]}}]
    batch = fanfold.batches.wait(fanfold.batches.create(requests).id)

    assert batch.progress.succeeded == 3
    assert len({result["output"] for result in fanfold.batches.iter_results(batch.id)}) == 1


def test_a_file_with_bad_lines_gives_up_only_those(fanfold: Fanfold, tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    good = [json.dumps(request) for request in [*corpus.requests(1100), *corpus.refused()]]
    file.write_text("\n".join([*good[:3], *corpus.malformed(), *good[3:]]))
    batch = fanfold.batches.wait(fanfold.batches.create(file).id)

    assert (batch.progress.succeeded, batch.progress.failed, batch.rejected) == (1100, 2, 3)
    assert [flaw["line"] for flaw in fanfold.batches.rejected(batch.id)] == [4, 5, 6]
    failed = {result["custom_id"] for result in fanfold.batches.iter_results(batch.id) if result["status"] == "failed"}
    assert failed == {"refused-no-messages", "refused-no-tokens"}


def test_a_csv_can_be_uploaded(fanfold: Fanfold, tmp_path: Path) -> None:
    file = tmp_path / "prompts.csv"
    file.write_text('custom_id,input\na,"Say hello,\nplease"\nb,Say goodbye\nc\n')
    batch = fanfold.batches.wait(fanfold.batches.create(file).id)

    assert [result["custom_id"] for result in fanfold.batches.iter_results(batch.id)] == ["a", "b"]
    assert [flaw["line"] for flaw in batch.rejected_lines] == [5]


def test_one_request_is_shown_with_its_result(fanfold: Fanfold) -> None:
    batch = fanfold.batches.wait(fanfold.batches.create([{"custom_id": "a b?/é", "input": "Say hello"}]).id)
    found = fanfold.batches.request(batch.id, "a b?/é")
    assert found.status == "succeeded"
    assert found.request["messages"][0]["content"] == "Say hello"


def test_the_same_question_twice_is_one_job(fanfold: Fanfold) -> None:
    def ask(_: int) -> str:
        return fanfold.batches.create([{"input": "once"}], idempotency_key="once").id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(16)))) == 1
    assert problem(fanfold, requests=[{"input": "twice"}], idempotency_key="once")["status"] == 422


def test_bad_options_name_their_field(fanfold: Fanfold) -> None:
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"provider": "closedai"}, 400, "provider"),
        ({"model": "claude-nine"}, 400, "model"),
        ({"temperature": 9}, 400, "temperature"),
        ({"colour": "red"}, 400, "colour"),
        ({"requests": []}, 400, "requests"),
        ({"upload": "nowhere/x.jsonl"}, 400, "requests"),
        ({"requests": [{"input": "x" * 4_500_000}]}, 413, "body"),
    ]
    for body, status, field in wrong:
        found = problem(fanfold, **body)
        assert (found["status"], found["errors"][0]["field"]) == (status, field)


def test_an_empty_file_and_one_without_a_good_line_say_so(fanfold: Fanfold, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"nothing": 1}\n')
    batch = fanfold.batches.wait(fanfold.batches.create(file).id)
    assert batch.state == "failed"
    assert "line 1" in str(batch.error)
    assert batch.rejected == 1


def test_an_upload_over_its_cap_is_refused_by_the_form(stack: LocalStack, fanfold: Fanfold) -> None:
    form = httpx.post(
        f"{stack.url}/v1/uploads",
        json={"filename": "empty.jsonl"},
        headers={"Authorization": f"Bearer {stack.issue_key('acme')}"},
        timeout=300,
    ).json()["form"]
    sent = httpx.post(form["url"], data=form["fields"], files={"file": b""}, timeout=300)
    assert sent.status_code == 400
    assert "EntityTooSmall" in sent.text


def test_a_job_is_seen_by_its_tenant_only(stack: LocalStack, fanfold: Fanfold) -> None:
    batch = fanfold.batches.create([{"input": "mine"}])
    with Fanfold(stack.url, stack.issue_key("other")) as other:
        assert batch.id not in [each.id for each in other.batches.list()]
        with pytest.raises(FanfoldError, match="there is no batch"):
            other.batches.get(batch.id)
    assert batch.id in [each.id for each in fanfold.batches.list()]


@pytest.mark.parametrize(
    ("header", "said"),
    [(None, "send your key"), ("Bearer nonsense", "not of the form"), ("Bearer ff_acme_" + "x" * 43, "nobody")],
)
def test_a_missing_or_wrong_key_gets_a_problem_document(stack: LocalStack, header: str | None, said: str) -> None:
    answer = httpx.get(f"{stack.url}/v1/batches", headers={"Authorization": header} if header else {}, timeout=300)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


def test_health_is_for_everybody_and_its_details_for_tenants(stack: LocalStack, fanfold: Fanfold) -> None:
    assert httpx.get(f"{stack.url}/v1/health", timeout=300).json()["status"] == "ok"
    assert httpx.get(f"{stack.url}/v1/health/details", timeout=300).status_code == 401
    assert fanfold.health().status == "ok"


def test_an_unknown_route_gets_a_problem_document(stack: LocalStack) -> None:
    assert httpx.get(f"{stack.url}/v1/nowhere", timeout=300).json()["detail"] == "there is no GET /v1/nowhere"


def test_results_redirect_a_client_that_follows(stack: LocalStack, fanfold: Fanfold) -> None:
    batch = fanfold.batches.wait(fanfold.batches.create([{"input": "Say hello"}]).id)
    key = stack.issue_key("acme")
    answer = httpx.get(
        f"{stack.url}/v1/batches/{batch.id}/results", headers={"Authorization": f"Bearer {key}"}, timeout=300
    )
    assert answer.status_code == 302
    assert json.loads(httpx.get(answer.headers["location"], timeout=300).text)["status"] == "succeeded"


def test_a_dropped_file_is_taken_once_with_its_options(stack: LocalStack, fanfold: Fanfold) -> None:
    bucket, key = stack.cloud.outputs["BucketName"], "inbox/acme/batches/dropped.jsonl"
    s3 = stack.cloud.client("s3")
    s3.put_object(Bucket=bucket, Key=f"{key}.options.json", Body=b'{"name": "from the inbox", "model": "gpt-4o"}')
    s3.put_object(Bucket=bucket, Key=key, Body=b'{"input": "Say hello"}\n')
    found = named(fanfold, "from the inbox")
    assert fanfold.batches.wait(found).progress.succeeded == 1
    assert [batch.id for batch in fanfold.batches.list() if batch.name == "from the inbox"] == [found]


def test_a_drop_with_bad_options_fails_with_the_reason(stack: LocalStack, fanfold: Fanfold) -> None:
    bucket, key = stack.cloud.outputs["BucketName"], "inbox/acme/batches/bad.jsonl"
    s3 = stack.cloud.client("s3")
    s3.put_object(Bucket=bucket, Key=f"{key}.options.json", Body=b'{"modle": "gpt-4o"}')
    s3.put_object(Bucket=bucket, Key=key, Body=b'{"input": "Say hello"}\n')
    batch = fanfold.batches.wait(named(fanfold, "bad.jsonl"))
    assert batch.state == "failed"
    assert "modle" in str(batch.error)


def test_an_execution_started_in_the_console_is_a_batch(stack: LocalStack, fanfold: Fanfold) -> None:
    body = {"tenant": "acme", "name": "console", "requests": [{"input": "Say hello"}]}
    machine = stack.cloud.outputs["BatchMachineArn"]
    stack.cloud.client("stepfunctions").start_execution(stateMachineArn=machine, input=json.dumps(body))
    assert fanfold.batches.wait(named(fanfold, "console")).progress.succeeded == 1


def test_an_execution_stopped_in_the_console_fails_its_job(stack: LocalStack, fanfold: Fanfold) -> None:
    assert stack.provider
    stack.provider.fault("stuck", where="batches.create")
    try:
        id = fanfold.batches.create([{"input": "Say hello"}]).id
        machine = stack.cloud.outputs["BatchMachineArn"]
        execution = f"{machine.replace(':stateMachine:', ':execution:')}:{id}-1"
        client = stack.cloud.client("stepfunctions")
        until(lambda: fanfold.batches.get(id).state == "running")
        client.stop_execution(executionArn=execution)
        assert fanfold.batches.wait(id).error == "its execution was stopped"
    finally:
        stack.provider.clear_faults()


def named(fanfold: Fanfold, name: str) -> str:
    def found() -> str | None:
        return next((batch.id for batch in fanfold.batches.list() if batch.name == name), None)

    return str(until(found))
