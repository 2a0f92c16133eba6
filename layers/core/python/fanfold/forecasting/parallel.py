"""A portfolio on several processes, and its results in the order of the series; the bytes are those of one process."""

import json
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from fanfold.forecasting.chunk import Chunk, Key
from fanfold.forecasting.portfolio import ForecastRequest, chunks, solve
from fanfold.forecasting.records import from_record, to_record
from fanfold.forecasting.result import SeriesForecast
from fanfold.forecasting.series import Series
from fanfold.scratch import scratch_database

Placed = tuple[int, SeriesForecast]
WORTH = 60_000
"""Observations from which the work is worth the start of processes."""
HELD = 2_000
"""Results in memory that wait for one before them."""


def stream_on(workers: int, series: Iterable[Series], asked: ForecastRequest) -> Iterator[Placed]:
    """As `stream`, with chunks fitted on so many processes: what is in a chunk does not depend on their number.

    Processes are started only for a portfolio that is worth it.
    """
    made = chunks(series, asked)
    begun = list(_begun(made)) if workers > 1 else []
    every = chain(begun, made)
    if sum(map(_observations, begun)) < WORTH:
        for key, chunk in every:
            yield from solve(key, chunk, asked)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[list[Placed]]] = deque(
            pool.submit(_solve, *one, asked) for one in islice(every, 2 * workers)
        )
        while waiting:
            yield from waiting.popleft().result()
            waiting.extend(pool.submit(_solve, *one, asked) for one in islice(every, 1))


def _begun(made: Iterator[tuple[Key, Chunk]]) -> Iterator[tuple[Key, Chunk]]:
    """The first chunks, until they are worth several processes."""
    seen = 0
    for one in made:
        yield one
        seen += _observations(one)
        if seen >= WORTH:
            return


def _observations(made: tuple[Key, Chunk]) -> int:
    return sum(len(one.values) for one in made[1].series)


def _solve(key: Key, chunk: Chunk, asked: ForecastRequest) -> list[Placed]:
    return list(solve(key, chunk, asked))


def in_order(results: Iterable[Placed], held: int = HELD) -> Iterator[SeriesForecast]:
    """Results by their places. Those that come long before their turn wait on disk, as records."""
    with TemporaryDirectory(prefix="fanfold-") as folder, closing(_Waiting(Path(folder), held)) as waiting:
        due = 0
        for place, result in results:
            waiting.put(place, result)
            while (found := waiting.take(due)) is not None:
                yield found
                due += 1


class _Waiting:
    """Results by place, the most of them on disk."""

    def __init__(self, folder: Path, held: int) -> None:
        self._folder, self._most = folder, held
        self._held: dict[int, SeriesForecast] = {}
        self._rows: sqlite3.Connection | None = None

    def put(self, place: int, result: SeriesForecast) -> None:
        self._held[place] = result
        if len(self._held) > self._most:
            self._spill()

    def take(self, place: int) -> SeriesForecast | None:
        if place in self._held or self._rows is None:
            return self._held.pop(place, None)
        row = self._rows.execute("DELETE FROM results WHERE place = ? RETURNING body", (place,)).fetchone()
        return None if row is None else from_record(json.loads(row[0]))

    def close(self) -> None:
        if self._rows is not None:
            self._rows.close()

    def _spill(self) -> None:
        if self._rows is None:
            schema = "CREATE TABLE results (place INTEGER PRIMARY KEY, body TEXT)"
            self._rows = scratch_database(Path(self._folder) / "results.sqlite", schema)
        rows = ((place, json.dumps(to_record(one))) for place, one in self._held.items())
        self._rows.executemany("INSERT INTO results VALUES (?, ?)", rows)
        self._held.clear()
