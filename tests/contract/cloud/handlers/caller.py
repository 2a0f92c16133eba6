"""Makes the one AWS call it is asked for, with its role, and says how that ended, or what link it made."""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def handler(event: dict[str, Any], _context: object) -> Any:
    config = Config(signature_version="s3v4") if event["service"] == "s3" else None
    call = getattr(boto3.client(event["service"], config=config), event["method"])
    try:
        found = call(**event["arguments"])
    except ClientError as error:
        return error.response["Error"]
    return found if isinstance(found, str) else {}
