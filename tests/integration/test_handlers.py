"""Every handler with its golden event, on the template's resources in moto and the emulated provider.

The golden events tell one story: tenant acme posts a batch, which is started, planned, submitted, polled, collected
and finished.
"""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import ValidationError

from fanfold.batches.model.batch import BatchJob
from fanfold.batches.model.shard import ShardState
from fanfold.errors import JobRefused, NotFound
from fanfold.jobs import life_cycle
from fanfold.jobs.halt import halt
from fanfold.jobs.identity import Begin
from fanfold.jobs.job import JobRef, State
from fanfold.ports import Change, Ended, Key
from fanfold.wiring import batches as wiring
from fanfold.wiring import entrance
from tests.fakes.moto_stack import Stack, client
from tests.integration.conftest import golden

Invoke = Callable[..., Any]
REF = JobRef.model_validate(golden("batches.finish"))
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


def job(ref: JobRef = REF) -> BatchJob:
    return wiring.batches().jobs.get(ref)


Handed = list[tuple[str, str]]


def messages(handed: Handed) -> list[Begin]:
    """Runs that were asked for since the last look."""
    found = [Begin.read(event) for function, event in handed if function == "start"]
    handed.clear()
    return found


def executions(stack: Stack) -> dict[str, Any]:
    states = client("stepfunctions")
    found = states.list_executions(stateMachineArn=stack.machine)["executions"]
    described = (states.describe_execution(executionArn=each["executionArn"]) for each in found)
    return {each["name"]: json.loads(each["input"]) for each in described}


def reach(invoke: Invoke, *steps: str) -> None:
    """Tell the story up to these steps."""
    for step in steps:
        invoke(f"batches.{step}")


def test_authorize_says_whose_key_it_is(invoke: Invoke) -> None:
    key = golden("accounts.authorize")["headers"]["authorization"].removeprefix("Bearer ")
    place = Key("K#acme", f"KEY#{sha256(key.encode()).hexdigest()}")
    entrance.tenants().create("acme")
    entrance.table().change(Change(key=place, set={"created_at": "2026-11-22T21:07:00.000Z"}))
    said = {"tenant": "acme", "key_id": place.sk.removeprefix("KEY#")[:16], "role": "owner", "scopes": ""}
    assert invoke("accounts.authorize") == {"isAuthorized": True, "context": said}


def test_authorize_says_what_is_wrong_with_a_key(invoke: Invoke) -> None:
    """It lets the request through: the API answers with the problem."""
    answer = invoke("accounts.authorize")
    assert answer == {"isAuthorized": True, "context": {"refused": "nobody has this key"}}
    event = golden("accounts.authorize")
    del event["headers"]["authorization"]
    assert "send your key" in invoke("accounts.authorize", event)["context"]["refused"]


def test_issue_key_makes_a_tenant_whose_key_opens(invoke: Invoke) -> None:
    issued = invoke("accounts.admin")
    event = golden("accounts.authorize")
    event["headers"]["authorization"] = f"Bearer {issued['key']}"
    said = invoke("accounts.authorize", event)["context"]
    assert said == {"tenant": issued["tenant"], "key_id": issued["id"], "role": "owner", "scopes": ""}


def test_only_the_hash_of_a_key_is_kept(invoke: Invoke, stack: Stack) -> None:
    issued = invoke("accounts.admin")
    kept = client("dynamodb").scan(TableName=stack.table)["Items"]
    assert issued["key"] not in json.dumps(kept)
    assert issued["key"].split("_", 2)[2] not in json.dumps(kept)


def test_health_is_answered_without_a_key(invoke: Invoke) -> None:
    answer = invoke("health.api")
    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (200, "ok")


def test_a_batch_is_accepted_durably_and_its_start_asked_for(invoke: Invoke, handed: Handed) -> None:
    answer = invoke("batches.api")
    assert answer["statusCode"] == 202
    assert answer["headers"]["Location"] == f"batches/{REF.job}"
    assert json.loads(answer["body"]) == {"id": REF.job, "state": "accepted", "created_at": job().created_at}
    assert (job().state, job().options.name, job().correlation_id) == (State.ACCEPTED, "golden", "OYnRVjxdFiAEPpw=")
    assert messages(handed) == [Begin.model_validate(golden("batches.plan")["input"])]


