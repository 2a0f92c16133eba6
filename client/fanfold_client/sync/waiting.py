# Made by `make client` of aio/waiting.py: do not edit.
"""Waiting for a job: looking at it again and again, less and less often."""

from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

from fanfold_client.errors import Unreachable
from fanfold_client.patience import OUTAGES, PollPace
from fanfold_client.sync.connection import Pause


class Stateful(Protocol):
    """What can be waited for."""

    @property
    def state(self) -> str: ...


S = TypeVar("S", bound=Stateful)


def until_over(
    look: Callable[[], S],
    seen: Callable[[S], None],
    pause: Pause,
    over: Collection[str],
    again: str,
    pace: PollPace,
) -> S:
    """What it is when it is over; `seen` is called with each look. Raises what a look raises.

    Who ends the waiting is told by `again` how it goes on.
    """
    try:
        return _until_over(look, seen, pause, over, pace)
    except KeyboardInterrupt as error:
        error.add_note(f"It goes on in the service: {again} waits for it again.")
        raise


def _until_over(
    look: Callable[[], S],
    seen: Callable[[S], None],
    pause: Pause,
    over: Collection[str],
    pace: PollPace,
) -> S:
    outages = 0
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
        pause(pace.next())
