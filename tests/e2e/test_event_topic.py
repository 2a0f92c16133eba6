"""Events of a deployment with a topic: they reach it as receivers of webhooks know them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from fanfold_client import Fanfold
from local.stack import LocalStack
from tests.waiting import until

TOPIC = f"arn:aws:sns:{os.environ.get('AWS_DEFAULT_REGION', 'us-east-1')}:000000000000:everything"


@pytest.mark.wide
def test_every_event_reaches_the_topic_of_the_operator(tmp_path: Path) -> None:
    with LocalStack(None, tmp_path, environ={}, minute_seconds=5, parameters={"EventTopicArn": TOPIC}) as stack:
        sns, sqs = stack.cloud.client("sns"), stack.cloud.client("sqs")
        queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        assert sns.create_topic(Name="everything")["TopicArn"] == TOPIC
        sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=arn)
        allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
        with Fanfold(stack.url, stack.issue_key("acme")) as fanfold:
            batch = fanfold.batches.create([{"input": "Say hello"}]).id

            def heard() -> list[dict[str, Any]]:
                found = sqs.receive_message(QueueUrl=queue).get("Messages", [])
                return [json.loads(json.loads(each["Body"])["Message"]) for each in found]

            (event,) = until(heard)
        assert (event["source"], event["detail-type"]) == ("fanfold.events", "batch.completed")
        assert (event["detail"]["data"]["job"], event["detail"]["deployment"]) == (batch, "fanfold")
        assert event["detail"]["id"].startswith("evt_")
