"""Waiting for a job: looking at it again and again, less and less often."""

from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

from fanfold_client.connection import Pause
from fanfold_client.errors import Unreachable
from fanfold_client.shapes.batches import OVER

FASTEST, SLOWEST = 0.5, 15.0
"""Seconds between two looks: a tenth of what was waited so far, within these."""
OUTAGES = 20
"""Looks in a row that may fail before waiting gives up."""


class Stateful(Protocol):
    """What can be waited for."""

    @property
    def state(self) -> str: ...


S = TypeVar("S", bound=Stateful)


def until_over(look: Callable[[], S], seen: Callable[[S], None], pause: Pause, over: Collection[str] = OVER) -> S:
    """What it is when it is over; `seen` is called with each look. Raises what a look raises."""
    waited, outages = 0.0, 0
    while True:
        try:
            found, outages = look(), 0
            seen(found)
            if found.state in over:
                return found
        except Unreachable:
            outages += 1
            if outages == OUTAGES:
                raise
        seconds = min(max(waited / 10, FASTEST), SLOWEST)
        pause(seconds)
        waited += seconds
