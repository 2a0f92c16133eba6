"""Reference paths that lead nowhere fail the state, as on AWS; the emulator reads them as null.

It also does not know `MaxConcurrencyPath`, whose number stands in for `MaxConcurrency` here.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from local.cloud.seam import replace, require

State = dict[str, Any]


def install(stepfunctions: Any) -> None:
    require(stepfunctions, "_parse_jsonpath_tokens", "_ExecutionError", "_resolve_path_or_ctx")
    replace(stepfunctions, "_run_map_items", "state_def raw_input execution ctx", _bounded_map)
    replace(stepfunctions, "_resolve_params_obj", "template data ctx", _checked_template)
    replace(stepfunctions, "_evaluate_rule", "rule data ctx", _checked_rule)
    for name, field in (("_apply_input_path", "InputPath"), ("_apply_output_path", "OutputPath")):
        replace(stepfunctions, name, "state_def data ctx", partial(_checked_path, field))


def _checked_template(original: Callable[..., Any]) -> Callable[..., Any]:
    def resolve(template: Any, data: Any, ctx: State | None = None) -> Any:
        for field, path in template.items() if isinstance(template, dict) else ():
            if field.endswith(".$") and isinstance(path, str) and not found(path, data, ctx):
                raise _missing("States.ParameterPathFailure", path, field)
        return original(template, data, ctx)

    return resolve


def _checked_rule(original: Callable[..., bool]) -> Callable[..., bool]:
    def evaluate(rule: State, data: Any, ctx: State | None = None) -> bool:
        variable = rule.get("Variable")
        if variable and "IsPresent" not in rule and not found(variable, data, ctx):
            raise _missing("States.Runtime", variable, "Variable")
        return original(rule, data, ctx)

    return evaluate


def _checked_path(field: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def apply(state_def: State, data: Any, ctx: State | None = None) -> Any:
        path = state_def.get(field) or "$"
        if not found(path, data, ctx):
            raise _missing("States.Runtime", path, field)
        return original(state_def, data, ctx)

    return apply


def _bounded_map(original: Callable[..., Any]) -> Callable[..., Any]:
    """A Map whose input says how many of its items are at work at a time: a whole number, 0 for any."""

    def run(state_def: State, raw_input: Any, execution: State, ctx: State) -> Any:
        if (path := state_def.get("MaxConcurrencyPath")) is None:
            return original(state_def, raw_input, execution, ctx)
        most = _at(path, state_def, raw_input, ctx)
        if type(most) is not int or most < 0:
            raise _failed("States.Runtime", f"The field 'MaxConcurrencyPath' led to {most!r}, and not to an integer")
        return original({**state_def, "MaxConcurrency": most}, raw_input, execution, ctx)

    return run


def _at(path: str, state_def: State, raw_input: Any, ctx: State) -> Any:
    from ministack.services import stepfunctions

    effective = stepfunctions._apply_input_path(state_def, raw_input, ctx)
    if not found(path, effective, ctx):
        raise _missing("States.Runtime", path, "MaxConcurrencyPath")
    return stepfunctions._resolve_path_or_ctx(path, effective, ctx)


def _missing(error: str, path: str, field: str) -> Exception:
    return _failed(error, f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input")


def _failed(error: str, cause: str) -> Exception:
    from ministack.services import stepfunctions

    failure: Exception = stepfunctions._ExecutionError(error, cause)
    return failure


def found(path: str, data: Any, ctx: State | None) -> bool:
    """Whether a plain reference path leads to something; other expressions are the emulator's business."""
    from ministack.services import stepfunctions

    if path.startswith("$$."):
        path, data = path[1:], ctx or {}
    steps = stepfunctions._parse_jsonpath_tokens(path) if path.startswith("$.") else None
    for kind, step in steps or ():
        if kind not in ("field", "index"):
            return True
        if not _has(data, kind, step):
            return False
        data = data[step]
    return True


def _has(data: Any, kind: str, step: Any) -> bool:
    if kind == "field":
        return isinstance(data, dict) and step in data
    return isinstance(data, list) and step < len(data)
