"""Buckets, breakers, gates and pauses: what may start when, whoever asks and whatever their clocks say."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from fanfold.errors import ProviderThrottled, ProviderUnavailable
from fanfold.limits.breaker import Breaker
from fanfold.limits.bucket import BURST_SECONDS, Back, Bucket
from fanfold.limits.gate import Gate, Gates
from fanfold.limits.retry import CAP_SECONDS, pause
from fanfold.limits.route import Route, rate_of
from fanfold.ports import Change, Key
from fanfold.settings import Rate, Settings
from tests.examples import examples
from tests.fakes.loop import run_quietly
from tests.fakes.table import MemoryTable

ROUTE = Route("echo", "echo-1", "an-account")
START = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Time:
    """A clock that is moved by hand; `off` is what it is ahead of the others, in seconds."""

    def __init__(self, off: float = 0.0) -> None:
        self.now, self.off = START, off

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=self.off)

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def bucket(table: MemoryTable, clock: Any, requests: int = 600, tokens: int = 6_000_000) -> Bucket:
    return Bucket(table, clock, lambda route: Rate(requests=requests, tokens=tokens))


class TestBucket:
    def test_an_idle_route_has_saved_up_a_burst(self) -> None:
        found = bucket(MemoryTable(), Time())
        assert found.lease(ROUTE, [1] * 500).requests == 100
        assert found.lease(ROUTE, [1] * 500).requests == 0

    def test_one_write_grants_many(self) -> None:
        table, clock = MemoryTable(), Time()
        found, granted = bucket(table, clock), 0
        for _ in range(600):
            granted += found.lease(ROUTE, [1] * 100).requests
            clock.wait(0.1)
        assert 25 * table.writes <= granted
        assert 0.95 * 600 <= granted <= 600 + 100

    def test_few_are_granted_as_soon_as_there_are_few(self) -> None:
        table, clock = MemoryTable(), Time()
        found = bucket(table, clock)
        found.lease(ROUTE, [1] * 100)
        clock.wait(0.3)
        assert found.lease(ROUTE, [1] * 3).requests == 3

    def test_the_wait_is_until_it_is_worth_asking(self) -> None:
        table, clock = MemoryTable(), Time()
        found = bucket(table, clock)
        found.lease(ROUTE, [1] * 100)
        wait = found.lease(ROUTE, [1] * 100).wait
        clock.wait(wait + 0.001)
        assert found.lease(ROUTE, [1] * 100).requests >= 25

    def test_tokens_run_out_before_requests(self) -> None:
        found = bucket(MemoryTable(), Time(), tokens=6_000)
        assert found.lease(ROUTE, [100] * 50) == (10, 1000, 0.0, None, True)

    def test_a_request_larger_than_the_bucket_goes_into_debt(self) -> None:
        table, clock = MemoryTable(), Time()
        found = bucket(table, clock, tokens=6_000)
        assert found.lease(ROUTE, [5000]).requests == 1
        assert found.lease(ROUTE, [10]).wait == pytest.approx(40, abs=1)
        clock.wait(39)
        assert found.lease(ROUTE, [10]).requests == 0
        clock.wait(3)
        assert found.lease(ROUTE, [10]).requests == 1

    def test_what_was_not_used_comes_back_with_the_next_lease(self) -> None:
        found = bucket(MemoryTable(), Time(), tokens=6_000)
        found.lease(ROUTE, [100] * 10)
        assert found.lease(ROUTE, [100] * 7, Back(requests=5, tokens=700)).requests == 7

    def test_the_mean_of_answers_is_kept(self) -> None:
        found = bucket(MemoryTable(), Time())
        assert found.lease(ROUTE, [1]).mean is None
        assert found.lease(ROUTE, [1], Back(answers=10, output_tokens=500)).mean == 50
        assert found.lease(ROUTE, [1], Back(answers=100, output_tokens=15_000)).mean == 100

    def test_told_off_it_gives_less_and_recovers(self) -> None:
        table, clock = MemoryTable(), Time()
        found = bucket(table, clock)
        for _ in range(20):
            found.slow(ROUTE, None)
            clock.wait(5)
        found.lease(ROUTE, [1] * 100)
        clock.wait(10)
        assert found.lease(ROUTE, [1] * 100).requests < 50
        clock.wait(300)
        found.lease(ROUTE, [1] * 100)
        clock.wait(5)
        assert found.lease(ROUTE, [1] * 100).requests == pytest.approx(50, abs=1)

    def test_one_overload_in_many_answers_counts_once(self) -> None:
        table, clock = MemoryTable(), Time()
        found = bucket(table, clock)
        for _ in range(30):
            found.slow(ROUTE, None)
        assert table.writes == 1
        item = table.get(ROUTE.key("BUCKET"))
        assert item
        assert item["factor"] == 700

    def test_nothing_is_granted_before_it_may_come_back(self) -> None:
        table, clock = MemoryTable(), Time()
        found = bucket(table, clock)
        found.slow(ROUTE, 30)
        found.slow(ROUTE, 10)
        lease = found.lease(ROUTE, [1])
        assert (lease.requests, lease.wait) == (0, pytest.approx(30.0, abs=0.1))
        assert lease.wait >= 30.0
        clock.wait(29.9)
        assert found.lease(ROUTE, [1]).requests == 0
        clock.wait(0.2)
        assert found.lease(ROUTE, [1]).requests == 1

    def test_a_write_that_came_between_is_seen(self) -> None:
        """Another process takes all between our read and our write."""
        table, clock = MemoryTable(), Time()
        other = bucket(table, clock)

        class Slow(MemoryTable):
            def get(self, key: Any) -> Any:
                found = table.get(key)
                if not self.writes:
                    self.writes = 1
                    other.lease(ROUTE, [1] * 100)
                return found

            def change(self, change: Any) -> Any:
                return table.change(change)

        slow = bucket(Slow(), clock)
        first = slow.lease(ROUTE, [1] * 100, Back(requests=3))
        assert (first.requests, first.taken_back) == (0, False)
        assert 0 < first.wait <= 0.1


class Fleet(RuleBasedStateMachine):
    """Processes with clocks of their own lease from one bucket: never more than the rate and a burst, and the skew."""

    processes = Bundle("processes")

    def __init__(self) -> None:
        super().__init__()
        self.table, self.passed, self.granted, self.returned = MemoryTable(), 0.0, 0, 0
        self.clocks: list[Time] = []

    @initialize(target=processes, offs=st.lists(st.floats(-5, 5), min_size=1, max_size=4))
    def begin(self, offs: list[float]) -> Any:
        self.clocks = [Time(off) for off in offs]
        self.fleet = [bucket(self.table, clock) for clock in self.clocks]
        return 0

    @rule(seconds=st.floats(0, 20))
    def wait(self, seconds: float) -> None:
        self.passed += seconds
        for clock in self.clocks:
            clock.wait(seconds)

    @rule(which=st.integers(0, 3), wants=st.integers(1, 200), unused=st.integers(0, 50))
    def lease(self, which: int, wants: int, unused: int) -> None:
        unused = min(unused, self.granted - self.returned)
        lease = self.fleet[which % len(self.fleet)].lease(ROUTE, [1] * wants, Back(requests=unused))
        self.granted += lease.requests
        self.returned += unused
        assert lease.requests <= wants
        assert lease.requests or lease.wait > 0

    @rule(which=st.integers(0, 3))
    def slow(self, which: int) -> None:
        self.fleet[which % len(self.fleet)].slow(ROUTE, None)

    @invariant()
    def never_too_much(self) -> None:
        skew = max((clock.off for clock in self.clocks), default=0) - min((c.off for c in self.clocks), default=0)
        assert self.granted - self.returned <= 10 * (self.passed + skew + BURST_SECONDS) + 1


Fleet.TestCase.settings = settings(max_examples=examples(40), stateful_step_count=30, deadline=None)
TestFleet = Fleet.TestCase


class TestBreaker:
    def test_it_lets_one_probe_in_five_seconds(self) -> None:
        table, clock = MemoryTable(), Time()
        some = [Breaker(table, clock, 5) for _ in range(8)]
        assert some[0].trip(ROUTE)
        probes = []
        for tenth in range(600):
            for breaker in some:
                if breaker.probe(ROUTE, breaker.look(ROUTE)):
                    probes.append(tenth / 10)
                    breaker.trip(ROUTE)
            clock.wait(0.1)
        assert 10 <= len(probes) <= 12
        assert min(later - earlier for earlier, later in pairwise(probes)) >= 4.99

    def test_it_opens_once_for_many_that_see_the_same(self) -> None:
        table, clock = MemoryTable(), Time()
        assert [Breaker(table, clock, 5).trip(ROUTE) for _ in range(5)] == [True, False, False, False, False]
        assert Breaker(table, clock, 5).look(ROUTE).openings == 1

    def test_an_opening_counts_once_what_is_to_be_counted_with_it(self) -> None:
        table, clock = MemoryTable(), Time()
        key = Key("T#acme#STATS", "A#")
        for _ in range(3):
            Breaker(table, clock, 5).trip(ROUTE, Change(key=key, add={"breaker_openings": 1}))
        assert (table.get(key) or {})["breaker_openings"] == 1

    def test_a_probe_that_went_well_closes_it(self) -> None:
        table, clock = MemoryTable(), Time()
        breaker = Breaker(table, clock, 5)
        breaker.trip(ROUTE)
        clock.wait(5)
        assert breaker.probe(ROUTE, breaker.look(ROUTE))
        assert breaker.look(ROUTE).state == "half_open"
        breaker.mend(ROUTE)
        circuit = breaker.look(ROUTE)
        assert (circuit.state, breaker.until_probe(circuit), breaker.open_for(circuit)) == ("closed", 0, 0)
        assert not breaker.probe(ROUTE, circuit)
        breaker.trip(ROUTE)
        assert breaker.look(ROUTE).openings == 2

    def test_a_prober_that_died_is_not_waited_for(self) -> None:
        table, clock = MemoryTable(), Time()
        breaker = Breaker(table, clock, 5)
        breaker.trip(ROUTE)
        clock.wait(5)
        assert breaker.probe(ROUTE, breaker.look(ROUTE))
        assert not breaker.probe(ROUTE, breaker.look(ROUTE))
        clock.wait(5)
        assert breaker.probe(ROUTE, breaker.look(ROUTE))

    def test_only_one_of_two_that_saw_the_same_probes(self) -> None:
        table, clock = MemoryTable(), Time()
        one, other = Breaker(table, clock, 5), Breaker(table, clock, 5)
        one.trip(ROUTE)
        clock.wait(5)
        seen = one.look(ROUTE)
        assert [one.probe(ROUTE, seen), other.probe(ROUTE, seen)] == [True, False]

    def test_routes_do_not_touch_each_other(self) -> None:
        table, clock = MemoryTable(), Time()
        breaker = Breaker(table, clock, 5)
        breaker.trip(ROUTE)
        assert breaker.look(ROUTE._replace(model="echo-2")).state == "closed"

    def test_what_may_be_a_tenants_own_doing_opens_it_for_that_tenant_alone(self) -> None:
        breaker = Breaker(MemoryTable(), Time(), 5)
        assert breaker.trip(ROUTE, only="acme")
        assert [breaker.look(ROUTE).holds(each) for each in ("acme", "other")] == [True, False]
        assert not breaker.trip(ROUTE, only="acme")

    @pytest.mark.parametrize("who", ["other", None])
    def test_once_others_fail_too_it_is_open_for_all(self, who: str | None) -> None:
        breaker = Breaker(MemoryTable(), Time(), 5)
        breaker.trip(ROUTE, only="acme")
        assert breaker.trip(ROUTE, only=who)
        circuit = breaker.look(ROUTE)
        assert [circuit.holds(each) for each in ("acme", "other", "third")] == [True, True, True]
        assert circuit.openings == 1

    def test_a_tenants_own_failures_leave_it_open_for_all_and_a_good_probe_closes_it_for_all(self) -> None:
        table, clock = MemoryTable(), Time()
        breaker = Breaker(table, clock, 5)
        breaker.trip(ROUTE)
        assert not breaker.trip(ROUTE, only="acme")
        assert breaker.look(ROUTE).holds("other")
        clock.wait(5)
        assert breaker.probe(ROUTE, breaker.look(ROUTE))
        assert breaker.trip(ROUTE, only="acme")
        assert breaker.look(ROUTE).state == "open"
        breaker.mend(ROUTE)
        assert not breaker.look(ROUTE).holds("acme")


class Circuits(RuleBasedStateMachine):
    """Whatever some processes do, probes are five seconds apart, and a mended breaker is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.table = Time(), MemoryTable()
        self.breakers = [Breaker(self.table, self.clock, 5) for _ in range(3)]
        self.seen = [self.breakers[0].look(ROUTE)] * 3
        self.probes: list[datetime] = []

    @rule(seconds=st.floats(0, 12))
    def wait(self, seconds: float) -> None:
        self.clock.wait(seconds)

    @rule(which=st.integers(0, 2))
    def look(self, which: int) -> None:
        self.seen[which] = self.breakers[which].look(ROUTE)

    @rule(which=st.integers(0, 2))
    def trip(self, which: int) -> None:
        before = self.breakers[which].look(ROUTE)
        opened = self.breakers[which].trip(ROUTE)
        after = self.breakers[which].look(ROUTE)
        assert after.state == "open"
        assert after.openings == before.openings + (before.state == "closed")
        assert opened == (before.state != "open")
        if before.state == "closed":
            self.probes.clear()

    @rule(which=st.integers(0, 2))
    def probe(self, which: int) -> None:
        if self.breakers[which].probe(ROUTE, self.seen[which]):
            assert not self.probes or (self.clock() - self.probes[-1]).total_seconds() >= 4.99
            self.probes.append(self.clock())

    @rule(which=st.integers(0, 2))
    def mend(self, which: int) -> None:
        self.breakers[which].mend(ROUTE)
        assert self.breakers[which].look(ROUTE).state == "closed"


