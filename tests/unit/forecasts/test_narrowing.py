"""A series that workers die of takes no other along: its chunk is halved until it stands alone, and fails by name."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.errors import Incomplete
from fanfold.forecasting import Series, stream
from fanfold.forecasts import fit
from fanfold.forecasts.commands import retry
from fanfold.forecasts.job import ForecastJob
from fanfold.forecasts.narrowing import DEATHS, NarrowedChunk, Narrowings
from fanfold.jobs.job import JobRef, State
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.crash import Crash
from tests.fakes.forecast_machine import Machine
from tests.fakes.forecasts import FakePortfolios
from tests.fakes.table import MemoryTable

REF = JobRef(tenant="acme", job="f1")
VALUES = [3, 1, 4, 1, 5, 9, 2, 6]


def deadly(series: Iterable[Series], *rest: Any) -> Iterator[Any]:
    """The engine, dying of every series whose name says so."""
    found = list(series)
    if any(one.name.startswith("killer") for one in found):
        raise Crash
    yield from stream(found, *rest)


def forecast(names: list[str], monkeypatch: pytest.MonkeyPatch, **config: Any) -> tuple[FakePortfolios, ForecastJob]:
    monkeypatch.setattr(fit, "stream", deadly)
    cloud = FakePortfolios()
    job = cloud.create([{"name": name, "values": VALUES} for name in names], models_to_try=1, **config)
    Machine(cloud).settle()
    return cloud, cloud.backend.jobs.get(job.ref)


@pytest.mark.parametrize("config", [{}, {"models": ["theta", "sarimax"]}], ids=["fit", "with statsmodels"])
def test_the_one_that_kills_fails_by_name_and_all_others_are_forecast(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud, done = forecast([*map(str, range(30)), "killer"], monkeypatch, **config)
    assert (done.state, done.counts.succeeded, done.counts.failed) == (State.COMPLETED, 30, 1)
    assert cloud.record(done, "killer")["reason"].endswith("died of this series with no other at hand")


def test_several_in_one_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    _, done = forecast([*map(str, range(20)), "killer 1", "killer 2", "killer 3"], monkeypatch)
    assert (done.counts.succeeded, done.counts.failed) == (20, 3)


def test_a_retry_fits_what_no_longer_kills(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud, done = forecast(["a", "killer"], monkeypatch)
    monkeypatch.setattr(fit, "stream", stream)
    retry(done.ref, cloud.backend)
    Machine(cloud).settle()
    assert cloud.backend.jobs.get(done.ref).counts.failed == 0


class Chunk:
    """A chunk of numbers in parts, of which some kill; a worker may also die by accident."""

    def __init__(self, killers: set[int], accidents: list[bool]) -> None:
        self.killers, self.accidents = killers, accidents
        self.table, self.blobs, self.deaths = MemoryTable(), MemoryBlobs(), 0

    def fit(self, start: int, end: int) -> list[bytes]:
        if self.killers & set(range(start, end)) or (self.accidents and self.accidents.pop()):
            raise Crash
        return [b"%d\n" % number for number in range(start, end)]

    def lines(self, series: int) -> list[bytes]:
        while True:
            work = NarrowedChunk(
                REF,
                0,
                1,
                fit=self.fit,
                given_up=lambda place: b"failed %d\n" % place,
                narrowings=Narrowings(self.table),
                blobs=self.blobs,
            )
            try:
                return work.lines(series)
            except Crash:
                self.deaths += 1


@settings(max_examples=50)
@given(
    series=st.integers(1, 40),
    killers=st.sets(st.integers(0, 39), max_size=4),
    accidents=st.lists(st.booleans(), max_size=1),
)
def test_each_series_has_its_line_and_only_killers_fail(series: int, killers: set[int], accidents: list[bool]) -> None:
    chunk = Chunk({each for each in killers if each < series}, accidents)
    found = chunk.lines(series)
    assert found == [b"failed %d\n" % n if n in chunk.killers else b"%d\n" % n for n in range(series)]
    depth = series.bit_length() + DEATHS
    assert chunk.deaths <= depth * len(chunk.killers) + 2


def test_an_error_is_no_death() -> None:
    chunk = Chunk(set(), [])

    def refused(start: int, end: int) -> list[bytes]:
        raise Incomplete("the table is busy")

    work = NarrowedChunk(
        REF, 0, 1, fit=refused, given_up=lambda place: b"", narrowings=Narrowings(chunk.table), blobs=chunk.blobs
    )
    for _ in range(DEATHS + 1):
        with pytest.raises(Incomplete):
            work.lines(1)
    assert chunk.lines(1) == [b"0\n"]


def test_two_workers_do_not_change_it_at_the_same_time() -> None:
    chunk = Chunk(set(), [])
    narrowings, key = Narrowings(chunk.table), REF.key("N#000000#1")
    first = narrowings.put(key, None, todo=[(0, 2, 0)])
    narrowings.put(key, first, begun=True)
    with pytest.raises(Incomplete):
        narrowings.put(key, first, begun=True)
    assert json.loads(json.dumps(narrowings.get(key).model_dump(mode="json")))["begun"]  # type: ignore[union-attr]
