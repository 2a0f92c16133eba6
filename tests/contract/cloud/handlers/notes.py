"""Writes down each event it gets, where a test can read it."""

import json
import os
import uuid
from typing import Any

import boto3


def on_stream(event: dict[str, Any], _context: object) -> None:
    for record in event["Records"]:
        _note("stream", {"name": record["eventName"], "new": record["dynamodb"].get("NewImage")})


def on_queue(event: dict[str, Any], _context: object) -> dict[str, Any]:
    failures = []
    for record in event["Records"]:
        body = json.loads(record["body"])
        _note("queue", {**body, "receives": record["attributes"]["ApproximateReceiveCount"]})
        if body.get("poison"):
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def on_poison(event: dict[str, Any], _context: object) -> None:
    tasted = [record["dynamodb"]["Keys"]["sk"]["S"] for record in event["Records"]]
    _note("tasted", {"tasted": tasted})
    if "poison" in tasted:
        raise ValueError("poison")


def on_tick(event: dict[str, Any], _context: object) -> None:
    _note("tick", event)


def on_bad_news(event: dict[str, Any], _context: object) -> None:
    _note("news", {"by": event.get("source", "nobody")})
    raise ValueError("bad news")


def on_status(event: dict[str, Any], _context: object) -> None:
    _note("status", {"name": event["detail"]["name"], "status": event["detail"]["status"]})


def _note(kind: str, body: dict[str, Any]) -> None:
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    table.put_item(Item={"pk": f"note#{kind}", "sk": uuid.uuid4().hex, "body": json.dumps(body)})
