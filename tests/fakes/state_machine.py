"""One interpreter of Amazon States Language for all fakes: it runs the files in `statemachine/` as they are.

It plays what those files use: Task (a call of Lambda, with or without a task token), Map (inline, and distributed over
the lines of an object), Choice, Wait and Succeed; Retry and Catch by the names that Lambda reports. What it does not
know it refuses, so no field is left out in silence. https://states-language.net
"""

import fnmatch
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.fakes.crash import Crash

ROOT = Path(__file__).parents[2]
LOST = "Sandbox.Timedout"
"""What Step Functions is told of a worker that died."""
MOST_STATES = 20_000
"""States of one execution: more is a loop without an end."""
Json = dict[str, Any]
Function = Callable[[Json], Any]
TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "BooleanEquals": lambda value, wanted: value is wanted,
    "StringMatches": lambda value, wanted: isinstance(value, str) and fnmatch.fnmatchcase(value, wanted),
}
MISSING = object()


@dataclass
class StateMachine:
    """A machine over functions of this process. `wait` lets seconds pass."""

    name: str
    functions: Mapping[str, Function]
    """By the placeholder that the file has for them, such as `PlanFunction`."""
    wait: Callable[[float], None]
    with_token: Callable[[Callable[[str], Any]], Any] | None = None
    """Calls a function with a new task token, and comes back when it was answered."""
    lines: Callable[[str], list[Json]] | None = None
    """The lines of an object, by key."""
    fragile: bool = False
    """Whether a worker's death takes the execution down."""
    _states: int = field(default=0, init=False)

    def run(self, id: str, given: Any) -> Any:
        """The output of an execution. What no state retries or catches is raised as it is."""
        self._states = 0
        return self._level(_definition(self.name), given, {"Execution": {"Id": id, "Input": given}})

    def _level(self, level: Json, given: Any, context: Json) -> Any:
        at: str | None = level["StartAt"]
        while at:
            self._states += 1
            assert self._states < MOST_STATES, f"{self.name} goes round and round at {at}"
            given, at = self._state(level["States"][at], given, context)
        return given

    def _state(self, state: Json, given: Any, context: Json) -> tuple[Any, str | None]:
        tries = [0] * len(state.get("Retry", []))
        while True:
            try:
                return self._once(state, given, context)
            except (Exception, Crash) as error:
                if isinstance(error, Crash) and self.fragile:
                    raise
                if not self._again(state, error, tries):
                    return _caught(state, error, given)

    def _again(self, state: Json, error: BaseException, tries: list[int]) -> bool:
        """Whether a rule of the state's Retry has a try left for the error; then its time has passed."""
        for number, rule in enumerate(state.get("Retry", [])):
            if _matches(rule, error):
                tries[number] += 1
                if tries[number] <= rule["MaxAttempts"]:
                    self.wait(rule["IntervalSeconds"] * rule["BackoffRate"] ** (tries[number] - 1))
                    return True
                return False
        return False

    def _once(self, state: Json, given: Any, context: Json) -> tuple[Any, str | None]:
        match state["Type"]:
            case "Task":
                return _output(state, given, self._task(state, given, context), context), state.get("Next")
            case "Map":
                return _output(state, given, self._map(state, given, context), context), state.get("Next")
            case "Choice":
                return given, _chosen(state, given)
            case "Wait":
                self.wait(_at(state["SecondsPath"], given, context) if "SecondsPath" in state else state["Seconds"])
                return given, state.get("Next")
            case "Succeed":
                return given, None
        raise NotImplementedError(f"a state of type {state['Type']}")

    def _task(self, state: Json, given: Any, context: Json) -> Any:
        parameters = state["Parameters"]
        function = self.functions[parameters["FunctionName"].strip("${}")]
        if state["Resource"].endswith(":lambda:invoke"):
            return {"Payload": function(_payload(parameters, given, context))}
        assert state["Resource"].endswith(":lambda:invoke.waitForTaskToken"), state["Resource"]
        assert self.with_token, f"{self.name} has no tokens here"
        return self.with_token(
            lambda token: function(_payload(parameters, given, context | {"Task": {"Token": token}}))
        )

    def _map(self, state: Json, given: Any, context: Json) -> list[Any]:
        tolerant = state.get("ToleratedFailurePercentage") == 100
        found = []
        for item in self._items(state, given, context):
            inner = context | {"Map": {"Item": {"Value": item}}}
            start = _filled(state["ItemSelector"], given, inner)
            try:
                found.append(self._level(state["ItemProcessor"], start, inner))
            except Exception:
                if not tolerant:
                    raise
        return found

    def _items(self, state: Json, given: Any, context: Json) -> Any:
        if "ItemReader" not in state:
            return _at(state["ItemsPath"], given, context)
        assert self.lines, f"{self.name} reads no objects here"
        return self.lines(_at(state["ItemReader"]["Parameters"]["Key.$"], given, context))