Circuits.TestCase.settings = settings(max_examples=examples(40), stateful_step_count=30, deadline=None)
TestCircuits = Circuits.TestCase


class TestGate:
    @pytest.fixture
    def clock(self) -> Time:
        return Time()

    @pytest.fixture
    def table(self) -> MemoryTable:
        return MemoryTable()

    @pytest.fixture
    def gate(self, table: MemoryTable, clock: Time) -> Gate:
        return Gate(ROUTE, bucket(table, clock), Breaker(table, clock, 5), clock, 8)

    def test_what_was_leased_needs_no_more_asking(self, gate: Gate, table: MemoryTable) -> None:
        assert not gate.ready()
        assert run_quietly(gate.ask([10] * 3)).calls == 3
        for _ in range(3):
            assert gate.ready()
            assert gate.take() == 10
        assert not gate.ready()
        assert table.writes == 1

    def test_old_grants_are_given_back(self, gate: Gate, clock: Time) -> None:
        run_quietly(gate.ask([10] * 100))
        clock.wait(31)
        assert not gate.ready()
        assert run_quietly(gate.ask([10] * 100)).calls == 100

    def test_it_narrows_when_told_off_and_widens_with_every_answer(self, gate: Gate, clock: Time) -> None:
        for _ in range(5):
            run_quietly(gate.failed(ProviderThrottled("slow"), 0))
        assert gate.window == 4
        for _ in range(10):
            clock.wait(1)
            run_quietly(gate.failed(ProviderThrottled("slow"), 0))
        assert gate.window == 1
        for _ in range(100):
            gate.spent(10, 5, 5)
        assert gate.window == 8

    def test_nothing_passes_before_it_may_come_back(self, gate: Gate, clock: Time) -> None:
        run_quietly(gate.ask([10] * 100))
        run_quietly(gate.failed(ProviderThrottled("slow", retry_after=20), 10))
        assert not gate.ready()
        assert run_quietly(gate.ask([10])) == (0, pytest.approx(20), False)
        clock.wait(20.1)
        assert run_quietly(gate.ask([10])).calls == 1

    def test_other_processes_come_back_no_sooner(self, gate: Gate, table: MemoryTable, clock: Time) -> None:
        run_quietly(gate.failed(ProviderThrottled("slow", retry_after=20), 10))
        other = Gate(ROUTE, bucket(table, clock), Breaker(table, clock, 5), clock, 8)
        assert run_quietly(other.ask([10])).wait == pytest.approx(20, abs=0.1)

    def test_failures_in_a_row_open_the_breaker_and_answers_do_not_count(self, gate: Gate) -> None:
        for _ in range(4):
            run_quietly(gate.failed(ProviderUnavailable("no"), 10))
        gate.spent(10, 5, 5)
        for _ in range(4):
            run_quietly(gate.failed(ProviderUnavailable("no"), 10))
        assert run_quietly(gate.ask([10])).calls == 1
        run_quietly(gate.failed(ProviderUnavailable("no"), 10))
        assert run_quietly(gate.ask([10])) == (0, 5.0, False)

    @pytest.mark.parametrize("kind", ["timed_out", "plugin_error"])
    def test_time_outs_of_one_tenant_hold_no_other_back(self, gate: Gate, clock: Time, kind: str) -> None:
        for _ in range(5):
            run_quietly(gate.failed(ProviderUnavailable("no", kind), 10, tenant="acme"))
        assert run_quietly(gate.ask([10], "acme")).calls == 0
        assert (run_quietly(gate.ask([10], "other")).calls, gate.down) == (1, 0)
        clock.wait(5)
        assert run_quietly(gate.ask([10], "acme")).probe
        run_quietly(gate.probed(well=False, tenant="acme"))
        assert run_quietly(gate.ask([10], "acme")).calls == 0
        assert run_quietly(gate.ask([10], "other")).calls == 1

    def test_time_outs_of_two_tenants_are_the_providers(self, gate: Gate) -> None:
        for number in range(5):
            run_quietly(gate.failed(ProviderUnavailable("no", "timed_out"), 10, tenant=("acme", "other")[number % 2]))
        assert run_quietly(gate.ask([10], "third")).calls == 0

    def test_what_no_request_can_be_the_reason_of_holds_all_back(self, gate: Gate) -> None:
        for kind in ("timed_out", "connection", "timed_out", "timed_out", "timed_out"):
            run_quietly(gate.failed(ProviderUnavailable("no", kind), 10, tenant="acme"))
        assert run_quietly(gate.ask([10], "other")).calls == 0

    def test_a_probe_comes_alone_and_closes_or_leaves_it(self, gate: Gate, clock: Time) -> None:
        for _ in range(5):
            run_quietly(gate.failed(ProviderUnavailable("no"), 10))
        clock.wait(5)
        assert run_quietly(gate.ask([10] * 9)) == (1, 0.0, True)
        run_quietly(gate.probed(well=False))
        assert run_quietly(gate.ask([10] * 9)).calls == 0
        clock.wait(5)
        assert run_quietly(gate.ask([10] * 9)).probe
        run_quietly(gate.probed(well=True))
        assert run_quietly(gate.ask([10] * 9)) == (9, 0.0, False)

    def test_the_longer_it_is_open_the_later_they_come_back(self, gate: Gate, clock: Time) -> None:
        for _ in range(5):
            run_quietly(gate.failed(ProviderUnavailable("no"), 10))
        clock.wait(600)
        assert run_quietly(gate.ask([10])).probe
        run_quietly(gate.probed(well=False))
        assert run_quietly(gate.ask([10])).wait == pytest.approx(75)

    def test_an_estimate_is_what_answers_were_so_far(self, gate: Gate) -> None:
        assert gate.estimate(400, None) == 100 + 64
        assert gate.estimate(400, 1000) == 100 + 1000
        for _ in range(10):
            gate.spent(0, 5, 200)
        run_quietly(gate.ask([1]))
        assert gate.estimate(400, 1000) == 100 + 200
        assert gate.estimate(400, 50) == 100 + 50

    def test_what_is_left_at_the_end_is_there_for_others(self, gate: Gate, table: MemoryTable, clock: Time) -> None:
        run_quietly(gate.ask([10] * 100))
        gate.take()
        run_quietly(gate.settle())
        other = Gate(ROUTE, bucket(table, clock), Breaker(table, clock, 5), clock, 8)
        assert run_quietly(other.ask([10] * 100)).calls == 99

    def test_a_process_has_one_for_each_route(self, gate: Gate) -> None:
        gates = Gates(
            lambda route: Gate(route, bucket(MemoryTable(), START), Breaker(MemoryTable(), Time(), 5), Time(), 8)
        )
        assert gates(ROUTE) is gates(ROUTE)
        assert gates(ROUTE) is not gates(ROUTE._replace(model="echo-2"))


class TestPause:
    @given(st.integers(1, 40), st.integers())
    def test_back_off_is_jittered_and_bounded(self, tries: int, seed: int) -> None:
        seconds = pause(ProviderUnavailable("no"), tries, Random(seed))
        assert 0 <= seconds <= min(CAP_SECONDS, 0.5 * 2.0**tries)

    @given(st.integers(1, 40), st.floats(0, 3600), st.integers())
    def test_what_the_provider_says_is_never_undercut(self, tries: int, after: float, seed: int) -> None:
        seconds = pause(ProviderThrottled("slow", retry_after=after), tries, Random(seed))
        assert after <= seconds <= after * 1.1 + 0.05


def test_the_rate_of_the_model_goes_before_its_providers() -> None:
    text = '{"echo": {"requests": 10}, "echo/echo-1": {"requests": 20, "tokens": 30}}'
    rates = Settings.from_environment({"RATE_LIMITS": text}).rate_limits
    assert rate_of(ROUTE, rates) == Rate(requests=20, tokens=30)
    assert rate_of(ROUTE._replace(model="echo-2"), rates) == Rate(requests=10)
    assert rate_of(ROUTE._replace(provider="other"), rates) == Rate()
