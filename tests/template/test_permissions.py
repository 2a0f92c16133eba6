"""IAM: no wildcard, but where AWS leaves no choice."""

from typing import Any

import pytest

from tests.template.stack import TEMPLATE, Json, expanded, of_type, references
from tests.template.statements import named, statements, unneeded

WITHOUT_DATA = {"DashboardBucket"}
"""It holds the page, which everybody may see."""

# Actions that AWS takes only with Resource "*".
WITHOUT_RESOURCE = {
    "xray:PutTraceSegments": "traces have no ARN",
    "xray:PutTelemetryRecords": "traces have no ARN",
    "xray:GetSamplingRules": "traces have no ARN",
    "xray:GetSamplingTargets": "traces have no ARN",
    "logs:CreateLogDelivery": "log delivery of a state machine; deliveries have no ARN",
    "logs:GetLogDelivery": "as above",
    "logs:UpdateLogDelivery": "as above",
    "logs:DeleteLogDelivery": "as above",
    "logs:ListLogDeliveries": "as above",
    "logs:PutResourcePolicy": "Step Functions opens the log group to the delivery service",
    "logs:DescribeResourcePolicies": "as above",
    "logs:DescribeLogGroups": "as above",
}

# AWS's own policies, which SAM attaches by itself.
MANAGED = {
    "AWSLambdaBasicExecutionRole": "every function: writes its log",
    "AWSXRayDaemonWriteAccess": "Tracing: Active",
    "AWSXrayWriteOnlyAccess": "Tracing: Active",
    "AWSLambdaSQSQueueExecutionRole": "a function with an SQS event",
    "AWSLambdaDynamoDBExecutionRole": "a function with a DynamoDB stream event",
}


def documents() -> dict[str, list[Json]]:
    """The policy documents of each role, queue and bucket policy, by logical id."""
    found = {name: [policy["PolicyDocument"] for policy in it.get("Policies", [])] for name, it in roles().items()}
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
        found |= {name: [it["PolicyDocument"]] for name, it in of_type(kind).items()}
    return found


def roles() -> dict[str, Json]:
    return of_type("AWS::IAM::Role")


def allowed(name: str) -> list[Json]:
    statements = [it for document in documents()[name] for it in _list(document["Statement"])]
    return [it for it in statements if it["Effect"] == "Allow"]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def too_wide(resource: Any) -> bool:
    """A `*` is narrow enough behind the name of something in this stack: the objects of one bucket, say."""
    ours = expanded()["Resources"].keys() | {"AWS::StackName"}
    return "*" in str(resource) and not references(resource) & ours


@pytest.mark.parametrize("name", documents())
def test_no_statement_allows_more_than_it_names(name: str) -> None:
    for statement in allowed(name):
        actions = _list(statement["Action"])
        assert not [action for action in actions if "*" in action]
        if any(too_wide(resource) for resource in _list(statement["Resource"])):
            assert set(actions) <= WITHOUT_RESOURCE.keys()


@pytest.mark.parametrize("name", roles())
def test_managed_policies_are_those_that_sam_attaches(name: str) -> None:
    attached = {str(arn).rsplit("/", 1)[-1].rstrip("'}]") for arn in roles()[name].get("ManagedPolicyArns", [])}
    assert attached <= MANAGED.keys()


CONDITIONS = {"s3:ListBucket": "s3:prefix", "events:PutEvents": "events:source", "iam:PassRole": "iam:PassedToService"}
"""Actions, and the condition without which each would allow more than a function needs."""
OPENS = {"AuthorizeFunction", "AccountsApiFunction", "AdminFunction"}
"""Functions that open, issue and revoke keys."""


@pytest.mark.parametrize("name", documents())
def test_wide_actions_have_their_condition(name: str) -> None:
    for statement in allowed(name):
        for action in set(_list(statement["Action"])) & CONDITIONS.keys():
            conditions = statement.get("Condition", {})
            assert CONDITIONS[action] in {key for block in conditions.values() for key in block}, action


@pytest.mark.parametrize("name", [*of_type("AWS::SQS::QueuePolicy"), "ScheduleRole"])
def test_services_act_for_this_account_alone(name: str) -> None:
    found = of_type("AWS::SQS::QueuePolicy") | {"ScheduleRole": roles()["ScheduleRole"]}
    document = found[name].get("PolicyDocument") or found[name]["AssumeRolePolicyDocument"]
    for statement in document["Statement"]:
        assert "aws:SourceAccount" in statement["Condition"]["StringEquals"]


def test_hashes_of_keys_are_out_of_reach_of_all_other_functions() -> None:
    denied = {role["Ref"] for role in of_type("AWS::IAM::ManagedPolicy")["WithoutKeys"]["Roles"]}
    assert denied == {f"{name}Role" for name in of_type("AWS::Lambda::Function") if name not in OPENS}


def test_the_customers_key_can_be_used_by_all() -> None:
    using = {role["Ref"] for role in of_type("AWS::IAM::ManagedPolicy")["UseOfCustomerKey"]["Roles"]}
    assert using == {f"{name}Role" for name in of_type("AWS::Lambda::Function")} | {"ForecastMachineRole"}


@pytest.mark.parametrize(
    ("kind", "property"),
    [
        ("AWS::DynamoDB::Table", "SSESpecification"),
        ("AWS::S3::Bucket", "BucketEncryption"),
        ("AWS::SQS::Queue", "KmsMasterKeyId"),
        ("AWS::SecretsManager::Secret", "KmsKeyId"),
        ("AWS::Logs::LogGroup", "KmsKeyId"),
    ],
)
def test_all_data_can_be_encrypted_with_the_customers_key(kind: str, property: str) -> None:
    kept = {name: it for name, it in of_type(kind).items() if name not in WITHOUT_DATA}
    assert [name for name, it in kept.items() if "CustomerKeyArn" not in str(it.get(property))] == []


def test_what_is_listed_as_needed_by_no_test_is_there_for_a_reason() -> None:
    reasons = unneeded()
    assert reasons.keys() <= {named(statement.what) for statement in statements(TEMPLATE)}
    assert all(reasons.values())
