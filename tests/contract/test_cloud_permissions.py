"""A function may do what its role allows, on what it allows it, and is refused the rest as AWS refuses."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.cloud.stack import Cloud
from tests.contract.cloud.sample import call, run_machine, sample_cloud
from tests.waiting import until

ITEM = {"pk": {"S": "a"}, "sk": {"S": "b"}}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with sample_cloud() as cloud:
        yield cloud


def calls(cloud: Cloud, service: str, method: str, **arguments: Any) -> dict[str, Any]:
    """The error that Caller gets for this call; empty for none."""
    kind, error = call(cloud, "Caller", {"service": service, "method": method, "arguments": arguments})
    assert kind is None, error
    found: dict[str, Any] = error
    return found


def refusal(cloud: Cloud, action: str) -> str:
    """How AWS says that an action is refused; who it says it to is Caller, by its role's session."""
    function = cloud.deployed.resources["Caller"]
    role = cloud.deployed.resources["CallerRole"]
    session = f"arn:aws:sts::000000000000:assumed-role/{role}/{function}"
    return f"User: {session} is not authorized to perform: {action}"


def start_waiting(cloud: Cloud, machine: str) -> tuple[str, str]:
    """A new execution of a machine of that name, which is not the template's, and the token it waits for."""
    put = {"Bucket": cloud.outputs["Bucket"], "Key": f"mine/{machine}", "Body.$": "$$.Task.Token"}
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {
            "FunctionName": cloud.deployed.resources["Caller"],
            "Payload": {"service": "s3", "method": "put_object", "arguments": put},
        },
        "End": True,
    }
    client = cloud.client("stepfunctions")
    arn = client.create_state_machine(
        name=machine,
        definition=json.dumps({"StartAt": "A", "States": {"A": task}}),
        roleArn=cloud.outputs["AdHocRole"],
    )["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=arn)["executionArn"]
    return execution, until(lambda: read(cloud, put["Key"]))


def read(cloud: Cloud, key: str) -> str | None:
    client = cloud.client("s3")
    try:
        text: str = client.get_object(Bucket=cloud.outputs["Bucket"], Key=key)["Body"].read().decode()
    except client.exceptions.NoSuchKey:
        return None
    return text


def test_what_the_role_allows_works(cloud: Cloud) -> None:
    assert calls(cloud, "dynamodb", "get_item", TableName=cloud.outputs["Table"], Key=ITEM) == {}
    assert calls(cloud, "sqs", "send_message", QueueUrl=cloud.outputs["DeadLetters"], MessageBody="hi") == {}
    assert calls(cloud, "s3", "put_object", Bucket=cloud.outputs["Bucket"], Key="mine/a", Body="hi") == {}


def test_a_schedule_is_one_of_its_group(cloud: Cloud) -> None:
    """That there is none is said to whoever may remove it."""
    assert (
        calls(cloud, "scheduler", "delete_schedule", Name="a", GroupName="mine")["Code"] == "ResourceNotFoundException"
    )
    for other in ({"GroupName": "theirs"}, {}):
        denied = calls(cloud, "scheduler", "delete_schedule", Name="a", **other)
        assert denied["Code"] == "AccessDeniedException"


def test_an_action_the_role_lacks_is_denied_and_has_no_effect(cloud: Cloud) -> None:
    table = cloud.outputs["Table"]
    error = calls(cloud, "dynamodb", "put_item", TableName=table, Item=ITEM)
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"].startswith(refusal(cloud, "dynamodb:PutItem"))
    assert "Item" not in cloud.client("dynamodb").get_item(TableName=table, Key=ITEM)


def test_every_item_of_a_transaction_needs_its_permission(cloud: Cloud) -> None:
    table = cloud.outputs["Table"]
    error = calls(
        cloud, "dynamodb", "transact_write_items", TransactItems=[{"Put": {"TableName": table, "Item": ITEM}}]
    )
    assert error["Code"] == "AccessDeniedException"
    assert "Item" not in cloud.client("dynamodb").get_item(TableName=table, Key=ITEM)


def test_another_table_is_denied(cloud: Cloud) -> None:
    cloud.client("dynamodb").create_table(
        TableName="another",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    error = calls(cloud, "dynamodb", "get_item", TableName="another", Key={"pk": {"S": "a"}})
    assert error["Code"] == "AccessDeniedException"


def test_another_queue_is_denied(cloud: Cloud) -> None:
    error = calls(cloud, "sqs", "send_message", QueueUrl=cloud.outputs["Queue"], MessageBody="hi")
    assert error["Code"] == "AccessDenied"
    assert error["Message"].lower().startswith(refusal(cloud, "sqs:sendmessage").lower())


@pytest.mark.parametrize("key", ["yours/a", "mine"])
def test_another_prefix_is_denied(cloud: Cloud, key: str) -> None:
    error = calls(cloud, "s3", "put_object", Bucket=cloud.outputs["Bucket"], Key=key, Body="hi")
    assert error["Code"] == "AccessDenied"
    assert error["Message"].startswith(refusal(cloud, "s3:PutObject"))


def test_reading_is_not_in_writing(cloud: Cloud) -> None:
    error = calls(cloud, "s3", "get_object", Bucket=cloud.outputs["Bucket"], Key="mine/a")
    assert error["Code"] == "AccessDenied"


def test_an_answer_is_taken_for_ones_own_machine_only(cloud: Cloud) -> None:
    execution, token = start_waiting(cloud, "of-somebody-else")
    error = calls(cloud, "stepfunctions", "send_task_success", taskToken=token, output="1")
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"].startswith(refusal(cloud, "states:SendTaskSuccess"))
    client = cloud.client("stepfunctions")
    assert client.describe_execution(executionArn=execution)["status"] == "RUNNING"
    client.send_task_success(taskToken=token, output="1")
    assert until(lambda: client.describe_execution(executionArn=execution).get("output")) == "1"


def test_an_answer_for_ones_own_machine_is_taken(cloud: Cloud) -> None:
    ended = run_machine(cloud, {"kind": "token", "do": "answer"})
    assert json.loads(ended["output"])["do"] == "answer"


def test_an_action_on_ones_own_machine_does_not_bring_another(cloud: Cloud) -> None:
    error = calls(cloud, "stepfunctions", "start_execution", stateMachineArn=cloud.outputs["Machine"])
    assert error["Code"] == "AccessDeniedException"


def test_a_machine_needs_a_role_that_exists(cloud: Cloud) -> None:
    client = cloud.client("stepfunctions")
    with pytest.raises(client.exceptions.ClientError, match="nobody cannot be found"):
        client.create_state_machine(
            name="roleless",
            definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
            roleArn="arn:aws:iam::000000000000:role/nobody",
        )
