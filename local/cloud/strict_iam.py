"""Permissions as AWS checks them: each function calls with its role, and what the role does not allow is denied.

The emulator enforces policies itself (`AUTH`), for every request that carries a role's session: identity
policies, and the policies of buckets, queues, topics, secrets and functions. It only does not know whose state
machine a task token is of; `machine_of` tells it; and it takes every schedule for one of the group `default`.
Calls with the account's own key, as tests make them, are the root user's and never denied.

Not enforced is what services do for each other. The emulator does these within the process and asks no policy, so
a template that forgets one works here and fails on AWS:

- Step Functions does not use the state machine's role, which must only exist: it invokes any function, reads any
  object (`ItemReader`), sends to any queue and starts any child execution.
- EventBridge puts into a queue without a queue policy, and invokes a function without `AWS::Lambda::Permission`;
  API Gateway does so for routes and authorizers. Scheduler does not use its target's role.
- An event source mapping reads its queue or stream without the function's role (only a Kinesis stream of another
  account is checked), and moves what failed to a dead-letter queue or destination.
- Lambda writes logs and traces without the function's role, and a role's trust policy is not read: a function or a
  state machine may have a role that only another service may assume. (`sts:AssumeRole` itself reads it.)

S3 and SNS do ask the policy of the queue they deliver to. A token given out before a restart of the host has no
known machine: who answers it needs the action on `*`.

Denials have AWS's error codes; of the JSON services the HTTP status is 403 where DynamoDB's is 400 on AWS, and
messages may lack `on resource: …`.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
"""

import json
from collections.abc import Callable
from typing import Any

from local.cloud.seam import replace

machine_of: dict[str, str] = {}
"""State machine ARN by task token."""


def install() -> None:
    from ministack.core import iam_actions

    parameters = "service method path headers body query_params region account_id"
    replace(iam_actions, "extract_resource_arn", parameters, _with_tokens)


def _with_tokens(original: Callable[..., str]) -> Callable[..., str]:
    def extract(
        service: str, method: str, path: str, headers: Any, body: bytes, query: Any, *rest: Any, **named: Any
    ) -> str:
        machine = machine_of.get(_field(body, "taskToken")) if service == "states" else None
        found = machine or original(service, method, path, headers, body, query, *rest, **named)
        if service == "scheduler" and (group := _field(body, "GroupName") or _asked(query, "groupName")):
            return found.replace(":schedule/default/", f":schedule/{group}/")
        return found

    return extract


def _field(body: bytes, name: str) -> str:
    try:
        return str(json.loads(body).get(name, ""))
    except (ValueError, AttributeError):
        return ""


def _asked(query: Any, name: str) -> str:
    """A parameter of the query string, which the emulator has as a text or as a list of them."""
    found = (query or {}).get(name, "")
    return str(found[0] if isinstance(found, list) and found else found or "")
