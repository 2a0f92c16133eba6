"""Outputs that have to keep to a JSON Schema: whether the schema is one, and whether an output keeps to it."""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from fanfold.providers import Fault, Finish, Outcome, Status

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

UNFINISHED = {
    Finish.LENGTH: Fault(kind="truncated", message="the output was cut at the token limit"),
    Finish.REFUSAL: Fault(kind="refused", message="the model declined to answer"),
}
INVALID = "invalid_output"
LONGEST_MESSAGE = 300


def flaw_of(schema: Any) -> str | None:
    """What is wrong with a schema; None if it is one (https://json-schema.org/draft/2020-12)."""
    from jsonschema.exceptions import SchemaError

    try:
        _validator(json.dumps(schema, allow_nan=False)).check_schema(schema)
    except SchemaError as error:
        return f"it is no JSON Schema: {error.message}"[:LONGEST_MESSAGE]
    except ValueError:
        return "it holds a number that JSON does not have"
    return None


def check_schema(outcome: Outcome, schema: dict[str, Any] | None) -> Outcome:
    """The outcome, failed if its output does not keep to the schema; what it cost stays on it."""
    if schema is None or outcome.status is not Status.SUCCEEDED or outcome.finish_reason is Finish.TOOL:
        return outcome
    fault = UNFINISHED.get(outcome.finish_reason or Finish.OTHER) or _fault(outcome.output or "", schema)
    return outcome.model_copy(update={"status": Status.FAILED, "error": fault}) if fault else outcome


def _fault(output: str, schema: dict[str, Any]) -> Fault | None:
    from jsonschema.exceptions import best_match
    from referencing.exceptions import Unresolvable

    try:
        found = best_match(_validator(json.dumps(schema)).iter_errors(json.loads(output)))
    except (ValueError, RecursionError, Unresolvable) as error:
        return Fault(kind=INVALID, message=f"the output can't be checked: {error}"[:LONGEST_MESSAGE])
    if found is None:
        return None
    where = "".join(f"[{step!r}]" for step in found.absolute_path)
    return Fault(kind=INVALID, message=f"output{where}: {found.message}"[:LONGEST_MESSAGE])


@cache
def _validator(schema: str) -> "Validator":
    """An empty registry: references to elsewhere are errors and nothing is fetched."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for
    from referencing import Registry

    found = json.loads(schema)
    made: Validator = validator_for(found, default=Draft202012Validator)(found, registry=Registry())
    return made
