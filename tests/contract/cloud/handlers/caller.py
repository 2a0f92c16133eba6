"""Makes the one AWS call it is asked for, with its role, and says how that ended."""

from typing import Any

import boto3
from botocore.exceptions import ClientError


def handler(event: dict[str, Any], _context: object) -> Any:
    call = getattr(boto3.client(event["service"]), event["method"])
    try:
        call(**event["arguments"])
    except ClientError as error:
        return error.response["Error"]
    return {}
