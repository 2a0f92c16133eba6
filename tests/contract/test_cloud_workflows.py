"""State machines run as on Step Functions, limits and failures included."""

import json
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import limits
from local.cloud.stack import Cloud
from tests.contract.cloud.handlers.steps import SLOW
from tests.contract.cloud.sample import run_machine, sample_cloud
from tests.waiting import until


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with sample_cloud() as cloud:
        yield cloud


def events(cloud: Cloud, execution: dict[str, Any]) -> list[str]:
    return [event["type"] for event in history(cloud, execution)]


def history(cloud: Cloud, execution: dict[str, Any]) -> list[dict[str, Any]]:
    pages = cloud.client("stepfunctions").get_paginator("get_execution_history")
    found = pages.paginate(executionArn=execution["executionArn"], maxResults=1000)
    return [event for page in found for event in page["events"]]


def make_machine(cloud: Cloud, name: str, definition: dict[str, Any]) -> str:
    arn: str = cloud.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=cloud.outputs["AdHocRole"]
    )["stateMachineArn"]
    return arn


def run_definition(cloud: Cloud, name: str, definition: dict[str, Any], body: Any = None) -> dict[str, Any]:
    client = cloud.client("stepfunctions")
    arn = make_machine(cloud, name, definition)
    execution = client.start_execution(stateMachineArn=arn, input=json.dumps(body or {}))["executionArn"]

    def ended() -> dict[str, Any] | None:
        described: dict[str, Any] = client.describe_execution(executionArn=execution)
        return None if described["status"] == "RUNNING" else described

    return until(ended)


def call_step(cloud: Cloud, do: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": cloud.deployed.resources["Step"], "Payload": {"do": do}},
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        "End": True,
    }


def test_a_task_is_retried_by_the_name_of_its_exception(cloud: Cloud) -> None:
    ended = run_machine(cloud, {"kind": "retry", "do": "busy_twice"})
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"])["result"] == {"answer": {"attempts": 3}}
    assert events(cloud, ended).count("TaskFailed") == 2


def test_another_exception_is_caught_by_its_name(cloud: Cloud) -> None:
    ended = run_machine(cloud, {"kind": "retry", "do": "fatal"})
    output = json.loads(ended["output"])
    assert (output["caught"], output["error"]["Error"]) == ("fatal", "Fatal")
    assert json.loads(output["error"]["Cause"])["errorMessage"] == "all is lost"


def test_an_unknown_choice_fails(cloud: Cloud) -> None:
    ended = run_machine(cloud, {"kind": "what"})
    assert (ended["status"], ended["error"]) == ("FAILED", "UnknownKind")


def test_a_map_keeps_the_order_and_records_its_iterations(cloud: Cloud) -> None:
    ended = run_machine(cloud, {"kind": "map", "items": [1, 2, 3, 4]})
    seen = events(cloud, ended)
    assert json.loads(ended["output"]) == [{"doubled": n} for n in (2, 4, 6, 8)]
    assert {kind: seen.count(kind) for kind in ("MapIterationStarted", "TaskStateEntered", "TaskStarted")} == {
        "MapIterationStarted": 4,
        "TaskStateEntered": 4,
        "TaskStarted": 4,
    }
    assert seen.count("PassStateExited") == 4


def test_a_token_brings_the_answer(cloud: Cloud) -> None:
    ended = run_machine(cloud, {"kind": "token", "do": "answer"})
    assert json.loads(ended["output"])["do"] == "answer"
    assert "TaskSubmitted" in events(cloud, ended)


def test_a_function_that_raises_fails_the_task_that_waits_for_its_token(cloud: Cloud) -> None:
    ended = run_machine(cloud, {"kind": "token", "do": "fatal"})
    assert json.loads(ended["output"])["error"]["Error"] == "Fatal"


def test_a_retried_task_has_a_new_token(cloud: Cloud) -> None:
    ended = run_machine(cloud, {"kind": "token", "do": "busy_once_then_answer"})
    answered = json.loads(ended["output"])
    (failed,) = (event for event in history(cloud, ended) if event["type"] == "TaskFailed")
    first_token = json.loads(failed["taskFailedEventDetails"]["cause"])["errorMessage"]
    assert answered["attempt"] == 1
    assert first_token not in ("", answered["token"])


