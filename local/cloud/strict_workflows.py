"""Step Functions as AWS has it: sizes, history, errors of task-token calls, time-outs.

Each rule is one replacement of one function of the emulator.
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

import contextvars
import json
import random
import re
import threading
from collections.abc import Callable
from typing import Any

from local.cloud import history, limits, paths, restart, strict_iam
from local.cloud.seam import replace, require

State = dict[str, Any]
Context = dict[str, Any]

TERMINAL = frozenset({"States.DataLimitExceeded", "States.Runtime"})
"""Errors that no Retry or Catch takes, not even `States.ALL`."""
_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
_token = threading.local()


def install() -> None:
    from ministack.services import stepfunctions

    require(stepfunctions, "_ExecutionError", "_task_tokens", "_executions", "_state_machines")
    replace(stepfunctions, "_start_execution", "data", _checked_start)
    replace(stepfunctions, "_send_task_success", "data", _checked_success)
    replace(stepfunctions, "_run_execution", "exec_arn", _timed_run)
    replace(stepfunctions, "_fail_execution", "execution error cause", _fail_once)
    replace(stepfunctions, "_error_matches", "error_equals error", _terminal_never_matches)
    replace(stepfunctions, "_find_matching_retrier", "retriers error retry_counts", _capped_retrier)
    replace(stepfunctions, "_apply_parameters", "state_def data ctx", _measured_parameters)
    replace(stepfunctions, "_invoke_with_callback", "resource input_data token state_def", _remember_token)
    replace(stepfunctions, "_call_lambda", "func_ref event", _failing_call)
    history.install(stepfunctions)
    paths.install(stepfunctions)
    restart.install(stepfunctions)


def _service() -> Any:
    from ministack.services import stepfunctions

    return stepfunctions


def _refuse(code: str, message: str) -> Any:
    return _service().error_response_json(code, message, 400)


def _checked_start(original: Callable[[State], Any]) -> Callable[[State], Any]:
    def start(data: State) -> Any:
        text = data.get("input", "{}")
        if len(text.encode()) > limits.STATE:
            return _refuse("InvalidExecutionInput", f"The input is longer than {limits.STATE} bytes")
        if not _is_json(text):
            return _refuse("InvalidExecutionInput", "The input is not valid JSON")
        if "name" in data and not _NAME.fullmatch(data["name"]):
            return _refuse("InvalidName", f"Invalid Name: '{data['name']}'")
        return _same_running(data, text) or original(data)

    return start


def _same_running(data: State, text: str) -> Any:
    """The running execution of this name and input: starting it twice is one start."""
    service = _service()
    machine, name = str(data.get("stateMachineArn", "")), data.get("name")
    execution = service._executions.get(f"{machine.replace(':stateMachine:', ':execution:')}:{name}")
    if not execution or execution["status"] != "RUNNING" or execution["input"] != text:
        return None
    return service.json_response({"executionArn": execution["executionArn"], "startDate": execution["startDate"]})


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _checked_success(original: Callable[[State], Any]) -> Callable[[State], Any]:
    def send(data: State) -> Any:
        output = data.get("output", "")
        if len(output.encode()) > limits.STATE or not _is_json(output):
            return _refuse("InvalidOutput", f"The output is not JSON of at most {limits.STATE} bytes")
        return original(data)

    return send


def _timed_run(original: Callable[[str], None]) -> Callable[[str], None]:
    def run(exec_arn: str) -> None:
        service = _service()
        machine = service._state_machines.get(service._executions[exec_arn]["stateMachineArn"])
        seconds = json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
        if seconds is None:
            return original(exec_arn)
        # The context carries the account and region by which the emulator finds its records.
        context = contextvars.copy_context()
        timer = threading.Timer(seconds, context.run, [_time_out, service._executions[exec_arn]])
        timer.daemon = True
        timer.start()
        try:
            return original(exec_arn)
        finally:
            timer.cancel()

    return run


def _time_out(execution: State) -> None:
    service = _service()
    if execution["status"] != "RUNNING":
        return
    execution.update(status="TIMED_OUT", stopDate=service.now_iso(), error="States.Timeout")
    service._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    service._emit_execution_status_event(execution)


def _fail_once(original: Callable[..., None]) -> Callable[..., None]:
    """A task that fails after StopExecution or the time-out does not change how the execution ended."""

    def fail(execution: State, error: str, cause: str) -> None:
        if execution["status"] == "RUNNING":
            original(execution, error, cause)

    return fail


def _terminal_never_matches(original: Callable[..., bool]) -> Callable[..., bool]:
    return lambda error_equals, error: error not in TERMINAL and original(error_equals, error)


def _capped_retrier(original: Callable[..., Any]) -> Callable[..., Any]:
    """MaxDelaySeconds and JitterStrategy, given to the emulator as the interval of this one retry."""

    def find(retriers: list[State], error: str, retry_counts: dict[int, int]) -> Any:
        retrier, index = original(retriers, error, retry_counts)
        if retrier is None:
            return retrier, index
        delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** retry_counts.get(index, 0)
        delay = min(delay, retrier.get("MaxDelaySeconds", delay))
        if retrier.get("JitterStrategy") == "FULL":
            delay = random.uniform(0, delay)
        return {**retrier, "IntervalSeconds": delay, "BackoffRate": 1.0}, index

    return find


def _measured_parameters(original: Callable[..., Any]) -> Callable[..., Any]:
    def apply(state_def: State, data: Any, ctx: Context | None = None) -> Any:
        if ctx is not None and ".waitForTaskToken" in state_def.get("Resource", ""):
            ctx["Task"] = {"Token": _service().new_uuid()}  # a new token for each attempt
            strict_iam.machine_of[ctx["Task"]["Token"]] = ctx["StateMachine"]["Id"]
        result = original(state_def, data, ctx)
        history.check_size(result, "The parameters of a state")
        return result

    return apply


def _remember_token(original: Callable[..., Any]) -> Callable[..., Any]:
    def invoke(resource: str, input_data: Any, token: str, state_def: State) -> Any:
        _token.current = token
        try:
            return original(resource, input_data, token, state_def)
        finally:
            _token.current = None

    return invoke


def _failing_call(original: Callable[..., Any]) -> Callable[..., Any]:
    """A function that raises fails its task, also when the task waits for a token."""

    def call(func_ref: str, event: Any) -> Any:
        service = _service()
        try:
            return original(func_ref, event)
        except service._ExecutionError as error:
            if "TooManyRequestsException" in error.cause:
                error.error = "Lambda.TooManyRequestsException"
            waiting = service._task_tokens.get(getattr(_token, "current", None))
            if waiting and not waiting["event"].is_set():
                waiting["error"] = {"Error": error.error, "Cause": error.cause}
                waiting["event"].set()
            raise

    return call
