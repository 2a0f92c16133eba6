"""What the stack stores: that it goes when the stack goes, and that no queue loses or doubles work."""

from collections.abc import Callable

import pytest

from fanfold.notify.kinds import INSIDE, TOLD
from tests.template.stack import Json, expanded, functions, number, of_type, references

GOES_WITH_THE_STACK = {
    "AWS::DynamoDB::Table",
    "AWS::Lambda::LayerVersion",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
}


def stored() -> list[str]:
    return [name for name, it in expanded()["Resources"].items() if it["Type"] in GOES_WITH_THE_STACK]


def queue_readers() -> dict[str, Json]:
    """The event source mappings that read a queue of the template."""
    mappings = of_type("AWS::Lambda::EventSourceMapping")
    return {name: it for name, it in mappings.items() if queue_of(it)}


def queue_of(mapping: Json) -> str | None:
    return next(iter(references(mapping.get("EventSourceArn")) & of_type("AWS::SQS::Queue").keys()), None)


@pytest.mark.parametrize("name", stored())
def test_destroying_the_stack_destroys(name: str) -> None:
    resource = expanded()["Resources"][name]
    assert resource.get("DeletionPolicy", "Delete") == "Delete"
    assert resource.get("UpdateReplacePolicy", "Delete") == "Delete"


@pytest.mark.parametrize("name", of_type("AWS::Logs::LogGroup"))
def test_logs_are_kept_for_a_while_only(name: str) -> None:
    assert "RetentionInDays" in of_type("AWS::Logs::LogGroup")[name]


@pytest.mark.parametrize("name", of_type("AWS::S3::Bucket"))
def test_bucket_is_private(name: str) -> None:
    access = of_type("AWS::S3::Bucket")[name]["PublicAccessBlockConfiguration"]
    assert [access[key] for key in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls")] == [True] * 3
    assert access["RestrictPublicBuckets"] is True


@pytest.mark.parametrize("name", queue_readers())
def test_queue_hides_a_message_while_its_function_runs(name: str) -> None:
    mapping = queue_readers()[name]
    queue = of_type("AWS::SQS::Queue")[queue_of(mapping) or ""]
    (function,) = references(mapping["FunctionName"]) & functions().keys()
    waited = number(functions()[function]["Timeout"]) + mapping.get("MaximumBatchingWindowInSeconds", 0)
    assert number(queue.get("VisibilityTimeout", 30)) >= waited


@pytest.mark.parametrize("name", queue_readers())
def test_one_bad_message_neither_repeats_its_batch_nor_comes_back_for_ever(name: str) -> None:
    mapping = queue_readers()[name]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert of_type("AWS::SQS::Queue")[queue_of(mapping) or ""]["RedrivePolicy"]["maxReceiveCount"] >= 2


def test_the_worker_of_webhooks_hears_of_every_event_that_it_knows() -> None:
    rule = of_type("AWS::Events::Rule")["DeliverFunctionTold"]
    assert set(rule["EventPattern"]["detail-type"]) == TOLD.keys() - INSIDE


OF_US = {"fanfold", "fanfold.events"}
"""The sources of events that deployments publish on the bus that they share."""


@pytest.mark.parametrize("name", [name for name, it in of_type("AWS::Events::Rule").items() if "EventPattern" in it])
def test_a_rule_hears_events_of_this_deployment_alone(name: str) -> None:
    """Every stage of an account has its rules on the same bus."""
    pattern = of_type("AWS::Events::Rule")[name]["EventPattern"]
    detail, deployment = pattern["detail"], [{"Ref": "AWS::StackName"}]
    if OF_US.isdisjoint(pattern["source"]):
        assert set(IDENTIFYING[pattern["source"][0]](detail)) <= expanded()["Resources"].keys()
    else:
        assert detail["deployment"] == deployment


IDENTIFYING: dict[str, Callable[[Json], list[str]]] = {
    "aws.s3": lambda detail: [each["Ref"] for each in detail["bucket"]["name"]],
    "aws.states": lambda detail: [each["Ref"] for each in detail["stateMachineArn"]],
}
"""By what an event of AWS says whose it is: resources of the stack."""


OF_THE_ACCOUNT = {"FunctionsAreThrottled"}
"""Concurrency is what all of an account's functions have together."""


@pytest.mark.parametrize("name", sorted(of_type("AWS::CloudWatch::Alarm").keys() - OF_THE_ACCOUNT))
def test_an_alarm_looks_at_this_deployment_alone(name: str) -> None:
    alarm = of_type("AWS::CloudWatch::Alarm")[name]
    looked_at = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]
    for metric in looked_at:
        assert references(metric["Dimensions"]) & {*expanded()["Resources"], "AWS::StackName"}, metric


OF_ANOTHER = {"AWS::ApiGatewayV2::Stage", "AWS::IAM::Policy", "AWS::Lambda::Alias"}
"""What is named inside of a resource of the stack."""


@pytest.mark.parametrize("name", [name for name, it in expanded()["Resources"].items() if it["Type"] not in OF_ANOTHER])
def test_a_name_that_is_given_has_the_stacks_in_it(name: str) -> None:
    """Otherwise a second stage of the account could not be made, or would take the first one's."""
    resource = expanded()["Resources"][name]
    given = resource.get("Properties", {})
    own = {"Name", f"{resource['Type'].rpartition('::')[2]}Name"} & given.keys() - {"LayerVersionName"}
    given_inside = [given[each]["Name"] for each in INSIDE_OF if "Name" in given.get(each, {})]
    for value in [*(given[each] for each in own), *given_inside]:
        assert "AWS::StackName" in references(value) or references(value) & expanded()["Resources"].keys(), value


INSIDE_OF = ("DatabaseInput", "OriginAccessControlConfig", "CachePolicyConfig", "FunctionConfig")
