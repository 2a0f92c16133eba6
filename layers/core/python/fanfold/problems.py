"""Problem documents (RFC 9457), the one shape of every refusal over HTTP."""

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fanfold.errors import Flaw, Invalid, Refused

CONTENT_TYPE = "application/problem+json"


class Problem(BaseModel):
    """`errors` has one entry per field or line that is wrong."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    errors: tuple[Flaw, ...] = ()


def problem(refused: Refused, instance: str | None = None) -> Problem:
    """The document for a refusal; `instance` is the path that was asked for."""
    return Problem(
        type=f"urn:fanfold:problem:{type(refused).__name__}",
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
