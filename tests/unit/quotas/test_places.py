"""Places: so many pieces of a tenant's work run at a time, whoever dies in one."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from fanfold.accounts.quotas import Quotas
from fanfold.errors import Crowded
from fanfold.forecasts.fit import FitChunk, fit_chunk
from fanfold.jobs.identity import Caller
from fanfold.quotas.places import PlaceKind, Places
from tests.fakes.cloud import FakeCloud
from tests.fakes.forecasts import FakePortfolios
from tests.fakes.table import MemoryTable
from tests.unit.batches.realtime_lane.test_realtime_lane import create, deliver, dispatched, messages


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table() -> MemoryTable:
    return MemoryTable()


@pytest.fixture
def places(table: MemoryTable, clock: Clock) -> Places:
    return Places(table, clock, lambda tenant: 2 if tenant == "acme" else None)


def test_there_are_so_many_of_each_kind_and_they_come_back(places: Places) -> None:
    with ExitStack() as held:
        first = [held.enter_context(places.place("acme", PlaceKind.CHUNKS, str(at), 60)) for at in range(3)]
        fits = held.enter_context(places.place("acme", PlaceKind.FITS, "0", 60))
    assert (first, fits) == ([True, True, False], True)
    with places.place("acme", PlaceKind.CHUNKS, "9", 60) as there:
        assert there


def test_without_a_quota_nothing_is_written(places: Places, table: MemoryTable) -> None:
    with places.place("other", PlaceKind.CHUNKS, "0", 60) as there:
        assert there
    assert not table.items


def test_a_place_of_the_dead_is_free_in_time_and_at_once_for_who_comes_again(places: Places, clock: Clock) -> None:
    dead = [places.place("acme", PlaceKind.FITS, str(at), 60) for at in range(2)]
    assert all(each.__enter__() for each in dead)
    with places.place("acme", PlaceKind.FITS, "other", 60) as there:
        assert not there
    with places.place("acme", PlaceKind.FITS, "1", 60) as there:
        assert there
    clock.now += timedelta(seconds=61)
    with places.place("acme", PlaceKind.FITS, "other", 60) as there:
        assert there


def test_never_more_than_that_however_many_come_at_once(places: Places) -> None:
    held: list[bool] = []
    stack = ExitStack()
    threads = [
        Thread(
            target=lambda at=at: held.append(stack.enter_context(places.place("acme", PlaceKind.CHUNKS, str(at), 60)))
        )
        for at in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(held) == 2


def test_a_chunk_in_real_time_without_a_place_comes_again_and_nothing_is_asked() -> None:
    cloud = FakeCloud()
    cloud.configure(realtime_chunk_requests=10)
    backend = cloud.backend
    backend.tenants.create("acme")
    backend.tenants.set_quotas("acme", Quotas(concurrency=1))
    dispatched(cloud, create(cloud, 20))
    first, second = messages(cloud)
    with cloud.backend.quotas.places.place("acme", PlaceKind.CHUNKS, "another", 60):
        worked = deliver(cloud, first)
    assert (worked.settled, cloud.provider.asked) == (False, [])
    assert 5 <= (worked.again_after or 0) <= 15
    assert [message.sent for message in messages(cloud)] == [0, 0, 1]
    assert deliver(cloud, second).settled


def test_a_shard_sends_no_more_than_its_places_can_soon_do() -> None:
    cloud = FakeCloud()
    cloud.configure(realtime_chunk_requests=1)
    cloud.backend.tenants.create("acme")
    cloud.backend.tenants.set_quotas("acme", Quotas(concurrency=1))
    dispatched(cloud, create(cloud, 15))
    assert len(messages(cloud)) == 10


def test_a_chunk_of_a_forecast_without_a_place_is_to_be_tried_again() -> None:
    portfolios = FakePortfolios()
    backend = portfolios.backend
    backend.tenants.set_quotas("acme", Quotas(concurrency=1))
    series = [{"name": "a", "values": list(range(12))}]
    job = portfolios.create(series, Caller(tenant="acme", correlation_id="c", idempotency_key="1"))
    with backend.quotas.places.place("acme", PlaceKind.FITS, "another", 60), pytest.raises(Crowded):
        fit_chunk(FitChunk(tenant="acme", job=job.id, chunk=0), portfolios.backend)
    assert portfolios.run(job).counts.succeeded == 1
