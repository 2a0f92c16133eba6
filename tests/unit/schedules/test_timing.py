"""When schedules are due, by EventBridge Scheduler's rules.

`tests/cases/schedule-times.tsv` has 200 runs written out: an expression, its zone, a moment, and the runs that follow
it, on that zone's clock. They were found by going through all minutes, not by the code that is tested.
"""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from fanfold.schedules.cron import Cron
from fanfold.schedules.timing import Timing, due

CASES = Path(__file__).parents[2] / "cases/schedule-times.tsv"
NOW = datetime(2026, 11, 30, 17, 33, 20, tzinfo=UTC)


def written() -> list[dict[str, str]]:
    with CASES.open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.mark.parametrize("case", written(), ids=lambda case: f"{case['expression']} {case['zone']} {case['after']}")
def test_runs_are_those_that_are_written_out(case: dict[str, str]) -> None:
    zone, after = ZoneInfo(case["zone"]), datetime.fromisoformat(case["after"])
    timing = Timing(expression=case["expression"], timezone=case["zone"], starts_at=after)
    found = [run.astimezone(zone).isoformat(timespec="minutes") for run in due(timing, after).next_runs(after)]
    assert found == case["runs"].split()


def test_they_are_two_hundred_in_five_zones() -> None:
    assert sum(len(case["runs"].split()) for case in written()) == 200
    assert len({case["zone"] for case in written()}) == 5


@pytest.mark.parametrize(
    ("timing", "expression", "first"),
    [
        ({"every": 7}, "rate(7 days)", "2026-12-07T17:34"),
        ({"every": 1}, "rate(1 day)", "2026-12-01T17:34"),
        ({"every": 6, "unit": "hours"}, "rate(6 hours)", "2026-11-30T23:34"),
        ({"every": 2, "unit": "weeks"}, "rate(14 days)", "2026-12-14T17:34"),
        ({"every": 1, "unit": "months"}, "cron(34 17 28 1,2,3,4,5,6,7,8,9,10,11,12 ? *)", "2026-12-28T17:34"),
        ({"every": 1, "unit": "quarters"}, "cron(34 17 28 2,5,8,11 ? *)", "2027-02-28T17:34"),
        ({"every": 12, "unit": "months"}, "cron(34 17 28 11 ? *)", "2027-11-28T17:34"),
        (
            {"every": 1, "unit": "quarters", "timezone": "Asia/Tokyo"},
            "cron(34 2 1 3,6,9,12 ? *)",
            "2027-02-28T17:34",
        ),
        ({"expression": "rate(15 minutes)"}, "rate(15 minutes)", "2026-11-30T17:49"),
        (
            {"every": 1, "starts_at": "2026-12-24T08:00:30+01:00"},
            "rate(1 day)",
            "2026-12-24T07:01",
        ),
        (
            {"every": 1, "unit": "quarters", "starts_at": "2027-01-15T06:00Z"},
            "cron(0 6 15 1,4,7,10 ? *)",
            "2027-01-15T06:00",
        ),
        ({"expression": " cron(0  6 ? * mon *) "}, "cron(0 6 ? * mon *)", "2026-12-07T06:00"),
    ],
)
def test_the_first_run_is_not_now(timing: dict[str, Any], expression: str, first: str) -> None:
    found = due(Timing.model_validate(timing), NOW)
    assert found.expression == expression
    assert found.next_runs(NOW, 1)[0] == datetime.fromisoformat(first).replace(tzinfo=UTC)


def test_a_rate_counts_hours_whatever_the_clocks_do() -> None:
    timing = Timing(every=1, timezone="Europe/Berlin", starts_at=datetime(2026, 3, 28, 7, tzinfo=UTC))
    runs = due(timing, NOW).next_runs(datetime(2026, 3, 27, tzinfo=UTC), 3)
    assert [run - runs[0] for run in runs] == [timedelta(0), timedelta(hours=24), timedelta(hours=48)]


def test_a_rate_goes_on_from_where_it_began() -> None:
    found = due(Timing(expression="rate(5 hours)"), NOW)
    later = NOW + timedelta(days=3)
    assert found.next_runs(later, 1)[0] - found.anchor == timedelta(hours=70)
    assert found.next_runs(found.anchor, 1) == (found.anchor + timedelta(hours=5),)


def test_there_is_an_end() -> None:
    found = due(Timing(every=1, ends_at=NOW + timedelta(days=2, hours=1)), NOW)
    assert len(found.next_runs(NOW)) == 2


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("cron(0 6 * * *)", "six fields"),
        ("0 6 * * ? *", "six fields"),
        ("cron(0 6 * * * *)", "one is a ?"),
        ("cron(0 6 ? * ? *)", "one is a ?"),
        ("cron(60 6 * * ? *)", "minutes: '60' is not between 0 and 59"),
        ("cron(0 24 * * ? *)", "hours: '24'"),
        ("cron(0 6 0 * ? *)", "day of month: '0'"),
        ("cron(0 6 32W * ? *)", "day of month: '32W'"),
        ("cron(0 6 1W,L * ? *)", "day of month: '1W'"),
        ("cron(0 6 * 13 ? *)", "month: '13'"),
        ("cron(0 6 ? * 0 *)", "day of week: '0'"),
        ("cron(0 6 ? * MO *)", "day of week: 'MO'"),
        ("cron(0 6 ? * 8L *)", "day of week: '8'"),
        ("cron(0 6 ? * 2#6 *)", "day of week: '2#6'"),
        ("cron(0 6 * * ? 1969)", "year: '1969'"),
        ("cron(0/0 6 * * ? *)", "minutes: '0' is no step"),
        ("cron(1--2 6 * * ? *)", "minutes: '1--2'"),
        ("rate(0 hours)", "a rate is written"),
        ("rate(1 hours)", "a rate is written"),
        ("rate(2 hour)", "a rate is written"),
        ("rate(2 weeks)", "a rate is written"),
    ],
)
def test_what_is_no_expression_says_which_field(expression: str, said: str) -> None:
    with pytest.raises(ValidationError) as error:
        Timing(expression=expression)
    (only,) = error.value.errors()
    assert only["loc"] == ("expression",)
    assert said in only["msg"]


@pytest.mark.parametrize(
    ("timing", "said"),
    [
        ({}, "expression or every"),
        ({"every": 1, "expression": "rate(1 day)"}, "expression or every"),
        ({"every": 5, "unit": "months"}, "1, 2, 3, 4, 6 or 12"),
        ({"every": 3, "unit": "quarters"}, "quarters 1, 2 or 4"),
        ({"every": 1, "timezone": "Berlin"}, "no time zone 'Berlin'"),
        ({"every": 1, "starts_at": NOW, "ends_at": NOW}, "ends before it starts"),
    ],
)
def test_what_is_no_timing_is_refused(timing: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Timing.model_validate(timing)


def test_what_is_never_due_has_no_runs() -> None:
    assert not list(Cron.of("cron(0 6 31 2 ? *)").after(NOW, ZoneInfo("UTC")))
