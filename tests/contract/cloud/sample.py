"""The sample template of these tests, and how to wait for what it does."""

import json
from pathlib import Path
from typing import Any, TypeVar

from local.cloud.stack import Cloud
from tests.waiting import until

TEMPLATE = Path(__file__).with_name("template.yaml")
KEY = {"authorization": "Bearer open-sesame"}
T = TypeVar("T")


def sample_cloud(**options: Any) -> Cloud:
    return Cloud(TEMPLATE, **options)


def call(cloud: Cloud, function: str, event: Any) -> tuple[str | None, Any]:
    """Invoke by logical id: the kind of error, if any, and the answer."""
    reply = cloud.client("lambda").invoke(
        FunctionName=cloud.deployed.resources[function], Payload=json.dumps(event).encode()
    )
    return reply.get("FunctionError"), json.loads(reply["Payload"].read())


def notes(cloud: Cloud, kind: str) -> list[dict[str, Any]]:
    """What notes.py wrote down."""
    found = cloud.client("dynamodb").query(
        TableName=cloud.outputs["Table"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"note#{kind}"}},
    )
    return [json.loads(item["body"]["S"]) for item in found["Items"]]


def run_machine(cloud: Cloud, body: Any, name: str | None = None) -> dict[str, Any]:
    """Start the state machine and wait for its end."""
    client = cloud.client("stepfunctions")
    named = {"name": name} if name else {}
    started = client.start_execution(stateMachineArn=cloud.outputs["Machine"], input=json.dumps(body), **named)

    def ended() -> dict[str, Any] | None:
        described: dict[str, Any] = client.describe_execution(executionArn=started["executionArn"])
        return None if described["status"] == "RUNNING" else described

    return until(ended)


def alive(pid: int) -> bool:
    """Whether a process with this id runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
