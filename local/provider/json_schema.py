"""A value that a JSON schema accepts, fixed by a seed.

Covers the part of JSON Schema that providers allow for structured output
(https://developers.openai.com/api/docs/guides/structured-outputs): types, enum, const, anyOf, oneOf, allOf,
$ref, bounds, lengths and common formats. `pattern` is not looked at.
"""

from collections.abc import Callable
from math import ceil, floor
from typing import Any

from local.provider.chance import seed_of

DEEPEST = 5
MOST_STEPS = 20_000
"""Parts of a schema that are looked at for one value: a tower of allOf and $ref doubles with each floor."""
LONGEST = 1_000_000
"""Characters of a string."""
FORMATS = {
    "date": "2026-01-15",
    "date-time": "2026-01-15T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "P3D",
    "email": "someone@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "3f2b8c1e-5a4d-4e6f-9b7a-1c2d3e4f5a6b",
}
Schema = dict[str, Any]


class SchemaError(ValueError):
    """The schema is not one, or no finite value fits it."""


def example(schema: Schema, seed: int, words: list[str]) -> Any:
    """A value valid for `schema`, its strings made of `words`; SchemaError where there is none."""
    try:
        return _Example(schema, words or ["text"]).value(schema, seed, 0)
    except (LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise SchemaError(f"Invalid schema: {error}") from None


class _Example:
    def __init__(self, root: Schema, words: list[str]) -> None:
        self._root = root
        self._words = words
        self._steps = 0
        self._kinds: dict[str, Callable[[Schema, int, int], Any]] = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "integer": self._integer,
            "number": self._number,
            "boolean": lambda _schema, seed, _depth: seed % 2 == 0,
            "null": lambda _schema, _seed, _depth: None,
        }

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise SchemaError("Invalid schema: it is too complex")

    def value(self, schema: Schema | bool, seed: int, depth: int) -> Any:
        self._step()
        if isinstance(schema, bool):
            return None
        schema = self._flat(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][seed % len(schema["enum"])]
        for choice in ("anyOf", "oneOf"):
            if choice in schema:
                return self.value(self._choose(schema[choice], seed, depth), seed, depth)
        return self._kinds[_kind(schema, depth)](schema, seed, depth)

    def _flat(self, schema: Schema) -> Schema:
        """The schema with its references and allOf parts folded in."""
        self._step()
        if "$ref" in schema:
            return self._flat(self._target(schema["$ref"]) | {k: v for k, v in schema.items() if k != "$ref"})
        merged: Schema = {name: value for name, value in schema.items() if name != "allOf"}
        for part in schema.get("allOf", ()):
            for name, value in self._flat(part).items():
                merged[name] = _both(name, merged.get(name), value)
        return merged

    def _target(self, reference: str) -> Schema:
        target: Any = self._root
        for step in reference.removeprefix("#").strip("/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")] if step else target
        return dict(target)

    def _choose(self, options: list[Schema], seed: int, depth: int) -> Schema:
        """Any option; far down, one that ends there."""
        if depth >= DEEPEST:
            return min(options, key=lambda option: _kind(self._flat(option), depth) in ("object", "array"))
        return options[seed % len(options)]

    def _object(self, schema: Schema, seed: int, depth: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        names = [name for name in properties if name in required or depth < DEEPEST]
        names += [name for name in required if name not in properties]
        return {name: self.value(properties.get(name, {}), seed_of(seed, name), depth + 1) for name in names}

    def _array(self, schema: Schema, seed: int, depth: int) -> list[Any]:
        least = schema.get("minItems", 0 if depth >= DEEPEST else 1)
        length = min(least + seed % 3, schema.get("maxItems", least + 2)) if depth < DEEPEST else least
        return [self.value(schema.get("items", {}), seed_of(seed, i), depth + 1) for i in range(length)]

    def _string(self, schema: Schema, seed: int, _depth: int) -> str:
        if known := FORMATS.get(schema.get("format", "")):
            return known
        start = seed % len(self._words)
        text = " ".join((self._words[start:] + self._words[:start])[:3])
        least = int(schema.get("minLength", 0))
        most = int(schema.get("maxLength", max(least, len(text))))
        if least > LONGEST:
            raise SchemaError(f"Invalid schema: a string has up to {LONGEST:,} characters")
        return (text * (least // len(text) + 1))[:most]

    def _integer(self, schema: Schema, seed: int, _depth: int) -> int:
        step = schema.get("multipleOf", 1)
        low, high = _bounds(schema, step)
        return int((ceil(low / step) + seed % max(1, floor(high / step) - ceil(low / step) + 1)) * step)

    def _number(self, schema: Schema, seed: int, depth: int) -> float:
        if "multipleOf" in schema:
            return float(self._integer(schema, seed, depth))
        low, high = _bounds(schema, 1e-9)
        return low + (high - low) * (seed % 1000) / 1000


def _both(name: str, old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return old | new
    return [*old, *new] if name == "required" and old else new


def _kind(schema: Schema, depth: int) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "array" if "items" in schema else "string")
    if isinstance(kind, list):
        return "null" if depth >= DEEPEST and "null" in kind else str(kind[0])
    return str(kind)


def _bounds(schema: Schema, step: float) -> tuple[float, float]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + step
    if "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - step
    if low is None:
        low = 0 if high is None else min(0, high - 100)
    return low, low + 100 if high is None else high
