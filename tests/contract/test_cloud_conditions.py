"""Conditions of policies, and the roles that services act with, hold as on AWS."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from local.cloud.stack import Cloud
from tests.contract.cloud.sample import sample_cloud
from tests.contract.test_cloud_permissions import calls
from tests.waiting import until

DENIED = {"AccessDenied", "AccessDeniedException"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with sample_cloud() as cloud:
        yield cloud


def is_denied(cloud: Cloud, service: str, method: str, **arguments: Any) -> bool:
    return calls(cloud, service, method, **arguments).get("Code") in DENIED


def item(partition: str) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": "a"}}


@pytest.mark.parametrize(("partition", "denied"), [("plain#a", False), ("secret#a", True)])
def test_partitions_can_be_out_of_reach(cloud: Cloud, partition: str, denied: bool) -> None:
    table, key = cloud.outputs["Table"], item(partition)
    update = {
        "TableName": table,
        "Key": key,
        "UpdateExpression": "SET a = :a",
        "ExpressionAttributeValues": {":a": {"S": "a"}},
    }
    query = {"KeyConditionExpression": "#p = :p", "ExpressionAttributeNames": {"#p": "pk"}}
    query["ExpressionAttributeValues"] = {":p": {"S": partition}}
    asked: list[tuple[str, dict[str, Any]]] = [
        ("get_item", {"TableName": table, "Key": key}),
        ("update_item", update),
        ("query", {"TableName": table, **query}),
        ("batch_get_item", {"RequestItems": {table: {"Keys": [item("plain#b"), key]}}}),
        ("transact_write_items", {"TransactItems": [{"Update": update}]}),
    ]
    for method, arguments in asked:
        assert is_denied(cloud, "dynamodb", method, **arguments) is denied, method


@pytest.mark.parametrize(("prefix", "denied"), [("mine/", False), ("mine/a/", False), ("yours/", True), ("", True)])
def test_a_bucket_is_listed_by_prefix(cloud: Cloud, prefix: str, denied: bool) -> None:
    assert is_denied(cloud, "s3", "list_objects_v2", Bucket=cloud.outputs["Bucket"], Prefix=prefix) is denied


def test_who_may_not_list_is_not_told_what_is_missing(cloud: Cloud) -> None:
    bucket = cloud.outputs["Bucket"]
    assert is_denied(cloud, "s3", "get_object", Bucket=bucket, Key="shown/none")
    cloud.client("s3").put_object(Bucket=bucket, Key="shown/some", Body=b"text")
    assert not is_denied(cloud, "s3", "get_object", Bucket=bucket, Key="shown/some")


@pytest.mark.parametrize(("sources", "denied"), [(["sample"], False), (["other"], True), (["sample", "other"], True)])
def test_events_are_put_under_ones_own_name(cloud: Cloud, sources: list[str], denied: bool) -> None:
    entries = [{"Source": source, "DetailType": "Done", "Detail": "{}"} for source in sources]
    assert is_denied(cloud, "events", "put_events", Entries=entries) is denied


@pytest.mark.parametrize(("role", "denied"), [("TargetRole", False), ("MisfitRole", True)])
def test_a_role_is_passed_to_the_service_that_it_is_for(cloud: Cloud, role: str, denied: bool) -> None:
    if not denied:
        cloud.client("scheduler").create_schedule_group(Name="mine")
    target = {"Arn": cloud.outputs["Machine"], "RoleArn": cloud.outputs[role], "Input": "{}"}
    window = {"Mode": "OFF"}
    asked = {"Name": f"s-{role}", "GroupName": "mine", "ScheduleExpression": "rate(30 days)", "Target": target}
    assert is_denied(cloud, "scheduler", "create_schedule", FlexibleTimeWindow=window, **asked) is denied


def test_an_event_comes_to_a_queue_whose_policy_says_so(cloud: Cloud) -> None:
    sqs, events = cloud.client("sqs"), cloud.client("events")
    silent = sqs.create_queue(QueueName="silent")["QueueUrl"]
    arns = [
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for url in (silent, cloud.outputs["Drops"])
    ]
    events.put_rule(Name="both", EventPattern=json.dumps({"source": ["both"]}))
    events.put_targets(Rule="both", Targets=[{"Id": str(at), "Arn": arn} for at, arn in enumerate(arns)])
    events.put_events(Entries=[{"Source": "both", "DetailType": "Done", "Detail": "{}"}])

    def waiting(url: str) -> int:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    until(lambda: waiting(cloud.outputs["Drops"]))
    assert waiting(silent) == 0


def machine(cloud: Cloud, task: dict[str, Any], role: str = "AdHocRole") -> dict[str, Any]:
    """How an execution of a machine of that one state ends."""
    client = cloud.client("stepfunctions")
    definition = json.dumps({"StartAt": "A", "States": {"A": {**task, "End": True}}})
    arn = client.create_state_machine(name=f"m{uuid4().hex}", definition=definition, roleArn=cloud.outputs[role])
    started = client.start_execution(stateMachineArn=arn["stateMachineArn"])["executionArn"]
    return until(lambda: _ended(client.describe_execution(executionArn=started)))


def _ended(described: dict[str, Any]) -> dict[str, Any] | None:
    return None if described["status"] == "RUNNING" else described


@pytest.mark.parametrize(("function", "status"), [("Plain", "SUCCEEDED"), ("Web", "FAILED")])
def test_a_machine_invokes_what_its_role_may(cloud: Cloud, function: str, status: str) -> None:
    given = {"FunctionName": cloud.deployed.resources[function], "Payload": {}}
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": given}
    ended = machine(cloud, task)
    assert ended["status"] == status
    assert status == "SUCCEEDED" or "not authorized to perform: lambda:InvokeFunction" in ended["cause"]


def test_a_distributed_map_needs_leave_to_start_children(cloud: Cloud) -> None:
    inner = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
    inner |= {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    ended = machine(cloud, {"Type": "Map", "ItemProcessor": inner, "ItemsPath": "$.none"})
    assert "not authorized to perform: states:StartExecution" in ended["cause"]


@pytest.mark.parametrize(("role", "starts"), [("TargetRole", True), ("AdHocRole", False)])
def test_a_rule_starts_a_machine_with_a_role_that_it_may_assume(cloud: Cloud, role: str, starts: bool) -> None:
    events, client = cloud.client("events"), cloud.client("stepfunctions")
    name = f"rule-{role}"
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    target = {"Id": "m", "Arn": cloud.outputs["Machine"], "RoleArn": cloud.outputs[role], "Input": '{"kind": "pass"}'}
    events.put_targets(Rule=name, Targets=[target])

    def started() -> int:
        return len(client.list_executions(stateMachineArn=cloud.outputs["Machine"])["executions"])

    before = started()
    events.put_events(Entries=[{"Source": name, "DetailType": "Done", "Detail": "{}"}])
    if starts:
        until(lambda: started() > before)
    else:
        assert started() == before