def test_a_start_message_starts_one_execution_however_often_it_comes(invoke: Invoke, stack: Stack) -> None:
    for _ in range(3):
        invoke("batches.start")
    assert executions(stack) == {f"{REF.job}-1": golden("batches.plan")["input"]}


def test_a_start_of_another_shape_fails_and_is_tried_again(invoke: Invoke, stack: Stack) -> None:
    with pytest.raises(ValidationError):
        invoke("batches.start", {"tenant": "acme"})
    assert executions(stack) == {}


def test_a_dropped_file_is_a_batch(invoke: Invoke, handed: Handed) -> None:
    invoke("accounts.admin")
    key = "inbox/acme/batches/topics of packages.csv"
    wiring.blobs().put(key, b"custom_id,input\na,What is a queue?\n")
    wiring.blobs().put(key + ".options.json", b'{"model": "gpt-5.4-mini", "metadata": {"from": "drop"}}')
    for _ in range(2):
        invoke("batches.take_drop")
    [begin] = messages(handed)
    found = job(begin.ref)
    assert (found.sources[0].key, found.sources[0].format) == (key, "csv")
    assert (found.options.name, found.options.metadata) == ("topics of packages.csv", {"from": "drop"})


def test_a_drop_of_nobody_is_left_alone(invoke: Invoke, handed: Handed) -> None:
    invoke("batches.take_drop")
    assert messages(handed) == []


def test_plan_takes_the_job_over_and_cuts_it(invoke: Invoke) -> None:
    reach(invoke, "api")
    planned = invoke("batches.plan")
    assert planned == golden("batches.finish") | {"shards": [0]}
    assert (job().state, job().total, job().execution) == (State.RUNNING, 3, golden("batches.plan")["id"])


def test_plan_takes_a_batch_from_the_console(invoke: Invoke) -> None:
    invoke("accounts.admin")
    event = {"id": "arn:aws:states:::execution:m:console", "input": {"tenant": "acme", "requests": [{"input": "Hi"}]}}
    planned = invoke("batches.plan", event)
    assert invoke("batches.plan", event) == planned
    assert job(JobRef(tenant="acme", job=planned["job"])).total == 1


def test_plan_refuses_a_job_of_nothing_good_by_name(invoke: Invoke, stack: Stack) -> None:
    """The state machine and the halt function know the error by its class."""
    event = golden("batches.api")
    client("s3").put_object(Bucket=stack.bucket, Key="uploads/acme/bad.jsonl", Body=b'{"inptu": "a typing error"}')
    event["body"] = json.dumps({"upload": "bad.jsonl"})
    invoke("batches.api", event)
    with pytest.raises(JobRefused, match="line 1"):
        invoke("batches.plan")


def test_submit_makes_the_batch_at_the_provider(invoke: Invoke, provider: Any) -> None:
    reach(invoke, "api", "plan")
    submitted = invoke("batches.submit")
    assert submitted["number"] == 0
    made = {each["id"]: each["requests"] for each in provider.stats()["batches"]}
    assert made[submitted["batch"]] == 3
    assert invoke("batches.submit") == submitted


def test_poll_sees_that_the_batch_has_ended(invoke: Invoke) -> None:
    reach(invoke, "api", "plan", "submit")
    assert invoke("batches.poll") == {"open": 1, "ended": 1, "stuck": 0, "troubled": 0}
    assert wiring.batches().shards.get(REF, 0).state is ShardState.ENDED


def test_poll_has_nothing_to_do_without_open_shards(invoke: Invoke) -> None:
    assert invoke("batches.poll") == {"open": 0, "ended": 0, "stuck": 0, "troubled": 0}


def test_collect_settles_the_shard_once(invoke: Invoke) -> None:
    reach(invoke, "api", "plan", "submit", "poll")
    for _ in range(2):
        assert invoke("batches.collect") == {"number": 0}
    counts = wiring.batches().jobs.counts(REF)
    assert (counts.succeeded, counts.failed) == (3, 0)
    assert counts.output_tokens > 0


def test_collect_settles_a_shard_that_was_given_up(invoke: Invoke) -> None:
    reach(invoke, "api", "plan")
    failure = {"Error": "ProviderRefused", "Cause": '{"errorMessage": "OpenAI: no such model"}'}
    invoke("batches.collect", golden("batches.collect") | {"failure": failure})
    assert invoke("batches.finish")["counts"]["failed"] == 3
    results = wiring.blobs().get(REF.folder + "results.jsonl").decode()
    assert results.count("OpenAI: no such model") == 3


