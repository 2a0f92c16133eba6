"""`make chaos-webhooks`: webhooks on the emulated cloud, their worker under SIGKILL, every event on the bus twice.

The whole stack runs, and a receiver that listens on 127.0.0.1 and fails now and then. Ended jobs are told on the bus as
services tell them, keys that expire soon lie in the outbox. Workers that deliver are killed at named points, right
before or after one of their calls to the cloud. What Lambda gave up is handed over again, as the runbook has it, and
pauses are cut short. In the end the receiver must have taken each event, under one id, genuinely signed.
"""

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from standardwebhooks import WebhookVerificationError

from fanfold.aws.events import SOURCE
from fanfold.clock import stamp
from fanfold.jobs.events import JobEnded
from fanfold_client import Fanfold
from local.stack import LocalStack
from tests.receiver import Arrived, WebhookReceiver, receiving
from tools.measure import Bar, Size

TITLE = "Webhooks under SIGKILL, every event twice"
TENANT, WORKER, DEPLOYMENT = "acme", "DeliverFunction", "fanfold"
MINUTE_SECONDS = 2
FAILING = 0.1
"""The share of calls that the receiver does not take."""
KEY_SECONDS = 8
LONGEST_SECONDS = 600
STILL_SECONDS = 4
"""Nothing moved for so long: who had it is dead, or it waits for its next try."""
AT_A_TIME = 10
"""Events of one call to the bus."""
WHEN = ("before", "after")
POINTS = {
    "endpoints or outbox read": ("Query", 3),
    "delivery written, taken or settled": ("UpdateItem", 10),
    "told to the operator's rules": ("PutEvents", 4),
    "taken out of the outbox": ("DeleteItem", 1),
}
"""By name: what the worker's call is, and how many such calls to choose among."""


class Scale(NamedTuple):
    jobs: int
    keys: int
    kills: int


class Found(NamedTuple):
    """What a run found."""

    killed: list[str]
    """By points."""
    redelivered: int
    subjects: set[str]
    """Jobs and keys of which there was an event."""
    calls: list[Arrived]
    taken: set[str]
    forged: int


def bars(size: Size, seed: int) -> Iterator[Bar]:
    """The figures against their bars."""
    scale = size.of(smoke=Scale(20, 4, 2), small=Scale(200, 20, 10), full=Scale(800, 60, 40))
    with TemporaryDirectory(prefix="fanfold-chaos-") as folder, receiving() as receiver:
        yield from _held(_run(Path(folder), receiver, Random(seed), scale), scale)


def _held(found: Found, scale: Scale) -> Iterator[Bar]:
    for point in POINTS:
        yield Bar(f"workers killed: {point}", str(found.killed.count(point)))
    kills = len(found.killed)
    yield Bar("workers killed", str(kills), f"≥ {scale.kills}", kills >= scale.kills)
    yield Bar("events", f"{len(found.subjects):,} in {len(found.calls):,} calls, {found.redelivered} handed over again")
    lost = len(found.subjects - found.taken)
    yield Bar("events lost", str(lost), "0", lost == 0)
    ids: dict[str, set[str]] = defaultdict(set)
    for call in found.calls:
        ids[_subject(call)].add(call.id)
    several = sum(len(each) > 1 for each in ids.values())
    yield Bar("heard under several ids", str(several), "0", several == 0)
    shared = len(ids) - len(set[str]().union(*ids.values()))
    yield Bar("ids of several events", str(shared), "0", shared == 0)
    strange = len(ids.keys() - found.subjects)
    yield Bar("events of nobody", str(strange), "0", strange == 0)
    yield Bar("calls that are not genuine", str(found.forged), "0", found.forged == 0)


