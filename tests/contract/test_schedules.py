"""What every `Schedules` does: those in memory and EventBridge Scheduler's adapter alike."""

import json
from collections.abc import Callable

import pytest

from fanfold.aws.schedules import MOMENT, Scheduler
from fanfold.ports import Schedules
from tests.fakes.moto_stack import ROLE, Stack, client
from tests.fakes.schedules import MemorySchedules

Look = Callable[[str], tuple[str, dict[str, str]] | None]


@pytest.fixture(params=["memory", "scheduler"])
def schedules(request: pytest.FixtureRequest) -> tuple[Schedules, Look]:
    """Schedules, and a look at one: how often, and with which input it starts."""
    if request.param == "memory":
        memory = MemorySchedules()
        return memory, lambda name: memory.put_under.get(name)
    stack: Stack = request.getfixturevalue("aws")
    scheduler = client("scheduler")

    def look(name: str) -> tuple[str, dict[str, str]] | None:
        try:
            found = scheduler.get_schedule(Name=name, GroupName=stack.schedules)
        except scheduler.exceptions.ResourceNotFoundException:
            return None
        said = json.loads(found["Target"]["Input"])
        assert (found["Target"]["Arn"], found["Target"]["RoleArn"]) == (stack.forecasts, ROLE)
        assert said.pop("at") == MOMENT
        return found["ScheduleExpression"], said

    return Scheduler(scheduler, stack.schedules, stack.forecasts, ROLE), look


def test_a_schedule_is_there_until_it_is_removed(schedules: tuple[Schedules, Look]) -> None:
    port, look = schedules
    port.put("f1", "rate(7 days)", {"tenant": "acme", "retrain": "f1"})
    assert look("f1") == ("rate(7 days)", {"tenant": "acme", "retrain": "f1"})
    port.remove("f1")
    assert look("f1") is None


def test_a_schedule_is_replaced(schedules: tuple[Schedules, Look]) -> None:
    port, look = schedules
    port.put("f2", "rate(7 days)", {"tenant": "acme", "retrain": "f2"})
    port.put("f2", "rate(1 hour)", {"tenant": "acme", "retrain": "f2"})
    assert look("f2") == ("rate(1 hour)", {"tenant": "acme", "retrain": "f2"})


def test_one_that_is_not_there_is_removed_as_well(schedules: tuple[Schedules, Look]) -> None:
    port, look = schedules
    port.remove("f3")
    assert look("f3") is None