def test_finish_closes_the_job(invoke: Invoke) -> None:
    reach(invoke, "api", "plan", "submit", "poll", "collect")
    finished = invoke("batches.finish")
    assert (finished["id"], finished["state"], finished["counts"]["succeeded"]) == (REF.job, "completed", 3)
    assert invoke("batches.finish") == finished
    lines = wiring.blobs().get(REF.folder + "results.jsonl").splitlines()
    assert [json.loads(line)["custom_id"] for line in lines] == ["topic", "italian", "body"]


def test_halt_gives_the_job_another_run(invoke: Invoke, handed: Handed) -> None:
    reach(invoke, "api", "plan")
    assert [begin.run for begin in messages(handed)] == [1]
    for _ in range(2):
        invoke("jobs.halt")
    assert (job().run, job().execution, job().state) == (2, None, State.RUNNING)
    assert [begin.run for begin in messages(handed)] == [2]


def test_halt_fails_a_job_that_was_stopped(invoke: Invoke, stack: Stack) -> None:
    reach(invoke, "api", "plan")
    event = golden("jobs.halt")
    event["detail"] |= {"status": "ABORTED", "error": "Operator", "cause": "too dear"}
    invoke("jobs.halt", event)
    assert (job().state, job().error) == (State.FAILED, "its execution was stopped: too dear")


@pytest.mark.parametrize("given", ['{"tenant": "acme", "requests": [{"input": "a"}]}', '{"a": 1}', "[]", None])
def test_halt_leaves_executions_alone_that_never_were_a_job(invoke: Invoke, given: str | None) -> None:
    event = golden("jobs.halt")
    event["detail"]["input"] = given
    assert invoke("jobs.halt", event) is None


def swept(**done: Any) -> dict[str, int]:
    return dict.fromkeys(("expired", "open", "started", "halted", "removed", "failed_items"), 0) | done


def test_sweep_starts_what_was_left_and_halts_what_ended(invoke: Invoke, stack: Stack) -> None:
    reach(invoke, "api")
    assert invoke("jobs.sweep")["batches"] == swept(open=1, halted=0)
    reach(invoke, "start", "plan")
    client("stepfunctions").stop_execution(executionArn=stack.execution(f"{REF.job}-1"))
    assert invoke("jobs.sweep")["batches"] == swept(open=1, halted=1)
    assert job().state is State.FAILED


def test_sweep_leaves_a_running_job_alone(invoke: Invoke) -> None:
    reach(invoke, "api", "start", "plan")
    assert invoke("jobs.sweep")["batches"] == swept(open=1, halted=0)


def test_a_job_halted_at_its_last_run_is_failed(invoke: Invoke, stack: Stack) -> None:
    reach(invoke, "api", "plan")
    backend = wiring.batches()
    for run in range(1, backend.settings.max_mishaps + 1):
        halted = halt(REF, job().execution or "", Ended("FAILED", "Lambda.Unknown", ""), backend)
        assert (halted.state, halted.run) == (State.RUNNING, run + 1)
        backend.jobs.move(halted, execution=f"arn:{run}")
    halted = halt(REF, job().execution or "", Ended("FAILED", "Lambda.Unknown", ""), backend)
    assert (halted.state, halted.error) == (State.FAILED, "Lambda.Unknown")


def test_remove_leaves_nothing_of_a_deleted_job(invoke: Invoke) -> None:
    reach(invoke, "api", "plan", "submit", "poll", "collect", "finish")
    life_cycle.delete(REF, wiring.batches())
    for _ in range(2):
        invoke("batches.remove")
    with pytest.raises(NotFound):
        job()
    with pytest.raises(KeyError):
        wiring.blobs().get(REF.folder + "results.jsonl")


def test_health_details_name_what_does_not_answer(invoke: Invoke, stack: Stack) -> None:
    event = golden("batches.api")
    event |= {"rawPath": "/v1/health/details", "body": None}
    event["requestContext"]["http"] |= {"method": "GET", "path": "/v1/health/details"}
    assert json.loads(invoke("health.api", event)["body"])["status"] == "ok"
    client("sqs").delete_queue(QueueUrl=stack.work)
    body = json.loads(invoke("health.api", event)["body"])
    assert body["status"] == "degraded"
    assert [name for name, check in body["checks"].items() if not check["ok"]] == ["queue"]
    with pytest.raises(ClientError):
        client("sqs").get_queue_attributes(QueueUrl=stack.work)
