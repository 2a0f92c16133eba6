"""A forecast whose processes die: after every call of every port, in every way, the exports are the same bytes."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.forecasts.job import ForecastJob
from fanfold.jobs.job import State
from tests.fakes.crash import Crash, Fuse
from tests.fakes.forecast_machine import ROUNDS, Machine
from tests.fakes.forecasts import FakePortfolios

SERIES = [{"name": name, "values": [3, 1, 4, 1, 5, 9, 2, 6]} for name in "abcde"] + [{"name": "bad", "values": [None]}]


def live(fuse: Fuse, *, fragile: bool = False, tells: bool = True) -> tuple[FakePortfolios, ForecastJob]:
    """The whole life of a forecast of several chunks, through the fuse."""
    cloud = FakePortfolios(through=fuse.on)
    cloud.settings = cloud.settings.model_copy(update={"max_mishaps": 1000, "chunk_series": 2})
    job = accepted(cloud)
    Machine(cloud, fragile=fragile, tells=tells).settle()
    cloud.through = lambda port: port
    return cloud, job


def accepted(cloud: FakePortfolios) -> ForecastJob:
    """The client asks again until it is answered."""
    for _ in range(ROUNDS):
        try:
            return cloud.create(SERIES, models_to_try=1)
        except Crash:
            continue
    raise AssertionError("never answered")


def exports(cloud: FakePortfolios) -> dict[str, bytes]:
    return {key.rpartition("/")[2]: body for key, body in cloud.blobs.objects.items() if "/exports/" in key}


@cache
def undisturbed() -> tuple[int, dict[str, bytes]]:
    fuse = Fuse()
    cloud, _ = live(fuse)
    return fuse.calls, exports(cloud)


def check(cloud: FakePortfolios, job: ForecastJob) -> None:
    done = cloud.backend.jobs.get(job.ref)
    assert (done.state, done.end_unpublished, done.total, done.chunks > 1) == (State.COMPLETED, False, 6, True)
    assert (done.counts.succeeded, done.counts.failed) == (5, 1)
    assert cloud.backend.jobs.counts(job.ref) == done.counts
    assert exports(cloud) == undisturbed()[1]
    assert {settled.attempt for settled in cloud.backend.chunks.all(job.ref)} == {1}
    assert not list(cloud.backend.jobs.open())
    assert cloud.events.published


def test_an_undisturbed_life_has_every_form() -> None:
    calls, forms = undisturbed()
    assert calls > 30
    assert set(forms) == {"csv.csv", "erp.csv", "html.html", "json.json", "parquet.parquet", "xlsx.xlsx"}


CALLS = range(1, undisturbed()[0] + 1)


@pytest.mark.parametrize("call", CALLS[::2])
def test_a_step_that_dies_after_any_call_is_run_again(call: int) -> None:
    fuse = Fuse(call)
    check(*live(fuse))
    assert fuse.crashes == 1


@pytest.mark.parametrize("call", CALLS[1::4])
def test_an_execution_that_dies_after_a_call_is_started_again(call: int) -> None:
    fuse = Fuse(call)
    check(*live(fuse, fragile=True))
    assert fuse.crashes == 1


@pytest.mark.parametrize("call", CALLS[3::4])
def test_an_execution_that_dies_unnoticed_is_found_by_the_sweeper(call: int) -> None:
    fuse = Fuse(call)
    check(*live(fuse, fragile=True, tells=False))
    assert fuse.crashes == 1


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=6), st.booleans(), st.booleans())
def test_any_number_of_crashes_is_survived(lengths: list[int], fragile: bool, tells: bool) -> None:
    check(*live(Fuse(*lengths), fragile=fragile, tells=tells))
