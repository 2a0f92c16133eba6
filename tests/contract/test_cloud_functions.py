"""Functions run as on Lambda: error types, time-outs, dying workers, warm reuse, limits."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.cloud import limits
from local.cloud.stack import Cloud
from tests.contract.cloud.sample import alive, call, sample_cloud
from tests.waiting import until


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with sample_cloud() as cloud:
        yield cloud


def workers_of(cloud: Cloud, function: str) -> set[int]:
    return {pid for pid, name in cloud.workers().items() if name == cloud.deployed.resources[function]}


def test_an_exception_is_reported_by_its_class(cloud: Cloud) -> None:
    kind, error = call(cloud, "Plain", {"do": "raise"})
    assert (kind, error["errorType"], error["errorMessage"]) == ("Unhandled", "TooHot", "over 40 degrees")
    assert "plain.py" in error["stackTrace"][0]


def test_a_warm_worker_is_used_again(cloud: Cloud) -> None:
    _, first = call(cloud, "Plain", {})
    _, second = call(cloud, "Plain", {})
    assert (second["pid"], second["calls"]) == (first["pid"], first["calls"] + 1)


def test_calls_at_the_same_time_have_workers_of_their_own(cloud: Cloud) -> None:
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: call(cloud, "Plain", {"do": "sleep", "seconds": 1}), range(3)))
    assert len(workers_of(cloud, "Plain")) >= 3


def test_a_function_over_its_time_is_killed(cloud: Cloud, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    kind, error = call(cloud, "Plain", {"do": "sleep", "seconds": 300, "mark": str(mark)})
    until(lambda: not alive(int(mark.read_text())))
    assert (kind, error["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert error["errorMessage"].endswith("Task timed out after 2.00 seconds")


def test_a_worker_that_ends_itself_is_an_exit_error(cloud: Cloud) -> None:
    _, error = call(cloud, "Plain", {"do": "exit"})
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("exit status 3")


def test_a_worker_killed_while_it_works_is_an_exit_error(cloud: Cloud, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(call, cloud, "Capped", {"do": "sleep", "seconds": 8, "mark": str(mark)})
        until(mark.exists)
        (pid,) = workers_of(cloud, "Capped")
        os.kill(pid, signal.SIGKILL)
        _, error = answer.result()
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("signal: killed")
    until(lambda: pid not in workers_of(cloud, "Capped"))


def test_a_worker_killed_while_idle_is_replaced(cloud: Cloud) -> None:
    _, first = call(cloud, "Plain", {})
    killed = workers_of(cloud, "Plain")
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not any(map(alive, killed)))
    kind, second = call(cloud, "Plain", {})
    assert kind is None
    assert second["pid"] != first["pid"]


def test_a_module_that_cannot_be_imported_is_an_init_error(cloud: Cloud) -> None:
    _, error = call(cloud, "Broken", {})
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert "no_such_module" in error["errorMessage"]


def test_the_import_path_has_the_package_the_layers_and_no_checkout(cloud: Cloud) -> None:
    _, answer = call(cloud, "Plain", {"do": "path"})
    package, layer, *rest = answer["path"]
    assert package == answer["cwd"]
    assert layer.endswith("/python")
    assert not any(path.startswith(str(cloud.state)) for path in rest)
    assert str(Path.cwd()) not in answer["path"]
    assert answer["tmp"].startswith(str(cloud.state))


def test_reserved_concurrency_throttles(cloud: Cloud) -> None:
    with ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(call, cloud, "Capped", {"do": "sleep", "seconds": 1}) for _ in range(2)]
        errors = [done.exception() for done in calls if done.exception()]
    assert [type(error).__name__ for error in errors] == ["TooManyRequestsException"]


def test_a_request_over_6_mb_is_refused(cloud: Cloud) -> None:
    with pytest.raises(ClientError) as caught:
        call(cloud, "Plain", {"fill": "x" * limits.INVOKE})
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert caught.value.response["Error"]["Code"].startswith("RequestTooLarge")


def test_an_asynchronous_request_over_1_mb_is_refused(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="too large for the Event invocation"):
        cloud.client("lambda").invoke(
            FunctionName=cloud.deployed.resources["Plain"],
            InvocationType="Event",
            Payload=json.dumps("x" * limits.ASYNC_INVOKE).encode(),
        )


def test_an_answer_over_6_mb_is_an_error(cloud: Cloud) -> None:
    kind, fits = call(cloud, "Plain", {"do": "size", "bytes": limits.RESPONSE - 2})
    assert (kind, len(fits)) == (None, limits.RESPONSE - 2)
    kind, error = call(cloud, "Plain", {"do": "size", "bytes": limits.RESPONSE})
    assert (kind, error["errorType"]) == ("Unhandled", "Function.ResponseSizeTooLarge")


def test_what_a_worker_prints_is_in_the_functions_log(cloud: Cloud) -> None:
    call(cloud, "Plain", {"do": "sleep", "seconds": 0})
    group = f"/aws/lambda/{cloud.deployed.resources['Plain']}"
    events = cloud.client("logs").filter_log_events(logGroupName=group)["events"]
    assert "going to sleep" in [event["message"] for event in events]


def test_a_mapping_with_a_hasty_queue_is_refused(cloud: Cloud) -> None:
    queue = cloud.client("sqs").create_queue(QueueName="hasty", Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
    arn = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    with pytest.raises(ClientError, match="1 seconds is less than Function timeout: 2 seconds"):
        cloud.client("lambda").create_event_source_mapping(
            EventSourceArn=arn["Attributes"]["QueueArn"], FunctionName=cloud.deployed.resources["Plain"]
        )


def test_a_stack_that_maps_a_hasty_queue_fails(cloud: Cloud) -> None:
    function = cloud.deployed.resources["Plain"]
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 1}}
    source = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": function}
    mapping = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": source}
    client = cloud.client("cloudformation")
    body = json.dumps({"Resources": {"Queue": queue, "Mapping": mapping}})
    client.create_stack(StackName="hasty", TemplateBody=body, OnFailure="DO_NOTHING")
    until(lambda: client.describe_stacks(StackName="hasty")["Stacks"][0]["StackStatus"] == "CREATE_FAILED")
    events = client.describe_stack_events(StackName="hasty")["StackEvents"]
    assert any("less than Function timeout: 2" in event.get("ResourceStatusReason", "") for event in events)
