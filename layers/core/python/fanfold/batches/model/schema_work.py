"""How much work the check of one output may be: a schema can make it as long as it likes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class TooMuchWork(Exception):
    """What was allowed is spent."""


class _Purse:
    def __init__(self, units: int) -> None:
        self.left = units


_purse: ContextVar[_Purse | None] = ContextVar("purse", default=None)


@contextmanager
def at_most(units: int) -> Iterator[None]:
    """Within, `spend` raises TooMuchWork once so many units are spent."""
    before = _purse.set(_Purse(units))
    try:
        yield
    finally:
        _purse.reset(before)


def spend(units: int = 1) -> None:
    """Note so much work done. Raises TooMuchWork."""
    purse = _purse.get()
    if purse is not None:
        purse.left -= units
        if purse.left < 0:
            raise TooMuchWork
