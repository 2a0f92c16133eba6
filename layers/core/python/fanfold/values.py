"""Values of JSON that can be taken in and not be given out again: nested too deeply, or numbers of too many digits."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

MOST_LEVELS = 64
"""Levels of lists and mappings that a value may have; pydantic writes 200, Python itself reads about 900."""
MOST_KEPT_LEVELS = 31
"""Those of an attribute in DynamoDB, which has 32 with the item."""
DIGITS, SMALLEST = 38, Decimal("1e-130")
"""Of numbers there: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html. Larger ones than
of so many digits are kept, but come back with all their zeros, which boto3 does not read.
"""
ID_PATTERN = r"^[^\x00-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+$"
"""Names without control characters, and without marks that turn the direction of text: they show other names."""
WHOLE = 2**63
"""Whole numbers from here on are beyond what providers' and other programs read."""


def is_deeper(value: Any, most: int = MOST_LEVELS) -> bool:
    """Whether it has more than so many levels of lists and mappings."""
    level = [value] if isinstance(value, dict | list | tuple) else []
    for _ in range(most):
        if not level:
            return False
        level = [part for each in level for part in _parts(each) if isinstance(part, dict | list | tuple)]
    return bool(level)


def unkept(value: Any) -> str | None:
    """Why the table can't keep a value; None if it can."""
    if is_deeper(value, MOST_KEPT_LEVELS):
        return f"it is nested over {MOST_KEPT_LEVELS} levels deep"
    if all(map(_is_kept, _numbers(value))):
        return None
    return f"it holds a number of over {DIGITS} digits, or one too large or too small to be kept"


def first_unkept(values: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first attribute that the table can't keep, with the field of it where it has fields, and why."""
    for name, value in values.items():
        if why := unkept(value):
            inside = [key for key, each in value.items() if unkept(each)] if isinstance(value, Mapping) else []
            return ".".join([name, *inside[:1]]), why
    return None


def has_long_number(value: Any) -> bool:
    """Whether it holds a number that JSON does not have, or a whole one of more than 64 bits."""
    return any(abs(each) >= WHOLE if isinstance(each, int) else not isfinite(each) for each in _numbers(value))


def _is_kept(number: int | float) -> bool:
    if not abs(number) < 10**DIGITS:  # as none is that is no number
        return False
    return number == 0 or abs(Decimal(repr(number))) >= SMALLEST


def _numbers(value: Any) -> Iterator[int | float]:
    """All numbers in it, however deep."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, int | float) and not isinstance(each, bool):
            yield each
        elif isinstance(each, dict | list | tuple):
            waiting += _parts(each)


def _parts(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value
