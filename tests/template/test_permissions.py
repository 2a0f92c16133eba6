"""IAM: no wildcard, but where AWS leaves no choice."""

from typing import Any

import pytest

from tests.template.stack import Json, expanded, of_type, references

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
