"""Writes `client/fanfold_client/models/`: what the API answers with and what it may be asked, of `openapi.json`.

A client reads services that are older or newer than it is: fields that it does not know are kept, most that it knows
have a default, and words out of a list of words are plain strings.

make client
"""

import json
import keyword
from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple

from tools.formatting import formatted
from tools.openapi import FILE

FOLDER = Path(__file__).parents[1] / "client" / "fanfold_client" / "models"
REFERENCE = "#/components/schemas/"
SHARED = "shared"
OPTIONS = "options"
NAMES = {
    "ApiKey": "ApiKey",
    "Cost": "ExpectedCost",
    "EntryView": "LogEntry",
    "EntryError": "LogFlaw",
    "EstimateView": "Estimated",
    "ExportView": "LogExport",
    "Hour": "LogHour",
    "JobView": "WritingJob",
    "KeptNote": "InputNote",
    "PostView": "ObservationPost",
    "PostList": "ObservationPosts",
    "ProfileView": "StyleProfile",
    "SectionView": "Section",
    "SessionView": "WritingSession",
    "Statistics": "LogStats",
    "StreamView": "LogStream",
    "Streams": "LogStreams",
    "VersionView": "TemplateVersion",
}
"""Those that are not the API's own name without `View`."""
PARTS = {
    "/v1/batches/{job}/requests": "requests",
    "/v1/batches/{job}/requests/{custom_id}": "requests",
    "/v1/batches/{job}/responses": "requests",
    "/v1/batches/{job}/errors": "requests",
    "/v1/batches/{job}/pilot": "pilots",
    "/v1/jobs": "writing",
    "/v1/dlq": "dead_letters",
    "/v1/results": "writing",
    "/v1/sessions": "writing",
}
"""Files of models by path, or by how it begins; the others go by the path's first word."""
UNSEEN = frozenset({"/", "/v1/providers/{provider}/events"})
"""What the client does not ask."""
BASES = {"KeptNote": "NoteLine"}
"""Models with a method, which is written by hand."""
NEEDED = frozenset({"id", "state", "status", "custom_id", "url", "upload"})
"""What no answer is without: one that lacks it is not Fanfold's."""
SENT = {
    "CreateBatch": ("BatchOptions", {"requests", "upload", "draft", "dry_run"}),
    "CreateForecast": ("ForecastOptions", {"series", "upload"}),
    "SessionOptions": ("SessionOptions", set[str]()),
    "Generate": ("TextOptions", {"topic", "words"}),
}
"""What is asked, as keywords of a call, without what the call has arguments for."""
NEEDS = """from typing import Any

from pydantic import Field

from fanfold_client.answers import Answer, NoteLine
"""
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
EMPTY = {"str": '""', "int": "0", "float": "0", "bool": "False", "dict": "Field(default_factory=dict)"}
EMPTY |= {"list": "Field(default_factory=list)"}


class Model(NamedTuple):
    """A schema and the parts of the API that answer with it."""

    schema: dict[str, Any]
    parts: frozenset[str]

    @property
    def module(self) -> str:
        return next(iter(self.parts)) if len(self.parts) == 1 else SHARED


