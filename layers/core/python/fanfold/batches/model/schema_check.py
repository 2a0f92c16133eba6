"""Outputs that have to keep to a JSON Schema: whether the schema is one, and whether an output keeps to it.

Schemas come from outside and are checked in workers that all tenants share: references to elsewhere are not followed,
patterns are RE2's, and what the check of one output may cost is counted.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from fanfold.batches.model.schema_work import TooMuchWork, at_most, spend
from fanfold.providers import Fault, Finish, Outcome, Status
from fanfold.values import MOST_LEVELS, is_deeper

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

UNFINISHED = {
    Finish.LENGTH: Fault(kind="truncated", message="the output was cut at the token limit"),
    Finish.REFUSAL: Fault(kind="refused", message="the model declined to answer"),
}
INVALID = "invalid_output"
LONGEST_MESSAGE = 300
MOST_SCHEMA_BYTES = 65_536
MOST_PARTS = 2_000
"""Mappings in a schema: to see whether it is one takes 0.2 ms for each."""
MOST_WORK = 100_000
"""Keywords that the check of one output may look at; an array of 2,000 objects of ten fields needs half of it."""
KEPT = 64
"""Schemas that are kept ready."""
PLAIN = frozenset({"enum", "const", "default", "examples"})
"""Keywords whose values are no schemas."""
UNEVALUATED = frozenset({"unevaluatedProperties", "unevaluatedItems"})


def flaw_of(schema: Any) -> str | None:
    """What is wrong with a schema; None if it is one (https://json-schema.org/draft/2020-12)."""
    try:
        text = json.dumps(schema, allow_nan=False)
    except RecursionError:
        return _too_deep()
    except ValueError:
        return "it holds a number that JSON does not have"
    return _ready(text)[0]


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
        flaw, validator = _ready(json.dumps(schema))
        if flaw or validator is None:
            return _unchecked(flaw)
        with at_most(MOST_WORK):
            found = best_match(validator.iter_errors(json.loads(output)))
    except TooMuchWork:
        return _unchecked("its schema makes the check too much work")
    except (ValueError, RecursionError, ArithmeticError, Unresolvable) as error:
        return _unchecked(error)
    if found is None:
        return None
    where = "".join(f"[{step!r}]" for step in found.absolute_path)
    return Fault(kind=INVALID, message=f"output{where}: {found.message}"[:LONGEST_MESSAGE])


def _unchecked(why: object) -> Fault:
    return Fault(kind=INVALID, message=f"the output can't be checked: {why}"[:LONGEST_MESSAGE])


@lru_cache(maxsize=KEPT)
def _ready(text: str) -> "tuple[str | None, Validator | None]":
    """What is wrong with a schema, or what checks outputs."""
    if len(text) > MOST_SCHEMA_BYTES:
        return f"it has {len(text):,} bytes, and may have {MOST_SCHEMA_BYTES:,}", None
    schema = json.loads(text)
    if is_deeper(schema):
        return _too_deep(), None
    if (parts := sum(1 for _ in _schemas(schema))) > MOST_PARTS:
        return f"it has {parts:,} parts, and may have {MOST_PARTS:,}", None
    if flaw := _shape_flaw(schema) or _pattern_flaw(schema):
        return flaw[:LONGEST_MESSAGE], None
    return None, _validator(schema)


def _too_deep() -> str:
    return f"it is nested over {MOST_LEVELS} levels deep"


def _shape_flaw(schema: Any) -> str | None:
    from jsonschema.exceptions import SchemaError

    try:
        _kind(schema).check_schema(schema)
    except SchemaError as error:
        return f"it is no JSON Schema: {error.message}"
    except RecursionError:
        return _too_deep()
    return None


def _pattern_flaw(schema: Any) -> str | None:
    """What the check of outputs has no sure way with."""
    from fanfold.batches.model.bounded_keywords import BadPattern, check_pattern

    parts = list(_schemas(schema))
    if any("$schema" in part for part in parts[1:]):
        return "only the whole schema may name its dialect by $schema"
    patterns = [name for part in parts for name in _mapping(part, "patternProperties")]
    if patterns and any(not UNEVALUATED.isdisjoint(part) for part in parts):
        return "patternProperties together with unevaluatedProperties or unevaluatedItems can't be checked"
    try:
        for each in (*patterns, *(part["pattern"] for part in parts if isinstance(part.get("pattern"), str))):
            check_pattern(each)
    except BadPattern as error:
        return str(error)
    return None


def _schemas(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and all mappings in it, but for values that are no schemas."""
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting += [part for name, part in each.items() if name not in PLAIN]
        elif isinstance(each, list):
            waiting += each


def _mapping(part: dict[str, Any], name: str) -> dict[str, Any]:
    found = part.get(name)
    return found if isinstance(found, dict) else {}


def _kind(schema: Any) -> Any:
    """The class of its dialect."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for

    return validator_for(schema, default=Draft202012Validator)


def _validator(schema: Any) -> "Validator":
    """An empty registry: references to elsewhere are errors and nothing is fetched."""
    from referencing import Registry

    # A part that names a dialect is checked by that dialect's own class: by $ref the whole is such a part.
    plain = {name: part for name, part in schema.items() if name != "$schema"} if isinstance(schema, dict) else schema
    made: Validator = _counting(_kind(schema))(plain, registry=Registry())
    return made


@cache
def _counting(kind: Any) -> "type[Validator]":
    """The dialect, with linear patterns, and each keyword counted."""
    from jsonschema.validators import extend

    from fanfold.batches.model.bounded_keywords import KEYWORDS

    known = kind.VALIDATORS | {name: check for name, check in KEYWORDS.items() if name in kind.VALIDATORS}
    made: type[Validator] = extend(kind, {name: _counted(check) for name, check in known.items()})
    return made


def _counted(check: Callable[..., Any]) -> Callable[..., Any]:
    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        spend()
        return check(validator, value, instance, schema)

    return counted
