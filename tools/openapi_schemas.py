"""The models of the API's description: each under one name, with what their sources say of the fields."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from fanfold.errors import Refused
from fanfold.problems import Problem, problem
from fanfold.replies import Link
from tools.openapi_examples import EXAMPLES

REFERENCE = "#/components/schemas/{model}"
K = TypeVar("K")
Names = dict[tuple[Any, JsonSchemaMode], str]
"""Of a model that is read (validation) or answered with (serialization), its name in the description."""


def schemas_of(sent: Iterable[type[BaseModel]], answered: Iterable[type[BaseModel]]) -> tuple[dict[str, Any], Names]:
    """All models by name, and the name of each."""
    modes: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in dict.fromkeys(sent)]
    shown: list[type[BaseModel]] = [*answered, Link, Problem]
    modes += [(model, "serialization") for model in dict.fromkeys(shown)]
    keys, found = models_json_schema(modes, ref_template=REFERENCE)
    short = {name: _short(name, found["$defs"]) for name in found["$defs"]}
    schemas = {short[name]: _renamed(explained(name, schema), short) for name, schema in found["$defs"].items()}
    schemas["Problem"]["properties"]["code"]["enum"] = sorted(_codes())
    for name, example in EXAMPLES.items():
        schemas[name]["examples"] = [example]
    names = {key: short[place["$ref"].rpartition("/")[2]] for key, place in keys.items()}
    return {name: schemas[name] for name in sorted(schemas)}, names


def explained(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with what the model's source says of its fields."""
    parts = re.sub(r"-(Input|Output)$", "", name).split("__")
    ours = (
        kind for kind in kinds(BaseModel) if kind.__module__.startswith("fanfold.") or kind.__module__.endswith(".api")
    )
    found = (kind for kind in ours if kind.__name__ == parts[-1])
    kind = next((kind for kind in found if kind.__module__.endswith(".".join(parts[:-1]))), None)
    said = dict(_of_fields(kind)) if kind else {}
    for field, part in schema.get("properties", {}).items():
        if field in said:
            part.setdefault("description", said[field])
    return schema


def _of_fields(kind: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Each field's docstring: the text that stands below it."""
    for base in reversed([each for each in kind.__mro__ if each.__module__.startswith("fanfold")]):
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        lines = body.body if isinstance(body, ast.ClassDef) else []
        for line, below in pairwise(lines):
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and isinstance(below, ast.Expr):
                yield line.target.id, " ".join(str(ast.literal_eval(below.value)).split())


def _short(name: str, every: dict[str, Any]) -> str:
    """`fanfold__batches__views__batch__Cost-Output` as `Cost`, with its package before it where two would be one."""
    parts = re.sub(r"-(Input|Output)$", "", name).split("__")
    side = "Request" if name.endswith("-Input") else ""
    alone = sum(re.sub(r"-(Input|Output)$", "", other).split("__")[-1] == parts[-1] for other in every) == 1
    paired = {f"{'__'.join(parts)}-Input", f"{'__'.join(parts)}-Output"} <= every.keys()
    own = alone or paired or len(parts) < 3
    return (parts[-1] if own else parts[1].capitalize() + parts[-1]) + side


def _renamed(part: Any, short: dict[str, str]) -> Any:
    if isinstance(part, list):
        return [_renamed(each, short) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return part | {"$ref": REFERENCE.format(model=short[part["$ref"].rpartition("/")[2]])}
    kept = {key: value for key, value in part.items() if key != "title" or not isinstance(value, str)}
    return {key: _renamed(value, short) for key, value in kept.items()}


def _codes() -> Iterator[str]:
    for kind in kinds(Refused):
        if kind.__module__ == Refused.__module__:
            yield problem(kind("")).code


def kinds(root: type[K]) -> Iterator[type[K]]:
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)
