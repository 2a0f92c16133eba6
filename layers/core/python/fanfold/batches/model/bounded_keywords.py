"""Keywords of JSON Schema whose cost could grow without bound.

Patterns are looked for by RE2, whose time grows with the text and never exponentially; it has no look-around and no
back-reference (https://github.com/google/re2/wiki/Syntax). Unique items of several kinds are compared each with each.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from fanfold.batches.model.schema_work import spend

UNICODE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
MOST_MEMORY = 1024 * 1024
"""What a compiled pattern may take: repetitions of repetitions grow beyond it."""
STEPS = 1000
"""Instructions of a pattern times characters of a text that are one unit of work."""
SHOWN = 80
"""Characters of a text that a message names."""
COMPARED = 10
"""Comparisons of items that are one unit of work."""


class BadPattern(ValueError):
    """RE2 does not take it."""


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.max_mem, options.log_errors = MOST_MEMORY, False
    try:
        return re2.compile(UNICODE.sub(_point, pattern), options)
    except re2.error as error:
        said = error.args[0].decode() if isinstance(error.args[0], bytes) else error
        raise BadPattern(f"the pattern {pattern[:80]!r} is not one of RE2's: {said}") from None


def _point(found: re.Match[str]) -> str:
    """`\\\\u00e9`, as ECMA-262 writes it, as RE2 does."""
    return f"\\x{{{found[1]}}}" if found[1] else found[0]


def check_pattern(pattern: str) -> None:
    """Raises BadPattern for one that can't be searched for in linear time."""
    _compiled(pattern)


def is_in(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text."""
    compiled = _compiled(pattern)
    spend(1 + compiled.programsize * len(text) // STEPS)
    return compiled.search(text) is not None


def pattern(validator: Any, wanted: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not is_in(wanted, instance):
        shown = f"{instance[:SHOWN]!r}{'…' * (len(instance) > SHOWN)}"
        yield ValidationError(f"{shown} does not match {wanted[:SHOWN]!r}")


def pattern_properties(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "object"):
        for each, subschema in wanted.items():
            for name, value in instance.items():
                if is_in(each, name):
                    yield from validator.descend(value, subschema, path=name, schema_path=each)


def additional_properties(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    others = list(_others(instance, schema))
    if validator.is_type(wanted, "object"):
        for name in others:
            yield from validator.descend(instance[name], wanted, path=name)
    elif not wanted and others:
        named = ", ".join(map(repr, sorted(others)))
        yield ValidationError(f"additional properties are not allowed: {named}")


def _others(instance: dict[str, Any], schema: dict[str, Any]) -> Iterable[str]:
    """Properties that neither a name nor a pattern of the schema speaks of."""
    patterns = schema.get("patternProperties", {})
    unnamed = instance.keys() - schema.get("properties", {}).keys()
    return (name for name in instance if name in unnamed and not any(is_in(each, name) for each in patterns))


def unique_items(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """As jsonschema has it, which sorts items of one kind."""
    if wanted and validator.is_type(instance, "array"):
        alike = {type(each) for each in instance} <= {str} or all(type(each) in (int, float) for each in instance)
        spend(len(instance) if alike else len(instance) ** 2 // COMPARED)
    yield from Draft202012Validator.VALIDATORS["uniqueItems"](validator, wanted, instance, schema) or ()


KEYWORDS = {
    "pattern": pattern,
    "patternProperties": pattern_properties,
    "additionalProperties": additional_properties,
    "uniqueItems": unique_items,
}
