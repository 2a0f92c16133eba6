"""Which fields of a state machine the emulator obeys; every other one is a problem, named by its state.

Read off MiniStack 1.5.33, services/stepfunctions.py. AWS obeys more: a field refused here must not be used,
because the local run would silently leave it out.
"""

import re
from collections.abc import Iterator
from typing import Any

State = dict[str, Any]

_PATHS = {"InputPath", "OutputPath"}
_FLOW = {"Type", "Comment", "Next", "End"}
_RESULT = {"ResultSelector", "ResultPath", "Retry", "Catch"}
_WIDTH = {"MaxConcurrency", "MaxConcurrencyPath"}
_FIELDS: dict[str, set[str]] = {
    "Pass": _FLOW | _PATHS | {"Parameters", "Result", "ResultPath"},
    "Task": _FLOW | _PATHS | _RESULT | {"Resource", "Parameters", "TimeoutSeconds"},
    "Choice": {"Type", "Comment", "Choices", "Default"} | _PATHS,
    "Wait": _FLOW | _PATHS | {"Seconds", "Timestamp", "SecondsPath", "TimestampPath"},
    "Succeed": {"Type", "Comment"} | _PATHS,
    "Fail": {"Type", "Comment", "Error", "Cause", "ErrorPath", "CausePath"},
    "Parallel": _FLOW | _PATHS | _RESULT | {"Branches", "Parameters"},
    "Map": _FLOW | _PATHS | _RESULT | {"ItemProcessor", "ItemsPath", "ItemSelector", *_WIDTH},
}
_DISTRIBUTED = {"Label", "ItemReader", "ToleratedFailureCount", "ToleratedFailurePercentage"}
_MACHINE = {"Comment", "StartAt", "States", "TimeoutSeconds", "Version"}
_RETRIER = {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"}
_CATCHER = {"ErrorEquals", "Next", "ResultPath"}
_READER = {"Resource", "ReaderConfig", "Parameters"}
_READER_CONFIG = {
    "InputType",
    "CSVDelimiter",
    "CSVHeaderLocation",
    "CSVHeaders",
    "MaxItems",
    "MaxItemsPath",
    "ItemsPointer",
}
_READERS = {"arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"}
_COMPARISONS = {"And", "Or", "Not", "IsPresent", "IsNull", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"} | {
    *("StringEquals", "StringEqualsPath", "StringMatches", "BooleanEquals", "BooleanEqualsPath", "NumericEqualsPath"),
    *(f"String{how}" for how in ("LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")),
    *(f"Numeric{how}" for how in ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")),
    *(f"Numeric{how}Path" for how in ("LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")),
    *(f"Timestamp{how}" for how in ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")),
}
_CALLS = re.compile(
    r"arn:aws:states:::(lambda:invoke|sqs:sendMessage|sns:publish|events:putEvents|states:startExecution"
    r"|dynamodb:(getItem|putItem|updateItem|deleteItem))(\.waitForTaskToken|\.sync(:2)?)?"
    r"|\$\{\w+\}|arn:aws:lambda:.*"
)


def problems(machine: State) -> Iterator[str]:
    """Every field, state type and call of an ASL definition that the emulator would ignore or refuse."""
    yield from _unknown("the state machine", machine, _MACHINE | {"QueryLanguage"})
    yield from _states(machine, express=False)


def _states(machine: State, express: bool) -> Iterator[str]:
    states = machine.get("States", {})
    if machine.get("QueryLanguage", "JSONPath") != "JSONPath":
        yield "QueryLanguage: only JSONPath runs here"
    yield from _targets(machine, states)
    for name, state in states.items():
        yield from _state(name, state, express)


def _state(name: str, state: State, express: bool) -> Iterator[str]:
    kind = state.get("Type", "")
    if kind not in _FIELDS:
        yield f"state {name}: unknown Type {kind!r}"
        return
    distributed = _mode(state) == "DISTRIBUTED"
    yield from _unknown(f"state {name}", state, _FIELDS[kind] | (_DISTRIBUTED if distributed else set()))
    if "[" in str(state.get("ResultPath", "")):
        yield f"state {name}: ResultPath with an index is not obeyed"
    for retrier in state.get("Retry", []):
        yield from _unknown(f"state {name}, Retry", retrier, _RETRIER | {"Comment"})
    for catcher in state.get("Catch", []):
        yield from _unknown(f"state {name}, Catch", catcher, _CATCHER | {"Comment"})
    yield from _INSIDE.get(kind, _nothing)(name, state, express)


def _nothing(_name: str, _state: State, _express: bool) -> Iterator[str]:
    yield from ()


def _task(name: str, state: State, express: bool) -> Iterator[str]:
    resource = state.get("Resource", "")
    if not _CALLS.fullmatch(resource):
        yield f"state {name}: Resource {resource} does not run here"
    if express and resource.endswith((".waitForTaskToken", ".sync", ".sync:2")):
        yield f"state {name}: AWS refuses {resource.rsplit('.', 1)[1]} in EXPRESS executions"


def _choice(name: str, state: State, _express: bool) -> Iterator[str]:
    for rule in state.get("Choices", []):
        yield from _rule(f"state {name}, Choices", rule)


def _rule(where: str, rule: State) -> Iterator[str]:
    yield from _unknown(where, rule, _COMPARISONS | {"Variable", "Next", "Comment"})
    nested = [*rule.get("And", []), *rule.get("Or", []), *([rule["Not"]] if "Not" in rule else [])]
    for inner in nested:
        yield from _rule(where, inner)


def _parallel(name: str, state: State, express: bool) -> Iterator[str]:
    for branch in state.get("Branches", []):
        yield from _unknown(f"state {name}, Branches", branch, {"StartAt", "States", "Comment"})
        yield from _states(branch, express)


def _map(name: str, state: State, express: bool) -> Iterator[str]:
    if state.keys() >= _WIDTH:
        yield f"state {name}: AWS refuses MaxConcurrency beside MaxConcurrencyPath"
    processor = state.get("ItemProcessor", {})
    yield from _unknown(f"state {name}, ItemProcessor", processor, {"ProcessorConfig", "StartAt", "States", "Comment"})
    config = processor.get("ProcessorConfig", {})
    yield from _unknown(f"state {name}, ProcessorConfig", config, {"Mode", "ExecutionType"})
    if "ItemReader" in state:
        yield from _reader(f"state {name}, ItemReader", state["ItemReader"])
    yield from _states(processor, express or config.get("ExecutionType") == "EXPRESS")


def _reader(where: str, reader: State) -> Iterator[str]:
    yield from _unknown(where, reader, _READER)
    yield from _unknown(where, reader.get("ReaderConfig", {}), _READER_CONFIG)
    if reader.get("Resource") not in _READERS:
        yield f"{where}: Resource {reader.get('Resource')} does not run here"
    if reader.get("ReaderConfig", {}).get("InputType", "JSON") not in ("JSON", "JSONL", "CSV"):
        yield f"{where}: InputType {reader['ReaderConfig']['InputType']} does not run here"


_INSIDE = {"Task": _task, "Choice": _choice, "Parallel": _parallel, "Map": _map}


def _mode(state: State) -> str:
    return str(state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode", "INLINE"))


def _unknown(where: str, given: State, known: set[str]) -> Iterator[str]:
    for field in given.keys() - known:
        yield f"{where}: the emulator ignores {field}"


def _targets(machine: State, states: dict[str, State]) -> Iterator[str]:
    """Names that lead to no state."""
    named = {("StartAt", machine.get("StartAt"))}
    for name, state in states.items():
        steps = [state, *state.get("Choices", []), *state.get("Catch", [])]
        named |= {(name, step[key]) for step in steps for key in ("Next", "Default") if key in step}
    for origin, target in sorted(named, key=str):
        if target not in states:
            yield f"{origin}: there is no state {target}"
