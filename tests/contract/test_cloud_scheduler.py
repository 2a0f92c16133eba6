"""EventBridge Scheduler on the emulated cloud: when schedules start, and what is refused."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from local.cloud.scheduler import refusal, runs

MADE = datetime(2026, 10, 24, 12, tzinfo=UTC)


def schedule(expression: str, **more: Any) -> dict[str, Any]:
    return {"ScheduleExpression": expression, "CreationDate": MADE.timestamp(), **more}


def starts(given: dict[str, Any], since: datetime = MADE, factor: float = 1, count: int = 3) -> list[tuple[str, float]]:
    """What is told of runs, and when they come, in seconds from the schedule's making."""
    found = islice(runs(given, since.timestamp(), factor), count)
    return [(f"{run.told:%d %H:%M}", run.here - MADE.timestamp()) for run in found]


def test_a_rate_without_a_date_starts_at_once() -> None:
    before = MADE - timedelta(seconds=1)
    assert starts(schedule("rate(5 minutes)"), before, count=2) == [("24 12:00", 0), ("24 12:05", 300)]


def test_a_rate_with_a_date_starts_then() -> None:
    start = (MADE + timedelta(days=1)).timestamp()
    assert starts(schedule("rate(1 day)", StartDate=start), count=2) == [("25 12:00", 86400), ("26 12:00", 172800)]


def test_a_shorter_minute_shortens_waits_and_no_moments() -> None:
    start = (MADE + timedelta(minutes=1)).timestamp()
    given = schedule("rate(1 minute)", StartDate=start)
    assert starts(given, factor=0.1, count=2) == [
        ("24 12:01", 6),
        ("24 12:02", 12),
    ]


def test_cron_is_read_in_its_zone() -> None:
    given = schedule("cron(30 2 * * ? *)", ScheduleExpressionTimezone="Europe/Berlin")
    assert [told for told, _ in starts(given)] == ["25 00:30", "26 01:30", "27 01:30"]


def test_there_is_an_end() -> None:
    end = (MADE + timedelta(hours=2)).timestamp()
    assert len(starts(schedule("cron(0 * * * ? *)", EndDate=end))) == 2


def test_once_is_once() -> None:
    assert starts(schedule("at(2026-10-24T12:10:00)")) == [("24 12:10", 600)]
    assert not starts(schedule("at(2026-10-24T12:10:00)"), MADE + timedelta(hours=1))


@pytest.mark.parametrize(
    ("expression", "more", "said"),
    [
        ("cron(0 6 * * *)", {}, "Invalid Schedule Expression"),
        ("rate(2 weeks)", {}, "Invalid Schedule Expression"),
        ("at(tomorrow)", {}, "Invalid Schedule Expression"),
        ("rate(2 days)", {"ScheduleExpressionTimezone": "Berlin"}, "Timezone"),
        ("rate(2 days)", {"StartDate": (MADE - timedelta(minutes=6)).timestamp()}, "StartDate"),
        ("rate(2 days)", {"EndDate": MADE.timestamp()}, "EndDate"),
    ],
)
def test_what_scheduler_refuses(expression: str, more: dict[str, Any], said: str) -> None:
    assert said in str(refusal({"ScheduleExpression": expression, **more}, MADE))


def test_what_it_takes() -> None:
    assert refusal({"ScheduleExpression": "cron(0 6 ? * 2#1 *)", "StartDate": MADE.timestamp()}, MADE) is None
    assert refusal({"ScheduleExpression": "at(2020-01-01T00:00:00)"}, MADE) is None
