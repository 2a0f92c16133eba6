"""Budgets: never more is set aside than there is, and a reservation is made once, whoever asks how often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.jobs.budget import BUDGET, Bound, BudgetLimits, Budgets, Reservation
from fanfold.jobs.job import JobRef
from tests.fakes.table import MemoryTable

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ONE, TWO = (JobRef(tenant="acme", job=job) for job in ("one", "two"))


def budgets(table: MemoryTable | None = None, now: datetime = NOW) -> Budgets:
    return Budgets(table or MemoryTable(), lambda: now)


def bounds(*nanos: int) -> list[Bound]:
    return [Bound(place, each) for place, each in enumerate(nanos)]


def opened(limit: int | None = 100, daily: int | None = None, table: MemoryTable | None = None) -> Budgets:
    made = budgets(table)
    if daily is not None:
        made.limit("acme", BudgetLimits(daily=daily))
    assert made.open(ONE, limit, most=200)
    return made


class TestReserve:
    def test_what_fits_is_covered(self) -> None:
        assert opened().reserve(ONE, "a", bounds(30, 30, 40)) == Reservation(None, 100)

    def test_the_first_that_does_not_fit_ends_it(self) -> None:
        found = opened().reserve(ONE, "a", bounds(30, 80, 1))
        assert found == Reservation(1, 30)
        assert [found.covers(place) for place in range(3)] == [True, False, False]

    def test_the_same_key_is_the_same_reservation(self) -> None:
        made = opened()
        first = made.reserve(ONE, "a", bounds(60))
        assert made.reserve(ONE, "a", bounds(1, 2, 3)) == first
        assert made.reserve(ONE, "b", bounds(60)) == Reservation(0, 0)

    def test_what_was_not_spent_can_be_set_aside_again(self) -> None:
        made = opened()
        made.reserve(ONE, "a", bounds(100))
        made.settle(ONE, "a", 10)
        assert made.reserve(ONE, "b", bounds(90)).until is None

    def test_settling_twice_gives_back_once(self) -> None:
        made = opened()
        made.reserve(ONE, "a", bounds(50))
        made.reserve(ONE, "b", bounds(50))
        made.settle(ONE, "a", 40)
        made.settle(ONE, "a", 40)
        assert made.reserve(ONE, "c", bounds(10, 1)) == Reservation(1, 10)

    def test_what_may_come_back_can_be_waited_for(self) -> None:
        made = opened()
        assert not made.waits(ONE, "b")
        made.reserve(ONE, "a", bounds(100))
        assert made.waits(ONE, "b")
        assert not made.waits(ONE, "a"), "nobody waits for what is set aside for itself"
        made.settle(ONE, "a", 100)
        assert not made.waits(ONE, "b")

    def test_it_is_known_until_it_is_settled(self) -> None:
        made = opened()
        assert made.held(ONE, "a") is None
        made.reserve(ONE, "a", bounds(7))
        assert made.held(ONE, "a") == Reservation(None, 7)
        made.settle(ONE, "a", 7)
        assert made.held(ONE, "a") is None

    def test_a_cost_over_the_bound_counts_in_full(self) -> None:
        made = opened()
        made.reserve(ONE, "a", bounds(10))
        made.settle(ONE, "a", 95)
        assert made.reserve(ONE, "b", bounds(5, 1)) == Reservation(1, 5)

    def test_it_is_one_write_unit_each(self) -> None:
        table = MemoryTable()
        made = opened(table=table)
        before = table.writes
        made.reserve(ONE, "a", bounds(10))
        made.settle(ONE, "a", 5)
        assert table.writes - before == 2


class TestTenants:
    def test_jobs_share_what_the_tenant_has(self) -> None:
        made = opened(limit=None, daily=100)
        made.open(TWO, None, most=200)
        assert made.reserve(ONE, "a", bounds(60)).until is None
        assert made.reserve(TWO, "a", bounds(60)).until == 0
        made.close(ONE, 20, "2026-11-26")
        assert made.spending("acme") == (20 + 40, 20 + 40)  # the other has taken what was left then
        assert made.reserve(TWO, "b", bounds(60)).until is None

    def test_the_smaller_of_the_limits_holds(self) -> None:
        made = budgets()
        made.limit("acme", BudgetLimits(daily=100, monthly=50))
        made.open(ONE, 70, most=200)
        assert made.reserve(ONE, "a", bounds(*[10] * 20)) == Reservation(5, 50)

    def test_a_jobs_own_limit_holds_within_its_tenants(self) -> None:
        assert opened(limit=30, daily=100).reserve(ONE, "a", bounds(*[10] * 20)) == Reservation(3, 30)

    def test_a_month_goes_on_the_next_day(self) -> None:
        table = MemoryTable()
        made = budgets(table)
        made.limit("acme", BudgetLimits(daily=60, monthly=100))
        made.open(ONE, None, most=20)
        assert made.reserve(ONE, "a", bounds(60, 1)).until == 1
        tomorrow = budgets(table, NOW.replace(day=27))
        assert tomorrow.reserve(ONE, "b", bounds(40, 1)) == Reservation(1, 40)
        assert tomorrow.spending("acme") == (40, 100)

    def test_the_next_month_begins_with_nothing(self) -> None:
        table = MemoryTable()
        opened(limit=None, daily=60, table=table).reserve(ONE, "a", bounds(60))
        assert budgets(table, NOW.replace(month=12)).spending("acme") == (0, 0)

    def test_a_job_takes_few_tranches(self) -> None:
        table = MemoryTable()
        made = budgets(table)
        made.limit("acme", BudgetLimits(daily=10**9))
        made.open(ONE, None, most=100_000)
        for n in range(1000):
            made.reserve(ONE, f"c{n}", bounds(100))
            made.settle(ONE, f"c{n}", 100)
        assert table.items[ONE.key(BUDGET)]["grants"] == 20

    def test_what_a_job_spent_over_its_grant_is_its_tenants(self) -> None:
        made = opened(limit=None, daily=100)
        made.reserve(ONE, "a", bounds(10))
        made.close(ONE, 130, "2026-11-26")
        assert made.spending("acme") == (130, 130)

    def test_closing_again_changes_nothing(self) -> None:
        made = opened(limit=None, daily=100)
        made.reserve(ONE, "a", bounds(10))
        for _ in range(2):
            made.close(ONE, 7, "2026-11-26")
        assert made.spending("acme") == (7, 7)

    def test_closing_what_was_never_opened_is_nothing(self) -> None:
        made = budgets()
        made.close(ONE, 0, "2026-11-26")
        assert not made.open(ONE, None, most=1)

    def test_limits_can_be_taken_away(self) -> None:
        made = opened(daily=5)
        made.limit("acme", BudgetLimits())
        assert made.limits("acme") == BudgetLimits()


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from([ONE, TWO]), st.integers(1, 40), st.integers(0, 40)), max_size=25),
    st.integers(1, 200),
    st.integers(1, 200),
)
def test_never_more_is_committed_than_there_is(steps: list[tuple[JobRef, int, int]], own: int, daily: int) -> None:
    table = MemoryTable()
    made = budgets(table)
    made.limit("acme", BudgetLimits(daily=daily))
    made.open(ONE, own, most=100)
    made.open(TWO, None, most=100)
    spent = {ONE: 0, TWO: 0}
    for n, (ref, bound, cost) in enumerate(steps):
        found = made.reserve(ref, f"c{n}", bounds(bound))
        assert made.spending("acme").today <= daily
        cost = min(cost, bound) if found.until is None else 0
        spent[ref] += cost
        made.settle(ref, f"c{n}", cost)
    assert spent[ONE] <= own
    for ref, each in spent.items():
        made.close(ref, each, "2026-11-26")
    assert made.spending("acme") == (sum(spent.values()), sum(spent.values()))


def test_many_at_once_never_get_more_than_there_is() -> None:
    table = MemoryTable()
    made = budgets(table)
    made.limit("acme", BudgetLimits(daily=700))
    made.open(ONE, 1000, most=1000)
    made.open(TWO, None, most=1000)
    work = [(ref, f"c{n}") for n in range(60) for ref in (ONE, TWO) for _ in range(2)]
    with ThreadPoolExecutor(8) as pool:
        found = dict(zip(work, pool.map(lambda each: made.reserve(*each, bounds(10)), work), strict=True))
    assert sum(each.nanos for each in found.values()) == 700 == made.spending("acme").today