def test_branches_have_tokens_of_their_own(cloud: Cloud) -> None:
    ended = run_machine(cloud, {"kind": "branches"})
    left, right = json.loads(ended["output"])
    assert (left["do"], right["do"]) == ("left", "right")


@pytest.mark.parametrize(("values", "status"), [([1, 2, 3], "SUCCEEDED"), ([1, -1, -2], "FAILED")])
def test_a_distributed_map_reads_its_lines_from_s3(cloud: Cloud, values: list[int], status: str) -> None:
    lines = "\n".join(json.dumps({"value": value}) for value in values)
    cloud.client("s3").put_object(Bucket=cloud.outputs["Bucket"], Key="items.jsonl", Body=lines.encode())
    ended = run_machine(cloud, {"kind": "spread", "key": "items.jsonl"})
    assert ended["status"] == status
    if status == "FAILED":
        assert ended["error"] == "States.ExceedToleratedFailureThreshold"
    else:
        assert json.loads(ended["output"]) == [{"doubled": 2 * value} for value in values]


def test_a_number_of_the_template_bounds_a_distributed_map(cloud: Cloud) -> None:
    """CloudFormation puts a parameter's text into the definition's, where it is a number."""
    states, machine = cloud.client("stepfunctions"), cloud.outputs["Machine"]
    definition = json.loads(states.describe_state_machine(stateMachineArn=machine)["definition"])
    assert definition["States"]["Spread"]["MaxConcurrency"] == 2
    lines = "\n".join(json.dumps({"value": SLOW + value}) for value in range(6))
    cloud.client("s3").put_object(Bucket=cloud.outputs["Bucket"], Key="slow.jsonl", Body=lines.encode())
    ended = run_machine(cloud, {"kind": "spread", "key": "slow.jsonl"})
    assert ended["status"] == "SUCCEEDED"
    assert at_once(cloud, ended["executionArn"]) == 2


def test_a_number_of_the_input_bounds_a_distributed_map(cloud: Cloud) -> None:
    slow = [{"value": SLOW + value} for value in range(6)]
    ended = run_machine(cloud, {"kind": "measured", "items": slow, "width": 3})
    assert ended["status"] == "SUCCEEDED"
    assert at_once(cloud, ended["executionArn"]) == 3


@pytest.mark.parametrize("width", [{}, {"width": None}, {"width": "3"}, {"width": -1}, {"width": 1.5}, {"width": True}])
def test_an_input_that_does_not_say_how_many_fails_the_map(cloud: Cloud, width: dict[str, Any]) -> None:
    ended = run_machine(cloud, {"kind": "measured", "items": [{"value": 1}], **width})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")


def at_once(cloud: Cloud, execution: str) -> int:
    """The most children of the execution's map that ran at the same moment."""
    states = cloud.client("stepfunctions")
    (run,) = states.list_map_runs(executionArn=execution)["mapRuns"]
    children = states.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    starts = [(child["startDate"], 1) for child in children]
    ends = [(child["stopDate"], -1) for child in children]
    return max(accumulate(step for _, step in sorted([*starts, *ends], key=lambda moment: moment)))


def test_a_path_that_leads_nowhere_fails_the_state(cloud: Cloud) -> None:
    ended = run_machine(cloud, {"kind": "missing"})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ParameterPathFailure")


def test_a_choice_of_something_missing_fails(cloud: Cloud) -> None:
    ended = run_machine(cloud, {})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")


@pytest.mark.parametrize("field", ["InputPath", "OutputPath"])
def test_an_input_or_output_that_leads_nowhere_fails(cloud: Cloud, field: str) -> None:
    lost = {"Type": "Pass", field: "$.never", "End": True}
    ended = run_definition(cloud, f"lost-{field}", {"StartAt": "A", "States": {"A": lost}})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")


def test_a_throttled_function_fails_by_the_name_aws_gives(cloud: Cloud) -> None:
    function = cloud.deployed.resources["Plain"]
    cloud.client("lambda").put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    call: dict[str, Any] = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
    call["Parameters"] = {"FunctionName": function, "Payload": {}}
    ended = run_definition(cloud, "throttled", {"StartAt": "A", "States": {"A": call}})
    cloud.client("lambda").delete_function_concurrency(FunctionName=function)
    assert (ended["status"], ended["error"]) == ("FAILED", "Lambda.TooManyRequestsException")


