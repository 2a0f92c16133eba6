"""Queues, streams, buckets, rules and schedules trigger what the template says."""

import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.cloud.stack import Cloud
from tests.contract.cloud.sample import notes, run_machine, sample_cloud
from tests.waiting import until


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with sample_cloud(minute_seconds=3) as cloud:
        yield cloud


def receive(cloud: Cloud, queue: str) -> list[dict[str, Any]]:
    got = cloud.client("sqs").receive_message(QueueUrl=cloud.outputs[queue], MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in got.get("Messages", [])]


def test_only_the_failed_message_of_a_batch_comes_back_and_ends_as_a_dead_letter(cloud: Cloud) -> None:
    entries = [{"Id": str(n), "MessageBody": json.dumps({"n": n, "poison": n == 2})} for n in range(4)]
    cloud.client("sqs").send_message_batch(QueueUrl=cloud.outputs["Queue"], Entries=entries)
    (dead,) = until(lambda: receive(cloud, "DeadLetters"))
    seen = sorted((note["n"], note["receives"]) for note in notes(cloud, "queue"))
    assert dead == {"n": 2, "poison": True}
    assert seen == [(0, "1"), (1, "1"), (2, "1"), (2, "2"), (3, "1")]


def test_a_stream_brings_the_changes_its_filter_lets_through(cloud: Cloud) -> None:
    for key in ("ignored", "watched"):
        item = {"pk": {"S": key}, "sk": {"S": "1"}, "colour": {"S": "red"}}
        cloud.client("dynamodb").put_item(TableName=cloud.outputs["Table"], Item=item)
    (note,) = until(lambda: notes(cloud, "stream"))
    assert note["name"] == "INSERT"
    assert note["new"]["pk"] == {"S": "watched"}


def test_a_failing_batch_of_a_stream_is_halved_until_the_bad_record_is_alone_and_given_up(cloud: Cloud) -> None:
    names = ("a", "b", "poison", "c")
    puts = [{"PutRequest": {"Item": {"pk": {"S": "tasted"}, "sk": {"S": name}}}} for name in names]
    cloud.client("dynamodb").batch_write_item(RequestItems={cloud.outputs["Table"]: puts})
    (given_up,) = until(lambda: receive(cloud, "GivenUp"))
    assert given_up["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert given_up["DDBStreamBatchInfo"]["batchSize"] == 1
    until(lambda: ["c"] in [note["tasted"] for note in notes(cloud, "tasted")])
    tasted = [note["tasted"] for note in notes(cloud, "tasted")]
    assert tasted.count(["poison"]) == 2  # once, and one retry
    assert sum("poison" not in batch and "a" in batch for batch in tasted) == 1
    assert sum("poison" not in batch and "c" in batch for batch in tasted) == 1


@pytest.mark.parametrize("by", ["sample", "nobody"])
def test_an_event_that_nobody_waits_for_is_tried_three_times_and_then_given_up(cloud: Cloud, by: str) -> None:
    """A rule's, and one that was handed over with `InvocationType: Event`."""
    if by == "sample":
        told = {"Source": by, "DetailType": "Bad news", "Detail": "{}"}
        cloud.client("events").put_events(Entries=[told])
    else:
        name = cloud.deployed.resources["Unlucky"]
        cloud.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    (given_up,) = until(lambda: [each for each in receive(cloud, "GivenUp") if "requestPayload" in each])
    assert given_up["requestPayload"].get("source", "nobody") == by
    assert [note["by"] for note in notes(cloud, "news")].count(by) == 3


def test_an_index_finds_items(cloud: Cloud) -> None:
    item = {"pk": {"S": "indexed"}, "sk": {"S": "1"}, "colour": {"S": "blue"}}
    cloud.client("dynamodb").put_item(TableName=cloud.outputs["Table"], Item=item)
    found = cloud.client("dynamodb").query(
        TableName=cloud.outputs["Table"],
        IndexName="by-colour",
        KeyConditionExpression="colour = :c",
        ExpressionAttributeValues={":c": {"S": "blue"}},
    )
    assert found["Items"] == [item]


def test_a_dropped_file_reaches_the_queue_through_its_rule(cloud: Cloud) -> None:
    for key in ("elsewhere/a.jsonl", "inbox/acme/a b.jsonl"):
        cloud.client("s3").put_object(Bucket=cloud.outputs["Bucket"], Key=key, Body=b"{}")
    (event,) = until(lambda: receive(cloud, "Drops"))
    assert (event["source"], event["detail-type"]) == ("aws.s3", "Object Created")
    assert event["detail"]["object"]["key"] == "inbox/acme/a b.jsonl"
    assert event["detail"]["bucket"]["name"] == cloud.outputs["Bucket"]


def test_rules_and_schedules_fire(cloud: Cloud) -> None:
    until(lambda: {note["tick"] for note in notes(cloud, "tick")} == {"rule", "schedule"})


def test_the_schedule_is_the_templates(cloud: Cloud) -> None:
    rule = cloud.client("events").describe_rule(Name=cloud.deployed.resources["TicksRule"])
    schedule = cloud.client("scheduler").get_schedule(Name=cloud.deployed.resources["TicksSchedule"])
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
    assert schedule["ScheduleExpression"] == "rate(1 minute)"


def test_the_end_of_an_execution_is_an_event(cloud: Cloud) -> None:
    run_machine(cloud, {"kind": "pass"}, name="watched-run")
    until(lambda: {"name": "watched-run", "status": "SUCCEEDED"} in notes(cloud, "status"))


def test_what_cloudformation_drops_is_set(cloud: Cloud) -> None:
    ttl = cloud.client("dynamodb").describe_time_to_live(TableName=cloud.outputs["Table"])["TimeToLiveDescription"]
    rules = cloud.client("s3").get_bucket_lifecycle_configuration(Bucket=cloud.outputs["Bucket"])["Rules"]
    reserved = cloud.client("lambda").get_function_concurrency(FunctionName=cloud.deployed.resources["Capped"])
    assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expires")
    assert [(rule["ID"], rule["Expiration"]["Days"]) for rule in rules] == [("forget", 3)]
    assert reserved["ReservedConcurrentExecutions"] == 1


@pytest.mark.parametrize(("size", "status"), [(10, 204), (50, 400)])
def test_an_upload_over_its_cap_is_refused(cloud: Cloud, size: int, status: int) -> None:
    form = cloud.client("s3").generate_presigned_post(
        cloud.outputs["Bucket"], "upload", Conditions=[["content-length-range", 1, 20]]
    )
    reply = httpx.post(form["url"], data=form["fields"], files={"file": io.BytesIO(b"x" * size)}, timeout=300)
    assert reply.status_code == status
    assert ("EntityTooLarge" in reply.text) is (status == 400)
