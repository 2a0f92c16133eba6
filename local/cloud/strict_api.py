"""What an HTTP API answers when its function fails.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import json
from collections.abc import Callable
from typing import Any

from local.cloud.seam import replace

Reply = tuple[dict[str, Any], None]


def install() -> None:
    from ministack.services import lambda_svc

    replace(lambda_svc, "lambda_execute_result_to_api_proxy_response", "exec_result", _as_aws_replies)


def _as_aws_replies(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def reply(exec_result: dict[str, Any]) -> Any:
        if exec_result.get("too_large"):
            return _message(413, "Request Too Long")
        if exec_result.get("throttle"):
            return _message(503, "Service Unavailable")
        if exec_result.get("error"):
            return _message(500, "Internal Server Error")
        return original(exec_result)

    return reply


def _message(status: int, message: str) -> Reply:
    body = json.dumps({"message": message})
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": body}, None
