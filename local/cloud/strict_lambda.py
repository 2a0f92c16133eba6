"""Lambda as AWS has it: our runtime in the place of the emulator's, payload limits, mapping rules."""

import json
from collections.abc import Callable
from typing import Any

from local.cloud import limits
from local.cloud.environment import Function, describe, trace
from local.cloud.process import Folders
from local.cloud.runtime import Outcome, Pool
from local.cloud.runtime_api import Invocation
from local.cloud.seam import replace, require

Record = dict[str, Any]


def install(pool: Pool, folders: Folders, endpoint: str) -> None:
    from ministack.services import eventbridge, lambda_svc
    from ministack.services.cloudformation import provisioners

    require(lambda_svc, "_resolve_layer_zip", "_xray_trace_id_for_invocation", "error_response_json")

    def function(record: Record) -> Function:
        return describe(record, _layers(lambda_svc, record), _credentials(record), endpoint, folders.code)

    def execute(record: Record, event: Any, request_id: str) -> Record:
        payload = limits.compact(event)
        if len(payload) > limits.INVOKE:
            return _too_large(len(payload))
        arn = record["config"]["FunctionArn"]
        trace_id = trace(lambda_svc._xray_trace_id_for_invocation(record["config"]))
        return _result(pool.invoke(function(record), Invocation(request_id, payload, arn, trace_id)))

    replace(lambda_svc, "_execute_function_warm", "func event request_id", lambda _: execute)
    replace(lambda_svc, "_invoke", "name event headers path_qualifier query_params", _limited_invoke)
    replace(lambda_svc, "_create_esm", "data", _checked_mapping)
    replace(eventbridge, "_dispatch_to_lambda", "arn payload", lambda _: _called_by_a_rule)
    for name in ("create", "update"):
        _check_mappings_of_templates(provisioners, name)


def _called_by_a_rule(arn: str, payload: str) -> None:
    """EventBridge calls without waiting, so Lambda tries again and knows where to put what fails; the emulator's own
    call is made once."""
    from ministack.services import lambda_svc

    record, config, _name = lambda_svc._get_func_record_for_ref(arn)
    if record and config:
        lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(record, config), json.loads(payload))


def _layers(lambda_svc: Any, record: Record) -> list[bytes]:
    zips = [lambda_svc._resolve_layer_zip(layer) for layer in record["config"].get("Layers") or []]
    return [package for package in zips if package]


def _credentials(record: Record) -> dict[str, str]:
    from ministack.core import lambda_runtime

    credentials: dict[str, str] = lambda_runtime.execution_credentials(record["config"])
    return credentials


def _result(outcome: Outcome) -> Record:
    result = {"body": outcome.value, "log": outcome.log}
    return result | {"error": True} if outcome.failed else result


def _too_large(size: int) -> Record:
    message = f"{size} byte payload is too large for the RequestResponse invocation type (limit {limits.INVOKE} bytes)"
    body = {"errorType": "RequestTooLargeException", "errorMessage": message}
    return {"body": body, "error": True, "too_large": True, "log": message}


def _limited_invoke(original: Callable[..., Any]) -> Callable[..., Any]:
    from ministack.services import lambda_svc

    async def invoke(
        name: str, event: Any, headers: Record, path_qualifier: str | None = None, query_params: Record | None = None
    ) -> Any:
        kind = headers.get("x-amz-invocation-type") or headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        limit = limits.ASYNC_INVOKE if kind == "Event" else limits.INVOKE
        if (size := limits.measure(event)) > limit:
            message = f"{size} byte payload is too large for the {kind} invocation type (limit {limit} bytes)"
            return lambda_svc.error_response_json("RequestTooLargeException", message, 413)
        return await original(name, event, headers, path_qualifier, query_params)

    return invoke


def _checked_mapping(original: Callable[[Record], Any]) -> Callable[[Record], Any]:
    from ministack.services import lambda_svc

    def create(data: Record) -> Any:
        problem = mapping_problem(data)
        if problem:
            return lambda_svc.error_response_json("InvalidParameterValueException", problem, 400)
        return original(data)

    return create


def _check_mappings_of_templates(provisioners: Any, action: str) -> None:
    """CloudFormation keeps its functions in a table, so the table's entry is replaced.

    It turns a parameter, which is a text, into the number that a property is; the emulator does not.
    """
    original = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"][action]

    def checked(*arguments: Any) -> Any:
        scaling = arguments[-2].get("ScalingConfig") or {}
        scaling |= {name: int(value) for name, value in scaling.items()}
        if problem := mapping_problem(arguments[-2]):
            raise ValueError(problem)
        return original(*arguments)

    provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"][action] = checked


def mapping_problem(mapping: Record) -> str | None:
    """Why AWS would refuse this event source mapping, or None."""
    from ministack.services import lambda_svc, sqs

    queue = sqs._queue_by_arn(mapping.get("EventSourceArn", ""))
    record, config, _name = lambda_svc._get_func_record_for_ref(mapping.get("FunctionName", ""))
    if queue is None or not record or not config:
        return None
    visibility, timeout = int(queue["attributes"]["VisibilityTimeout"]), int(config.get("Timeout") or 3)
    if visibility >= timeout:
        return None
    return f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds"