def _run(scratch: Path, receiver: WebhookReceiver, random: Random, scale: Scale) -> Found:
    with (
        LocalStack(None, scratch, environ={}, minute_seconds=MINUTE_SECONDS) as stack,
        Fanfold(stack.url, stack.issue_key(TENANT), timeout=120) as fanfold,
    ):
        hook = fanfold.webhooks.create(f"{receiver.url}/all", ["batch.completed", "key.expiring"])
        armed = [_arm(stack, point, random) for point in POINTS for _ in range(max(1, scale.kills // 4))]
        receiver.statuses[:] = [500 if random.random() < FAILING else 204 for _ in range(scale.jobs * 2)]
        expected = {_expiring(fanfold, number) for number in range(scale.keys)} | _ended(stack, scale.jobs)
        redelivered = _see_through(stack, receiver, expected, scale, random, armed)
        killed = [point for point, rule in zip(armed, stack.cloud.killed(), strict=True) for _ in rule["killed"]]
        calls = list(receiver.calls)
        taken = {_subject(call) for call in calls if call.status < 300}
        forged = sum(not _genuine(call, hook.secret or "") for call in calls)
        return Found(killed, redelivered, expected, calls, taken, forged)


def _arm(stack: LocalStack, point: str, random: Random) -> str:
    """Set a rule for one kill somewhere at the point."""
    call, times = POINTS[point]
    stack.cloud.kill_worker_at(WORKER, call, when=random.choice(WHEN), skip=random.randrange(times))
    return point


def _expiring(fanfold: Fanfold, number: int) -> str:
    """The id of a key that is about to expire, which the outbox has to tell."""
    ends = datetime.now(UTC) + timedelta(seconds=KEY_SECONDS)
    return fanfold.keys.create(f"key {number}", expires_at=ends.isoformat()).id


def _ended(stack: LocalStack, jobs: int) -> set[str]:
    """Tell on the bus that so many batches ended, each twice."""
    bus, ids = stack.cloud.client("events"), [f"job-{number}" for number in range(jobs)]
    for at in range(0, jobs, AT_A_TIME):
        entries = [_told(id) for id in ids[at : at + AT_A_TIME]]
        for _ in range(2):
            assert bus.put_events(Entries=entries)["FailedEntryCount"] == 0
    return set(ids)


def _told(job: str) -> dict[str, str]:
    event = JobEnded(
        tenant=TENANT, at=stamp(datetime.now(UTC)), job=job, kind="batch", state="completed", round=1, run=1
    )
    detail = event.model_dump(mode="json") | {"deployment": DEPLOYMENT}
    return {"Source": SOURCE, "DetailType": JobEnded.NAME, "Detail": json.dumps(detail)}


def _see_through(
    stack: LocalStack, receiver: WebhookReceiver, expected: set[str], scale: Scale, random: Random, armed: list[str]
) -> int:
    """Wait until all is told and nothing is open, renewing rules while more kills are wanted; what came again."""
    redelivered, until, seen = 0, time.monotonic() + LONGEST_SECONDS, dict[str, float]()
    while time.monotonic() < until:
        rules = stack.cloud.killed()
        done, waiting = sum(len(rule["killed"]) for rule in rules), sum(not rule["killed"] for rule in rules)
        if done < scale.kills and waiting < len(POINTS):
            armed.append(_arm(stack, random.choice(list(POINTS)), random))
        redelivered += _handed_over_again(stack)
        left = _open(stack, "delivery") + _open(stack, "event")
        for item in left:
            if time.monotonic() - seen.setdefault(str(item), time.monotonic()) > STILL_SECONDS:
                _make_due(stack, item)
        if not left and expected <= {_subject(call) for call in receiver.calls}:
            break
        time.sleep(1)
    return redelivered


def _handed_over_again(stack: LocalStack) -> int:
    """What Lambda gave up after three tries, as an operator does."""
    sqs, queue = stack.cloud.client("sqs"), stack.cloud.deployed.resources["EventDeadLetters"]
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        given_up = json.loads(message["Body"])
        payload = given_up.get("requestPayload", given_up)
        name = stack.cloud.deployed.resources[WORKER]
        stack.cloud.client("lambda").invoke(
            FunctionName=name, InvocationType="Event", Payload=json.dumps(payload).encode()
        )
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return len(found)


def _open(stack: LocalStack, kind: str) -> list[dict[str, Any]]:
    """Deliveries, or events in the outbox, that something has to happen to."""
    found: list[dict[str, Any]] = stack.cloud.client("dynamodb").query(
        TableName=stack.cloud.outputs["TableName"],
        IndexName="open",
        KeyConditionExpression="#open = :kind",
        ExpressionAttributeNames={"#open": "open"},
        ExpressionAttributeValues={":kind": {"S": kind}},
    )["Items"]
    return found


def _make_due(stack: LocalStack, item: dict[str, Any]) -> None:
    """As if its pause were over, unless it is due or done by now."""
    now = stamp(datetime.now(UTC))
    if item["open_since"]["S"] <= now:
        return
    dynamodb = stack.cloud.client("dynamodb")
    try:
        dynamodb.update_item(
            TableName=stack.cloud.outputs["TableName"],
            Key={"pk": item["pk"], "sk": item["sk"]},
            UpdateExpression="SET open_since = :now",
            ConditionExpression="open_since = :then",
            ExpressionAttributeValues={":now": {"S": now}, ":then": item["open_since"]},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return


def _subject(call: Arrived) -> str:
    """The job or the key that it is of."""
    data = call.event["data"]
    return str(data.get("job") or data["key"])


def _genuine(call: Arrived, secret: str) -> bool:
    try:
        call.verify(secret)
    except WebhookVerificationError:
        return False
    return True
