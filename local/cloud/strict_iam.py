"""Permissions as AWS checks them: each function calls with its role, and what the role does not allow is denied.

The emulator enforces policies itself (`AUTH`); it only does not know whose state machine a task token is of.
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
    def extract(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any, **named: Any) -> str:
        machine = machine_of.get(_token(body)) if service == "states" else None
        return machine or original(service, method, path, headers, body, *rest, **named)

    return extract


def _token(body: bytes) -> str:
    try:
        return str(json.loads(body).get("taskToken", ""))
    except (ValueError, AttributeError):
        return ""
