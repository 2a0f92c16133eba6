"""A tenant hears of 50, 80 and 100 % of what they may spend, each once."""

import json
from typing import Any

import pytest

from fanfold.events import BudgetReached
from fanfold.jobs.budget import BudgetLimits, Budgets
from fanfold.jobs.job import JobRef
from fanfold.quotas.watching import NANOS, BudgetWatch, watch
from tests.fakes.cloud import FakeCloud
from tests.fakes.crash import Crash, Fuse


class World:
    def __init__(self) -> None:
        self.cloud = FakeCloud()
        self.cloud.backend.tenants.create("acme")
        self.cloud.backend.tenants.create("other")
        self.budgets = Budgets(self.cloud.table, lambda: self.cloud.now)

    def watch(self, through: Any = lambda port: port) -> BudgetWatch:
        table, events = through(self.cloud.table), through(self.cloud.events)
        return BudgetWatch(table, Budgets(table, lambda: self.cloud.now), events, lambda: self.cloud.now)

    def limit(self, daily: float | None = None, monthly: float | None = None) -> None:
        nanos = [None if each is None else round(each * NANOS) for each in (daily, monthly)]
        self.budgets.limit("acme", BudgetLimits(daily=nanos[0], monthly=nanos[1]))

    def spend(self, job: str, usd: float) -> None:
        self.budgets.close(JobRef(tenant="acme", job=job), round(usd * NANOS), "2026-11-22")

    def told(self) -> list[tuple[str, int]]:
        found = [json.loads(detail) for _, detail in self.cloud.events.published]
        return [(each["period"], each["percent"]) for each in found]


@pytest.fixture
def world() -> World:
    return World()


def test_each_step_is_told_once(world: World) -> None:
    world.limit(daily=10)
    steps = []
    for number, usd in enumerate((4.9, 0.1, 2.9, 0.1, 1.9, 0.1, 5)):
        world.spend(f"j{number}", usd)
        assert watch(world.cloud.backend.tenants, world.watch()).failures == []
        watch(world.cloud.backend.tenants, world.watch())
        steps.append(len(world.told()))
    assert steps == [0, 1, 1, 2, 2, 3, 3]
    assert world.told() == [("day", 50), ("day", 80), ("day", 100)]


def test_of_several_the_highest_is_told_and_each_limit_for_itself(world: World) -> None:
    world.limit(daily=10, monthly=20)
    world.spend("j", 10)
    assert world.watch().tell("acme") == 2
    assert world.told() == [("day", 100), ("month", 50)]
    _, detail = world.cloud.events.published[1]
    event = BudgetReached.model_validate_json(detail)
    assert (event.beginning, event.limit_usd, event.spent_usd) == ("2026-11-01", 20, 10)


def test_another_limit_is_told_anew_and_without_one_nothing_is(world: World) -> None:
    world.spend("j", 5)
    assert world.watch().tell("acme") == 0
    world.limit(daily=10)
    assert world.watch().tell("acme") == 1
    world.limit(daily=6)
    assert world.watch().tell("acme") == 1
    assert world.told() == [("day", 50), ("day", 80)]


def test_the_next_day_begins_anew(world: World) -> None:
    world.limit(daily=10)
    world.spend("j", 10)
    world.watch().tell("acme")
    world.cloud.wait(86_400)
    assert world.watch().tell("acme") == 0
    world.budgets.close(JobRef(tenant="acme", job="k"), 6 * NANOS, "2026-11-23")
    assert world.watch().tell("acme") == 1


@pytest.mark.parametrize("calls", range(1, 8))
def test_who_dies_while_telling_tells_it_again_under_the_same_id(world: World, calls: int) -> None:
    world.limit(daily=10)
    world.spend("j", 8)
    try:
        world.watch(Fuse(calls).on).tell("acme")
    except Crash:
        world.watch().tell("acme")
    found = [BudgetReached.model_validate_json(detail).event_id for _, detail in world.cloud.events.published]
    assert len(set(found)) == 1
