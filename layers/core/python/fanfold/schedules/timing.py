"""Timing: when a schedule's work is due, and what EventBridge Scheduler is told of it.

Scheduler starts a rate at once unless it is given a date to begin at, so every rate has an anchor: a whole minute at
which it is due, from which it counts on. A day of a rate is 24 hours, whatever the clocks do; that is Scheduler's rule.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import Annotated, Literal, NamedTuple, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from fanfold.clock import Moment
from fanfold.schedules.cron import Cron

MINUTE = timedelta(minutes=1)
LAST_DAY = 28
"""Of a month, which every month has."""
SHOWN = 5
"""Next runs that are shown."""
RATE = re.compile(r"rate\(([1-9]\d{0,5}) (minute|hour|day)(s?)\)")
UNITS = {"minute": MINUTE, "hour": timedelta(hours=1), "day": timedelta(days=1)}
MONTHS = {"months": 1, "quarters": 3}
PLAIN = {"hours": (1, "hour"), "days": (1, "day"), "weeks": (7, "day")}


def _readable(text: str) -> str:
    text = " ".join(text.split())
    if not text.startswith("rate("):
        Cron.of(text)
    elif (found := RATE.fullmatch(text)) is None or (found[1] == "1") == bool(found[3]):
        raise ValueError("a rate is written rate(1 hour) or rate(6 hours); units are minutes, hours and days")
    return text


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"there is no time zone {name!r}; one is called Europe/Berlin")
    return name


class Timing(BaseModel):
    """When it is due: an `expression` of EventBridge Scheduler, or `every` so many units."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expression: Annotated[str, Field(max_length=256), AfterValidator(_readable)] | None = None
    """`cron(0 6 ? * MON-FRI *)` or `rate(6 hours)`."""
    every: int | None = Field(default=None, ge=1, le=366)
    unit: Literal["hours", "days", "weeks", "months", "quarters"] = "days"
    """Months and quarters begin with the day, at most the 28th, and the time at which the schedule starts."""
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """In which a cron expression and months are read."""
    starts_at: Moment | None = None
    """Not before; what counts by a rate is due then for the first time. None is from now on, and never at once."""
    ends_at: Moment | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.expression is None) == (self.every is None):
            raise ValueError("say either expression or every")
        if self.every and (step := MONTHS.get(self.unit)) and 12 % (self.every * step):
            raise ValueError("every: months are 1, 2, 3, 4, 6 or 12 and quarters 1, 2 or 4, the same ones each year")
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            raise ValueError("ends_at: it ends before it starts")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Due(NamedTuple):
    """A timing as Scheduler takes it: its own expression, in a zone, from a moment on."""

    expression: str
    timezone: str
    anchor: datetime
    """A whole minute: when a rate is due first, and what a cron expression is not due before."""
    ends_at: datetime | None = None

    def runs(self, after: datetime) -> Iterator[datetime]:
        """All moments at which it is due after that one, in UTC, without end if it has none."""
        every = self._every(after) if self.step else self._cron(after)
        return every if self.ends_at is None else takewhile(lambda at: at <= self.ends_at, every)  # type: ignore[operator]

    def next_runs(self, after: datetime, count: int = SHOWN) -> tuple[datetime, ...]:
        return tuple(islice(self.runs(after), count))

    @property
    def step(self) -> timedelta | None:
        """Between two runs of a rate."""
        found = RATE.fullmatch(self.expression)
        return int(found[1]) * UNITS[found[2]] if found else None

    def _every(self, after: datetime) -> Iterator[datetime]:
        step = self.step or MINUTE
        passed = max(0, (after - self.anchor) // step + 1)
        while True:
            yield self.anchor + passed * step
            passed += 1

    def _cron(self, after: datetime) -> Iterator[datetime]:
        first = max(after, self.anchor - MINUTE / 60)
        return Cron.of(self.expression).after(first, ZoneInfo(self.timezone))


def due(timing: Timing, now: datetime) -> Due:
    """The timing from now on. The first run is never now."""
    start = _whole(timing.starts_at or now)
    expression = timing.expression or _expression(timing, start)
    found = Due(expression, timing.timezone, start, timing.ends_at)
    return found if timing.starts_at else found._replace(anchor=start + (found.step or MINUTE))


def _whole(moment: datetime) -> datetime:
    """The moment, or the next whole minute."""
    start = moment.astimezone(UTC).replace(second=0, microsecond=0)
    return start if start == moment else start + MINUTE


def _expression(timing: Timing, start: datetime) -> str:
    """`every` in words of Scheduler, which has no rate of weeks or months; months are counted from the first one."""
    every = timing.every or 1
    if timing.unit in PLAIN:
        times, unit = PLAIN[timing.unit]
        return f"rate({every * times} {unit}{'s' if every * times > 1 else ''})"
    first, step = start.astimezone(timing.zone), every * MONTHS[timing.unit]
    months = ",".join(map(str, sorted({(first.month - 1 + at) % 12 + 1 for at in range(0, 12, step)})))
    return f"cron({first.minute} {first.hour} {min(first.day, LAST_DAY)} {months} ? *)"
