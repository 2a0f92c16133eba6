"""What every `Scheduler` does: those in memory and EventBridge Scheduler's adapter alike."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from fanfold.aws.schedules import MOMENT, EventBridgeScheduler
from fanfold.errors import Invalid
from fanfold.ports import Scheduler, Timetable
from tests.fakes.moto_stack import ROLE, Stack, client
from tests.fakes.schedules import MemoryScheduler

Look = Callable[[str], tuple[Timetable, dict[str, str]] | None]
BERLIN = Timetable("cron(0 6 ? * MON *)", "Europe/Berlin", ends_at=datetime(2099, 1, 1, tzinfo=UTC), enabled=False)
WEEKLY = Timetable("rate(7 days)", starts_at=datetime(2098, 1, 1, 6, tzinfo=UTC))


@pytest.fixture(params=["memory", "scheduler"])
def schedules(request: pytest.FixtureRequest) -> tuple[Scheduler, Look]:
    """Schedules, and a look at one: how often, and with which input it starts."""
    if request.param == "memory":
        memory = MemoryScheduler()
        return memory, lambda name: memory.put_under.get(name)
    stack: Stack = request.getfixturevalue("aws")
    scheduler = client("scheduler")

    def look(name: str) -> tuple[Timetable, dict[str, str]] | None:
        try:
            found = scheduler.get_schedule(Name=name, GroupName=stack.schedules)
        except scheduler.exceptions.ResourceNotFoundException:
            return None
        said = json.loads(found["Target"]["Input"])
        assert (found["Target"]["Arn"], found["Target"]["RoleArn"]) == (stack.forecasts, ROLE)
        assert said.pop("at") == MOMENT
        return (
            Timetable(
                found["ScheduleExpression"],
                found["ScheduleExpressionTimezone"],
                found.get("StartDate"),
                found.get("EndDate"),
                found["State"] == "ENABLED",
            ),
            said,
        )

    return _scheduler(stack), look


def _scheduler(stack: Stack) -> Scheduler:
    return EventBridgeScheduler(client("scheduler"), stack.schedules, lambda: stack.forecasts, lambda: ROLE)


def test_a_schedule_is_there_until_it_is_removed(schedules: tuple[Scheduler, Look]) -> None:
    port, look = schedules
    port.put("f1", WEEKLY, {"tenant": "acme", "retrain": "f1"})
    assert look("f1") == (WEEKLY, {"tenant": "acme", "retrain": "f1"})
    port.remove("f1")
    assert look("f1") is None


def test_a_schedule_is_replaced(schedules: tuple[Scheduler, Look]) -> None:
    port, look = schedules
    port.put("f2", WEEKLY, {"tenant": "acme", "retrain": "f2"})
    port.put("f2", BERLIN, {"tenant": "acme", "retrain": "f2"})
    assert look("f2") == (BERLIN, {"tenant": "acme", "retrain": "f2"})


def test_one_that_is_not_there_is_removed_as_well(schedules: tuple[Scheduler, Look]) -> None:
    port, look = schedules
    port.remove("f3")
    assert look("f3") is None


def test_what_scheduler_does_not_take_names_the_expression(aws: Stack) -> None:
    past = Timetable("cron(0 6 * * ? *)", starts_at=datetime.now(UTC) - timedelta(minutes=10))
    with pytest.raises(Invalid, match="StartDate") as error:
        _scheduler(aws).put("f4", past, {})
    assert error.value.flaws[0].field == "expression"