@cache
def _definition(name: str) -> Json:
    found: Json = yaml.safe_load((ROOT / "statemachine" / f"{name}.asl.yaml").read_text())
    return found


def error_name(error: BaseException) -> str:
    """The name that Step Functions is told: the class of what a function raised, or that its worker is lost."""
    return LOST if isinstance(error, Crash) else type(error).__name__


def failure(error: BaseException) -> Json:
    """An error as a Catch puts it into the state."""
    cause = {"errorMessage": str(error), "errorType": error_name(error)}
    return {"Error": error_name(error), "Cause": json.dumps(cause)}


def _matches(rule: Json, error: BaseException) -> bool:
    return bool({error_name(error), "States.ALL", "States.TaskFailed"} & set(rule["ErrorEquals"]))


def _caught(state: Json, error: BaseException, given: Any) -> tuple[Any, str]:
    for rule in state.get("Catch", []):
        if _matches(rule, error):
            return _placed(rule.get("ResultPath", "$"), given, failure(error)), rule["Next"]
    raise error


def _output(state: Json, given: Any, result: Any, context: Json) -> Any:
    if "ResultSelector" in state:
        result = _filled(state["ResultSelector"], result, context)
    return _at(state.get("OutputPath", "$"), _placed(state.get("ResultPath", "$"), given, result), context)


def _placed(path: str | None, given: Any, result: Any) -> Any:
    if path is None:
        return given
    return result if path == "$" else {**given, path.removeprefix("$."): result}


def _payload(parameters: Json, given: Any, context: Json) -> Any:
    found = _filled({name: each for name, each in parameters.items() if name.startswith("Payload")}, given, context)
    return json.loads(json.dumps(found["Payload"]))


def _filled(template: Any, given: Any, context: Json) -> Any:
    """A payload template with its paths followed."""
    if not isinstance(template, dict):
        return template
    return dict(_filled_fields(template, given, context))


def _filled_fields(template: Json, given: Any, context: Json) -> Iterator[tuple[str, Any]]:
    for name, value in template.items():
        if name.endswith(".$"):
            yield name.removesuffix(".$"), _at(value, given, context)
        else:
            yield name, _filled(value, given, context)


def _at(path: str, given: Any, context: Json) -> Any:
    value, _, rest = (context, "", path[3:]) if path.startswith("$$.") else (given, "", path[2:])
    for name in filter(None, rest.split(".")):
        value = value[name]
    return value


def _chosen(state: Json, given: Any) -> str:
    found: str = next((each["Next"] for each in state["Choices"] if _holds(each, given)), state["Default"])
    return found


def _holds(rule: Json, given: Any) -> bool:
    if "And" in rule:
        return all(_holds(each, given) for each in rule["And"])
    if "Or" in rule:
        return any(_holds(each, given) for each in rule["Or"])
    value = _found(rule["Variable"], given)
    if "IsPresent" in rule:
        return (value is not MISSING) is rule["IsPresent"]
    [(name, wanted)] = [(name, wanted) for name, wanted in rule.items() if name in TESTS]
    return TESTS[name](value, wanted)


def _found(path: str, given: Any) -> Any:
    try:
        return _at(path, given, {})
    except (KeyError, TypeError):
        return MISSING
