"""Waiting for a job: looking at it again and again, less and less often."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol, TypeVar

from fanfold_client.aio.connection import AsyncPause
from fanfold_client.errors import Unreachable
from fanfold_client.patience import OUTAGES, PollPace


class AsyncStateful(Protocol):
    """What can be waited for."""

    @property
    def state(self) -> str: ...


S = TypeVar("S", bound=AsyncStateful)


async def until_over(
    look: Callable[[], Awaitable[S]],
    seen: Callable[[S], None],
    pause: AsyncPause,
    over: Collection[str],
    again: str,
    pace: PollPace,
) -> S:
    """What it is when it is over; `seen` is called with each look. Raises what a look raises.

    Who ends the waiting is told by `again` how it goes on.
    """
    try:
        return await _until_over(look, seen, pause, over, pace)
    except (KeyboardInterrupt, asyncio.CancelledError) as error:
        error.add_note(f"It goes on in the service: {again} waits for it again.")
        raise


async def _until_over(
    look: Callable[[], Awaitable[S]],
    seen: Callable[[S], None],
    pause: AsyncPause,
    over: Collection[str],
    pace: PollPace,
) -> S:
    outages = 0
    while True:
        try:
            found, outages = await look(), 0
            seen(found)
            if found.state in over:
                return found
        except Unreachable:
            outages += 1
            if outages == OUTAGES:
                raise
        await pause(pace.next())
