"""Problem documents (RFC 9457), the one shape of every refusal over HTTP."""

import re

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fanfold.errors import Flaw, Invalid, Refused

CONTENT_TYPE = "application/problem+json"
CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Where a new word begins in the name of a class."""


class Problem(BaseModel):
    """`code` never changes; `errors` has one entry per field or line that is wrong."""

    type: str
    code: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: tuple[Flaw, ...] = ()


def problem(refused: Refused, instance: str | None = None) -> Problem:
    """The document for a refusal; `instance` is the path that was asked for."""
    return Problem(
        type=f"urn:fanfold:problem:{type(refused).__name__}",
        code=CAPITAL.sub("_", type(refused).__name__).lower(),
        title=refused.title,
        status=refused.status,
        detail=refused.detail,
        instance=instance,
        errors=refused.flaws,
    )


SAID = {"extra_forbidden": "there is no such field", "missing": "this is missing", "json_invalid": "not valid JSON"}


def flaws(error: ValidationError, line: int | None = None) -> tuple[Flaw, ...]:
    """What pydantic found, by field; the field of a nested value is its dotted path."""
    return tuple(
        Flaw(field=".".join(str(part) for part in each["loc"]) or None, line=line, detail=_said(each))
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _said(each: ErrorDetails) -> str:
    plain = SAID.get(each["type"])
    if each["type"] == "json_invalid":
        return f"{plain}: {each['msg'].removeprefix('Invalid JSON: ').replace(' at line 1 column', ' at column')}"
    return plain or each["msg"].removeprefix("Value error, ")


def invalid(error: ValidationError, what: str) -> Invalid:
    """A pydantic error as a refusal that names its fields."""
    found = flaws(error)
    named = ", ".join(flaw.field for flaw in found if flaw.field) or "the body"
    return Invalid(f"{what}: {named}", *found)
