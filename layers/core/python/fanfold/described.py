"""The API's description, as `make openapi` writes it from the handlers."""

import json
import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent


@cache
def openapi() -> str:
    """OpenAPI 3.1, as JSON."""
    return (HERE / "openapi.json").read_text(encoding="utf-8")


@cache
def docs() -> str:
    """The same as a page."""
    return (HERE / "docs.html").read_text(encoding="utf-8")


def methods(path: str) -> tuple[str, ...]:
    """The methods that a path takes; none if there is no such path."""
    return tuple(sorted({method for pattern, known in _paths() if pattern.fullmatch(path) for method in known}))


@cache
def _paths() -> list[tuple[re.Pattern[str], tuple[str, ...]]]:
    found: dict[str, dict[str, object]] = json.loads(openapi())["paths"]
    return [(_pattern(path), tuple(method.upper() for method in known)) for path, known in found.items()]


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in path.split("/")))
