"""Narrowing: a chunk that workers die of is fitted in ever smaller parts, until the series that kills stands alone.

Which part is being fitted is noted before it begins: whoever finds such a note finds a part that a worker died of. A
larger one is halved, a series that was alone waits behind the others and is given up after `DEATHS` of them.
"""

from collections.abc import Callable
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from fanfold.errors import Incomplete
from fanfold.jobs.job import JobRef
from fanfold.ports import Blobs, Change, Key, Table

DEATHS = 3
"""Workers that die of a series which was alone, before it is taken for the cause."""
FATAL = f"{DEATHS} workers died of this series with no other at hand"


class ChunkPart(NamedTuple):
    """Series of a chunk from `start` to before `end`, and the workers that died of them."""

    start: int
    end: int
    deaths: int = 0


class Narrowing(BaseModel):
    """How far a chunk is: parts that are to be fitted, the first of them begun or not, and the names of those done."""

    model_config = ConfigDict(frozen=True)

    todo: tuple[ChunkPart, ...]
    done: tuple[str, ...] = ()
    begun: bool = False
    version: int = 0


class Narrowings:
    """The narrowings of all chunks, an item each, changed by one worker at a time."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, key: Key) -> Narrowing | None:
        item = self._table.get(key)
        return Narrowing.model_validate(item) if item else None

    def put(self, key: Key, before: Narrowing | None, **news: object) -> Narrowing:
        """The narrowing with the news. Raises Incomplete if another worker has changed it."""
        base = before or Narrowing(todo=())
        after = Narrowing.model_validate(base.model_dump() | news | {"version": base.version + 1})
        expect = {"version": before.version if before else None}
        if self._table.change(Change(key=key, set=after.model_dump(mode="json"), expect=expect)) is None:
            raise Incomplete("another worker has this chunk")
        return after


class NarrowedChunk:
    """A chunk in parts; `fit` gives the lines of a part, `given_up` the line of a series that kills."""

    def __init__(
        self,
        ref: JobRef,
        chunk: int,
        round: int,
        *,
        fit: Callable[[int, int], list[bytes]],
        given_up: Callable[[int], bytes],
        narrowings: Narrowings,
        blobs: Blobs,
    ) -> None:
        self._key = ref.key(f"N#{chunk:06d}#{round}")
        self._folder = f"{ref.folder}parts/fit-{chunk:06d}-{round}-"
        self._fit, self._given_up, self._narrowings, self._blobs = fit, given_up, narrowings, blobs

    def lines(self, series: int) -> list[bytes]:
        """The lines of all its series. Raises what `fit` raises, and Incomplete if another worker has it."""
        state = self._entered(series)
        while state.todo:
            state = self._next(state)
        found = [self._blobs.get(self._folder + name) for name in sorted(state.done)]
        return b"".join(found).splitlines(keepends=True)

    def _entered(self, series: int) -> Narrowing:
        """The state, a part that a worker died of made smaller."""
        state = self._narrowings.get(self._key)
        if state is None:
            return self._narrowings.put(self._key, None, todo=_smaller(ChunkPart(0, series, 1)))
        if not state.begun:
            return state
        part, *others = state.todo
        deadly = part._replace(deaths=part.deaths + 1)
        if part.end - part.start > 1:
            return self._narrowings.put(self._key, state, begun=False, todo=[*_smaller(deadly), *others])
        if deadly.deaths < DEATHS:
            return self._narrowings.put(self._key, state, begun=False, todo=[*others, deadly])
        return self._finished(state, f"{part.start:06d}-failed", [self._given_up(part.start)])

    def _next(self, state: Narrowing) -> Narrowing:
        part = state.todo[0]
        begun = self._narrowings.put(self._key, state, begun=True)
        try:
            lines = self._fit(part.start, part.end)
        except Exception:
            self._narrowings.put(self._key, begun, begun=False)
            raise
        return self._finished(begun, f"{part.start:06d}-{part.end:06d}", lines)

    def _finished(self, state: Narrowing, name: str, lines: list[bytes]) -> Narrowing:
        """The first part done: its lines under a name that sorts as the series lie."""
        self._blobs.put(self._folder + name, b"".join(lines))
        return self._narrowings.put(self._key, state, begun=False, todo=state.todo[1:], done=[*state.done, name])


def _smaller(part: ChunkPart) -> list[ChunkPart]:
    """Its halves, which nobody has died of; a series alone keeps its deaths."""
    if part.end - part.start == 1:
        return [part]
    middle = (part.start + part.end) // 2
    return [ChunkPart(part.start, middle), ChunkPart(middle, part.end)]
