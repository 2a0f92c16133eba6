"""Calls a minute of a caller, over all processes."""

from datetime import UTC, datetime, timedelta

from fanfold.limits.bucket import Bucket
from fanfold.limits.pace import Pace
from fanfold.limits.route import rate_of
from tests.fakes.table import MemoryTable


class Clock:
    now = datetime(2026, 11, 26, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def paces(count: int) -> tuple[list[Pace], Clock, MemoryTable]:
    """So many processes' paces, on one table."""
    table, clock = MemoryTable(), Clock()
    return [Pace(Bucket(table, clock, lambda route: rate_of(route, {})), clock) for _ in range(count)], clock, table


def made(processes: list[Pace], clock: Clock, seconds: int, a_second: int, per_minute: int) -> int:
    """Calls that were let through, of so many a second."""
    passed = 0
    for _ in range(seconds):
        clock.now += timedelta(seconds=1)
        for call in range(a_second):
            passed += processes[call % len(processes)].wait("acme", per_minute) == 0
    return passed


def test_no_more_calls_pass_than_may_over_all_processes() -> None:
    processes, clock, _ = paces(3)
    burst = 60 // 6
    passed = made(processes, clock, seconds=120, a_second=10, per_minute=60)
    assert 100 <= passed <= 120 + burst


def test_most_calls_cost_no_write() -> None:
    (process,), clock, table = paces(1)
    passed = made([process], clock, seconds=60, a_second=10, per_minute=1200)
    assert passed == 600
    assert table.writes <= passed / 15


def test_callers_have_paces_of_their_own() -> None:
    (process,), clock, _ = paces(1)
    while process.wait("acme", 6) == 0:
        clock.now += timedelta(seconds=0.001)
    assert process.wait("acme", 6) > 0
    assert process.wait("other", 6) == 0


def test_it_says_when_to_come_back() -> None:
    (process,), clock, _ = paces(1)
    assert process.wait("acme", 6) == 0
    wait = process.wait("acme", 6)
    assert 0 < wait <= 25
    clock.now += timedelta(seconds=wait)
    assert process.wait("acme", 6) == 0
