"""Execution history as long as AWS would make it, and its limits.

The emulator records nothing of Map iterations and Parallel branches and leaves out what AWS records around
a task; both are added, because the limit of 25,000 events counts them.
"""

import copy
import json
import threading
from collections.abc import Callable
from typing import Any

from local.cloud import limits
from local.cloud.seam import replace, require

Execution = dict[str, Any]

_LAST = ("ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut", "ExecutionSucceeded")
_lock = threading.Lock()


def install(stepfunctions: Any) -> None:
    require(stepfunctions, "_execute_task", "_execute_choice", "_fail_state_error", "_apply_output_path", "_map_runs")
    replace(stepfunctions, "_add_event", "execution event_type details", _limited)
    replace(stepfunctions, "_run_sub_machine", "states start_at input_data execution ctx", lambda _: _run_recorded)


def check_size(value: Any, what: str) -> None:
    """Raise `States.DataLimitExceeded` for more than AWS lets a state carry."""
    if (size := limits.measure(value)) > limits.STATE:
        raise _error("States.DataLimitExceeded", f"{what} takes {size} bytes, over the limit of {limits.STATE}")


def _service() -> Any:
    from ministack.services import stepfunctions

    return stepfunctions


def _error(error: str, cause: str) -> Exception:
    failure: Exception = _service()._ExecutionError(error, cause)
    return failure


def _limited(original: Callable[..., Any]) -> Callable[..., Any]:
    def add(execution: Execution, event_type: str, details: dict[str, Any] | None = None) -> Any:
        if event_type not in _LAST:
            _check_payloads(event_type, details or {})
        with _lock:
            if event_type == "TaskSucceeded" and _waits(details):
                original(execution, "TaskSubmitted", {})
            event = original(execution, event_type, details)
            if event_type == "TaskScheduled":
                original(execution, "TaskStarted", {})
            full = len(execution["events"]) >= limits.HISTORY_EVENTS
        if full and event_type not in _LAST:
            cause = f"The execution reached the maximum number of history events ({limits.HISTORY_EVENTS})."
            raise _error("States.Runtime", cause)
        return event

    return add


def _check_payloads(event_type: str, details: dict[str, Any]) -> None:
    for document in details.values():
        for name in ("input", "output"):
            # The emulator's text escapes and spaces, so it is never shorter than what AWS measures.
            if len(text := document.get(name) or "") > limits.STATE:
                check_size(json.loads(text), f"{event_type}: {name}")


def _waits(details: dict[str, Any] | None) -> bool:
    resource = str(((details or {}).get("taskSucceededEventDetails") or {}).get("resource", ""))
    return resource.endswith((".waitForTaskToken", ".sync", ".sync:2"))


def _run_recorded(states: dict[str, Any], start_at: str, input_data: Any, execution: Execution, ctx: Any) -> Any:
    """Walk the states of a Map iteration or a Parallel branch, recording each.

    The context is the branch's own: the emulator's branches overwrite each other's task tokens.
    """
    service, ctx = _service(), dict(ctx)
    name, data = start_at, copy.deepcopy(input_data)
    iteration = _iteration(execution, ctx)
    iteration("Started")
    while name:
        if _stopped(execution):
            raise _error("States.Runtime", "The execution was stopped")
        state = states[name]
        ctx["State"] = {"Name": name, "EnteredTime": service.now_iso(), "RetryCount": 0}
        _entered(execution, state["Type"], name, data)
        data, following = _run_state(state, data, execution, ctx)
        _exited(execution, state["Type"], name, data)
        name = following
    iteration("Succeeded")
    return data


def _run_state(state: dict[str, Any], data: Any, execution: Execution, ctx: Any) -> tuple[Any, Any]:
    service, kind = _service(), state["Type"]
    if kind == "Fail":
        raise _error(*service._fail_state_error(state, data, ctx))
    if kind == "Succeed":
        return service._apply_output_path(state, service._apply_input_path(state, data, ctx), ctx), None
    run = getattr(service, f"_execute_{kind.lower()}")
    result = run(state, data, execution, ctx) if kind in ("Task", "Parallel", "Map") else run(state, data, ctx)
    return result[0], result[1]


def _iteration(execution: Execution, ctx: Any) -> Callable[[str], None]:
    """Records `MapIterationStarted` and `…Succeeded`, for an iteration of an inline Map."""
    inline = "Map" in ctx and "mapRunArn" not in execution

    def record(what: str) -> None:
        if inline:
            _service()._add_event(execution, f"MapIteration{what}", {})

    return record


def _stopped(execution: Execution) -> bool:
    service = _service()
    run = service._map_runs.get(execution.get("mapRunArn", ""))
    parent = service._executions.get(run["executionArn"]) if run else execution
    return parent is not None and parent["status"] != "RUNNING"


def _entered(execution: Execution, kind: str, name: str, data: Any) -> None:
    details = {"name": name, "input": limits.compact(data).decode()}
    _service()._add_event(execution, f"{kind}StateEntered", {"stateEnteredEventDetails": details})


def _exited(execution: Execution, kind: str, name: str, data: Any) -> None:
    details = {"name": name, "output": limits.compact(data).decode()}
    _service()._add_event(execution, f"{kind}StateExited", {"stateExitedEventDetails": details})
