"""Permissions as AWS checks them: each function calls with its role, and what the role does not allow is denied.

The emulator enforces policies itself (`AUTH`), for every request that carries a role's session: identity
policies, and the policies of buckets, queues, topics, secrets and functions. It only does not know whose state
machine a task token is of (`machine_of` tells it), that SQS's batch calls have no permissions of their own, and every
schedule for one of the group `default`. Calls with the account's own key, as tests make them, are the root user's and
never denied.

Conditions are checked as far as the emulator knows their keys; put in here are `dynamodb:LeadingKeys`,
`events:source` of each event, and `iam:PassRole` with `iam:PassedToService` for a schedule's role. An object that is
not there is denied to who may not list the bucket.

Not enforced is some of what services do for each other (`strict_roles` has the rest). The emulator does these within
the process and asks no policy, so a template that forgets one works here and fails on AWS:

- Step Functions describes and stops the children of a Distributed Map.
- EventBridge invokes a function without `AWS::Lambda::Permission`; API Gateway does so for routes and authorizers.
- An event source mapping reads its queue or stream without the function's role (only a Kinesis stream of another
  account is checked), and moves what failed to a dead-letter queue or destination.
- Lambda writes logs and traces without the function's role, and a function's trust policy is not read: it may have a
  role that only another service may assume. (`sts:AssumeRole` itself reads it.)

S3 and SNS do ask the policy of the queue they deliver to. A token given out before a restart of the host has no
known machine: who answers it needs the action on `*`.

Denials have AWS's error codes; of the JSON services the HTTP status is 403 where DynamoDB's is 400 on AWS, and
messages may lack `on resource: …`.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
"""

import json
import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from local.cloud.seam import replace

machine_of: dict[str, str] = {}
"""State machine ARN by task token."""
HASHED = re.compile(r"(#?\w+)\s*=\s*(:\w+)")
"""The equality of a KeyConditionExpression: it is the partition key's, or another one that only narrows."""
SCHEDULED = frozenset({"scheduler:CreateSchedule", "scheduler:UpdateSchedule"})
_body: ContextVar[bytes] = ContextVar("body", default=b"")
"""Of the request whose permission is asked for."""


def install() -> None:
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator

    # Calls to 127.0.0.1 stand for calls by TLS: a bucket's policy that asks for it is obeyed by all of them.
    replace(app, "pin_request_origin", "source_ip secure_transport", lambda original: lambda ip, _: original(ip, True))
    asked = "access_key_id iam_action service region resource_arn service_context"
    replace(iam_evaluator, "enforce", asked, _with_conditions)
    replace(iam_actions, "dynamodb_service_context", "body", _with_leading_keys)
    parameters = "service method path headers body query_params region account_id"
    replace(iam_actions, "extract_resource_arn", parameters, _with_tokens)
    replace(iam_actions, "extract_iam_action", "service method path headers body query_params", _without_batches)


def _with_tokens(original: Callable[..., str]) -> Callable[..., str]:
    def extract(
        service: str, method: str, path: str, headers: Any, body: bytes, query: Any, *rest: Any, **named: Any
    ) -> str:
        _body.set(body)
        machine = machine_of.get(_field(body, "taskToken")) if service == "states" else None
        found = machine or original(service, method, path, headers, body, query, *rest, **named)
        if service == "scheduler" and (group := _field(body, "GroupName") or _asked(query, "groupName")):
            return found.replace(":schedule/default/", f":schedule/{group}/")
        return found

    return extract


def _without_batches(original: Callable[..., str | None]) -> Callable[..., str | None]:
    """SQS has no permission of its own for calls that do something ten times: sqs:SendMessage allows both."""

    def extract(*given: Any, **named: Any) -> str | None:
        action = original(*given, **named)
        return action.removesuffix("Batch") if action and action.startswith("sqs:") else action

    return extract


def _with_leading_keys(original: Callable[[bytes], dict[str, Any]]) -> Callable[[bytes], dict[str, Any]]:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html"""

    def context(body: bytes) -> dict[str, Any]:
        keys = sorted(set(leading_keys(_document(body))))
        return original(body) | ({"dynamodb:LeadingKeys": keys} if keys else {})

    return context


def leading_keys(asked: dict[str, Any]) -> Iterator[str]:
    """The partition keys that a call of DynamoDB names, whatever item or index they are of."""
    for place in (asked.get("Key"), asked.get("Item")):
        if isinstance(place, dict) and "pk" in place:
            yield from map(str, place["pk"].values())
    for table in (asked.get("RequestItems") or {}).values():
        for place in table.get("Keys", []) if isinstance(table, dict) else []:
            yield from leading_keys({"Key": place})
    for step in asked.get("TransactItems") or []:
        for part in step.values():
            yield from leading_keys(part)
    yield from _queried(asked)


def _queried(asked: dict[str, Any]) -> Iterator[str]:
    values = asked.get("ExpressionAttributeValues") or {}
    for _, value in HASHED.findall(asked.get("KeyConditionExpression") or ""):
        yield from map(str, values.get(value, {}).values())


def _with_conditions(original: Callable[..., Any]) -> Callable[..., Any]:
    def enforce(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        context = dict(service_context or {})
        if iam_action == "events:PutEvents":
            sources = {entry.get("Source") for entry in _document(_body.get()).get("Entries", [])}
            answers = [
                original(access_key_id, iam_action, service, region, resource_arn, context | {"events:source": each})
                for each in sources or {None}
            ]
            return next((each for each in answers if each is not None), None)
        denied = original(access_key_id, iam_action, service, region, resource_arn, context)
        if denied is None and iam_action == "s3:GetObject" and _is_missing(resource_arn):
            bucket = resource_arn.partition("/")[0]
            return original(access_key_id, "s3:ListBucket", service, region, bucket, {})
        if denied is not None or iam_action not in SCHEDULED:
            return denied
        role = (_document(_body.get()).get("Target") or {}).get("RoleArn", "*")
        passed = {"iam:PassedToService": "scheduler.amazonaws.com"}
        return original(access_key_id, "iam:PassRole", "iam", region, role, passed)

    return enforce


def _is_missing(object_arn: str) -> bool:
    """That an object is not there is said to whoever may list the bucket; to others it is denied."""
    from ministack.services import s3

    bucket, _, key = object_arn.removeprefix("arn:aws:s3:::").partition("/")
    found = s3._ensure_bucket(bucket)
    return found is not None and key not in found["objects"]


def _document(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _field(body: bytes, name: str) -> str:
    try:
        return str(json.loads(body).get(name, ""))
    except (ValueError, AttributeError):
        return ""


def _asked(query: Any, name: str) -> str:
    """A parameter of the query string, which the emulator has as a text or as a list of them."""
    found = (query or {}).get(name, "")
    return str(found[0] if isinstance(found, list) and found else found or "")