class Models:
    """All of the API's models that are no list of words."""

    def __init__(self, api: dict[str, Any]) -> None:
        self._schemas: dict[str, dict[str, Any]] = api["components"]["schemas"]
        reached: dict[str, set[str]] = {}
        for path in api["paths"].keys() - UNSEEN:
            for name in self._under([_answers(each) for each in api["paths"][path].values()], set()) - self._pages():
                reached.setdefault(name, set()).add(_part(path))
        self._models = {name: Model(self._schemas[name], frozenset(parts)) for name, parts in sorted(reached.items())}

    def files(self) -> Iterator[tuple[str, str]]:
        """Each file's name and its text."""
        modules = sorted({model.module for model in self._models.values()})
        for module in modules:
            yield f"{module}.py", self._module(module)
        yield f"{OPTIONS}.py", self._options()
        yield "__init__.py", self._index()

    def _pages(self) -> set[str]:
        """Parts of listings: what is in them is read row by row."""
        return {name for name, schema in self._schemas.items() if "cursor" in schema.get("properties", {})}

    def _under(self, part: Any, found: set[str]) -> set[str]:
        """The names of all models that this part refers to, however deep."""
        for name in _references(part):
            if name not in found and "properties" in self._schemas[name]:
                found.add(name)
                self._under(self._schemas[name], found)
        return found

    def _module(self, module: str) -> str:
        names = self._ordered(name for name, model in self._models.items() if model.module == module)
        body = "".join(self._class(name) for name in names)
        used = {name for name in self._models if module != SHARED and self._models[name].module == SHARED}
        shared = sorted(shown(name) for name in used if shown(name) in body)
        imports = f"from fanfold_client.models.{SHARED} import {', '.join(shared)}\n" if shared else ""
        said = "What several parts of the API answer with" if module == SHARED else "What this part of the API answers"
        head = f'"""{said}. Made by `make client` of openapi.json: do not edit."""\n\n'
        return formatted(head + NEEDS + imports + "\n\n" + body)

    def _ordered(self, names: Iterator[str]) -> list[str]:
        """Those that others are made of first."""
        left, done = set(names), list[str]()
        while left:
            ready = sorted(name for name in left if not (set(_references(self._schemas[name])) - {name}) & left)
            done += ready
            left -= set(ready)
        return done

    def _class(self, name: str) -> str:
        schema = self._schemas[name]
        said = schema.get("description", f"In the API {name}.")
        lines = [f"class {shown(name)}({BASES.get(name, 'Answer')}):", _docstring(said), ""]
        for field, part in schema["properties"].items():
            lines.append(f"    {field}: {self._field(field, part, field in schema.get('required', ()))}")
            if isinstance(part.get("description"), str):
                lines.append(_docstring(part["description"]))
        return "\n".join(lines) + "\n\n\n"

    def _field(self, name: str, part: dict[str, Any], required: bool) -> str:
        kind = self.type_of(part)
        if kind.endswith("| None"):
            return f"{kind} = None"
        if "default" in part and not isinstance(part["default"], dict | list):
            return f"{kind} = {part['default']!r}"
        if required and name in NEEDED:
            return kind
        if self._is_needed(kind, part):
            return kind
        return f"{kind} = {EMPTY.get(kind.partition('[')[0], f'Field(default_factory=lambda: {kind}())')}"

    def _is_needed(self, kind: str, part: dict[str, Any]) -> bool:
        """Whether this is a model that can't be made of nothing."""
        inner = self._schemas.get(part.get("$ref", "").removeprefix(REFERENCE), {})
        return bool(NEEDED & set(inner.get("required", ()))) and kind not in PLAIN.values()

    def type_of(self, part: dict[str, Any], *, flat: bool = False) -> str:
        """The part as Python's type; models inside a flat one are dicts."""
        if "$ref" in part:
            name = part["$ref"].removeprefix(REFERENCE)
            if "properties" not in self._schemas[name]:
                return PLAIN.get(self._schemas[name].get("type", ""), "Any")
            return "dict[str, Any]" if flat else shown(name)
        if "anyOf" in part:
            kinds = list(dict.fromkeys(self.type_of(each, flat=flat) for each in part["anyOf"]))
            return " | ".join(sorted(kinds, key=lambda kind: kind == "None")) if "Any" not in kinds else "Any"
        if "const" in part or "enum" in part:
            return type(part.get("const") or part["enum"][0]).__name__
        match part.get("type"):
            case "array":
                return f"list[{self.type_of(part['items'], flat=flat) if 'items' in part else 'Any'}]"
            case "object":
                inner = part.get("additionalProperties")
                return f"dict[str, {self.type_of(inner, flat=flat) if isinstance(inner, dict) and inner else 'Any'}]"
            case str(kind):
                return PLAIN[kind]
        return "Any"

    def _index(self) -> str:
        head = '"""What the API answers with. Made by `make client` of openapi.json: do not edit."""\n\n'
        named = ((model.module, shown(name)) for name, model in self._models.items())
        return formatted(
            head + "".join(f"from fanfold_client.models.{file} import {name} as {name}\n" for file, name in named)
        )

    def _options(self) -> str:
        head = '"""What may be asked, as keywords. Made by `make client` of openapi.json: do not edit."""\n\n'
        parts = [head, "from typing import Any, TypedDict\n\n\n"]
        for name, (called, left) in SENT.items():
            said = _docstring(self._schemas[name].get("description", called))
            lines = [f"class {called}(TypedDict, total=False):", said, ""]
            for field, part in self._schemas[name]["properties"].items():
                if field not in left and not keyword.iskeyword(field):
                    kind = self.type_of(part, flat=True)
                    lines.append(f"    {field}: {kind if kind.endswith('None') else f'{kind} | None'}")
                    lines += [_docstring(part["description"])] if isinstance(part.get("description"), str) else []
            parts.append("\n".join(lines) + "\n\n\n")
        return formatted("".join(parts))


def shown(name: str) -> str:
    """What the client calls a model of the API."""
    return NAMES.get(name) or name.removesuffix("View")


def _part(path: str) -> str:
    begins = next((part for start, part in PARTS.items() if "{" not in start and path.startswith(start)), None)
    return PARTS.get(path) or begins or path.split("/")[2]


def files() -> dict[str, str]:
    """All files of the folder, by name."""
    return dict(Models(json.loads(FILE.read_text(encoding="utf-8"))).files())


def _answers(operation: dict[str, Any]) -> list[Any]:
    return [reply.get("content") for status, reply in operation["responses"].items() if status.startswith("2")]


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _references(each)
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"].removeprefix(REFERENCE)
        yield from _references(list(part.values()))


def _docstring(said: str) -> str:
    """The words, in lines of at most 118 characters, as a docstring of a class or a field."""
    words = said.replace("\\", "\\\\").replace("\n\n", " ").replace("\n", " ").strip()
    return fill(f'"""{words}"""', 116, initial_indent="    ", subsequent_indent="    ", break_long_words=False)


if __name__ == "__main__":
    for file, text in files().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
