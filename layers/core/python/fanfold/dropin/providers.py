"""Which provider a file of requests is for: the one that knows the model of its first line."""

import json
import re
from typing import Any

from fanfold.batches.backend import BatchBackend
from fanfold.errors import Invalid
from fanfold.providers import names

MODEL = re.compile(rb'"model"\s*:\s*("(?:[^"\\]|\\.)*")')


def provider_of(model: str, backend: BatchBackend) -> str:
    """The provider that knows the model. Raises Invalid."""
    for name in names():
        if backend.provider(name).knows(model):
            return name
    raise Invalid(f"the model {model!r} does not exist, or no provider here has it", field="model")


def model_in(line: bytes) -> str | None:
    """The model that a line of a batch file names, if it names one."""
    try:
        found: Any = json.loads(line)
    except ValueError:
        said = MODEL.search(line)
        return str(json.loads(said[1])) if said else None
    model = next((_named(found, field) for field in ("body", "params", "request") if field in _fields(found)), None)
    return model if isinstance(model, str) else None


def _named(line: Any, field: str) -> Any:
    return _fields(line[field]).get("model")


def _fields(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
