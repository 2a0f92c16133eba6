"""What an HTTP API answers when its function fails, and what it tells a function of the way to it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from local.cloud.seam import replace

INVOKE = (
    "integration api_id stage path method headers body query_params route_key path_params authorizer_claims "
    "authorizer_scopes authorizer_lambda_context authorizer_iam owner_account_id owner_region raw_query_string"
)
Reply = tuple[dict[str, Any], None]


def install() -> None:
    from ministack.services import apigateway, lambda_svc

    replace(apigateway, "_invoke_lambda_proxy", INVOKE, _told_of_its_place)
    replace(lambda_svc, "lambda_execute_result_to_api_proxy_response", "exec_result", _as_aws_replies)


def _told_of_its_place(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """AWS says in X-Forwarded-Proto how it was called; whoever puts an API under a path says so as proxies do."""

    async def invoke(integration: Any, api_id: str, *given: Any, **named: Any) -> Any:
        stage, path, method, headers, *rest = given
        place = {"x-forwarded-proto": "http", "x-forwarded-prefix": f"/_aws/execute-api/{api_id}"}
        return await original(integration, api_id, stage, path, method, {**headers, **place}, *rest, **named)

    return invoke


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
