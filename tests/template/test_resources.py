"""What the stack stores: that it goes when the stack goes, and that no queue loses or doubles work."""

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