def test_a_name_with_signs_is_refused(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="InvalidName"):
        cloud.client("stepfunctions").start_execution(stateMachineArn=cloud.outputs["Machine"], name="a b")


def test_the_same_name_and_input_start_one_execution(cloud: Cloud) -> None:
    client = cloud.client("stepfunctions")
    start = {"stateMachineArn": cloud.outputs["Machine"], "name": "once", "input": '{"kind": "sleep"}'}
    first, second = client.start_execution(**start), client.start_execution(**start)
    assert first["executionArn"] == second["executionArn"]
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        client.start_execution(**start | {"input": '{"kind": "pass"}'})
    client.stop_execution(executionArn=first["executionArn"])


def test_a_stopped_execution_stays_aborted_when_its_task_fails(cloud: Cloud) -> None:
    client = cloud.client("stepfunctions")
    call = call_step(cloud, "fatal_later")
    del call["Retry"], call["Catch"]
    arn = make_machine(cloud, "stopped", {"StartAt": "A", "States": {"A": call}})
    execution = client.start_execution(stateMachineArn=arn)
    until(lambda: "TaskScheduled" in events(cloud, execution))
    client.stop_execution(executionArn=execution["executionArn"])
    until(lambda: "TaskFailed" in events(cloud, execution))
    assert client.describe_execution(executionArn=execution["executionArn"])["status"] == "ABORTED"
    assert "ExecutionFailed" not in events(cloud, execution)


def test_an_execution_over_its_time_times_out(cloud: Cloud) -> None:
    wait = {"Type": "Wait", "Seconds": 60, "End": True}
    ended = run_definition(cloud, "late", {"StartAt": "A", "TimeoutSeconds": 1, "States": {"A": wait}})
    assert (ended["status"], ended["error"]) == ("TIMED_OUT", "States.Timeout")


def test_a_result_over_256_kib_fails_the_execution_past_every_retry_and_catch(cloud: Cloud) -> None:
    states = {"A": call_step(cloud, "large"), "Caught": {"Type": "Pass", "End": True}}
    ended = run_definition(cloud, "large-result", {"StartAt": "A", "States": states})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_parameters_over_256_kib_fail_the_execution(cloud: Cloud) -> None:
    both = {"Type": "Pass", "Parameters": {"a.$": "$.x", "b.$": "$.x"}, "ResultPath": None, "End": True}
    body = {"x": "x" * (limits.STATE * 2 // 3)}
    ended = run_definition(cloud, "large-parameters", {"StartAt": "A", "States": {"A": both}}, body)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_a_state_of_exactly_256_kib_passes(cloud: Cloud) -> None:
    text = "é" * ((limits.STATE - len('{"kind":"pass","x":""}')) // 2)
    body = json.dumps({"kind": "pass", "x": text}, ensure_ascii=False, separators=(",", ":"))
    client = cloud.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=cloud.outputs["Machine"], input=body)["executionArn"]
    until(lambda: client.describe_execution(executionArn=execution)["status"] == "SUCCEEDED")


@pytest.mark.parametrize("text", ['"' + "x" * limits.STATE + '"', "{not json"])
def test_an_input_too_long_or_broken_is_refused(cloud: Cloud, text: str) -> None:
    with pytest.raises(ClientError, match="InvalidExecutionInput"):
        cloud.client("stepfunctions").start_execution(stateMachineArn=cloud.outputs["Machine"], input=text)


def test_a_callbacks_output_over_256_kib_is_refused(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="InvalidOutput"):
        cloud.client("stepfunctions").send_task_success(taskToken="any", output='"' + "x" * limits.STATE + '"')


def test_a_history_over_25_000_events_fails_the_execution_also_inside_a_map(cloud: Cloud) -> None:
    steps: dict[str, Any] = {f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} for n in range(40)}
    steps["S40"] = {"Type": "Pass", "End": True}
    loop = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 1,
        "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "S0", "States": steps},
        "End": True,
    }
    ended = run_definition(cloud, "long", {"StartAt": "A", "States": {"A": loop}}, {"items": [0] * 320})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    assert "maximum number of history events (25000)" in ended["cause"]
