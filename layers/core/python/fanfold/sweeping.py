"""A sweeper's round: each item is tried on its own, so one that can't be moved on holds up no other."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from pydantic import BaseModel

from fanfold.errors import Superseded

P = ParamSpec("P")
T = TypeVar("T")


class Failure(BaseModel):
    """An item that could not be moved on; the next round tries it again."""

    item: str
    """Its key, such as `T#acme#J#4f…`."""
    error: str
    """The name of the exception."""
    message: str


class SweepRound(BaseModel):
    """What a round did; each service adds its own counts."""

    failures: list[Failure] = []

    def attempt(self, item: str, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What the step answers; None if it failed, which is noted, or if somebody else moved the item meanwhile."""
        try:
            return step(*args, **kwargs)
        except Superseded:
            return None
        except Exception as error:  # whatever is wrong with one item, the others are swept
            self.fail(item, error)
            return None

    def fail(self, item: str, error: Exception) -> None:
        """Note an item that could not be moved on."""
        self.failures.append(Failure(item=item, error=type(error).__name__, message=str(error)))
