"""Cron expressions as EventBridge Scheduler reads them: six fields, and wall-clock times of a zone.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html: minutes, hours, day of month, month, day of
week (1 is Sunday), year. A time that a spring's change of clocks leaves out is skipped; one that an autumn's has twice
comes once.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
SATURDAY = 7
LAST_YEAR = 2199
WRITTEN = re.compile(r"cron\((.*)\)")
RANGE = re.compile(r"(\w+)(?:-(\w+))?")
LAST = re.compile(r"L(?:-([1-9]|[12]\d|30))?")
NEAREST = re.compile(r"([1-9]|[12]\d|3[01])W")
LAST_OF = re.compile(r"(\w+)L")
NTH = re.compile(r"(\w+)#([1-5])")


class Field(NamedTuple):
    """One of the six: what it is called, its bounds, and names that its numbers have, from the lowest on."""

    title: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def numbers(self, text: str) -> tuple[int, ...]:
        """All that a list of values, ranges and steps comes to. Raises ValueError."""
        found = {number for part in text.split(",") for number in self._part(part)}
        return tuple(sorted(found))

    def number(self, text: str) -> int:
        """One value, as a number or a name. Raises ValueError."""
        if text in self.names:
            return self.low + self.names.index(text)
        if text.isascii() and text.isdecimal() and self.low <= int(text) <= self.high:
            return int(text)
        raise ValueError(f"{self.title}: {text!r} is not between {self.low} and {self.high}")

    def _part(self, part: str) -> Iterator[int]:
        span, slash, step = part.partition("/")
        first, last = self._span(span, open_ended=bool(slash))
        every = self._step(step) if slash else 1
        size = self.high - self.low + 1
        for past in range(0, (last - first) % size + 1, every):  # FRI-MON goes on over the end
            yield self.low + (first - self.low + past) % size

    def _span(self, span: str, *, open_ended: bool) -> tuple[int, int]:
        if span == "*":
            return self.low, self.high
        if (found := RANGE.fullmatch(span)) is None:
            raise ValueError(f"{self.title}: {span!r} is no value and no range")
        first = self.number(found[1])
        if found[2] is None:
            return first, self.high if open_ended else first
        return first, self.number(found[2])

    def _step(self, step: str) -> int:
        if step.isascii() and step.isdecimal() and 0 < int(step) <= self.high:
            return int(step)
        raise ValueError(f"{self.title}: {step!r} is no step")


MINUTE, HOUR = Field("minutes", 0, 59), Field("hours", 0, 23)
DAY, MONTH = Field("day of month", 1, 31), Field("month", 1, 12, MONTHS)
WEEKDAY, YEAR = Field("day of week", 1, 7, DAYS), Field("year", 1970, LAST_YEAR)


class Cron(NamedTuple):
    """An expression that was read; of the two fields of days one is `?`."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    day: str
    months: tuple[int, ...]
    weekday: str
    years: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """The expression `cron(…)`. Raises ValueError that names the field."""
        written = WRITTEN.fullmatch(text.strip())
        fields = written[1].upper().split() if written else []
        if len(fields) != 6:
            raise ValueError("it has six fields: cron(minutes hours day-of-month month day-of-week year)")
        minutes, hours, day, months, weekday, years = fields
        if (day == "?") == (weekday == "?"):
            raise ValueError("of day of month and day of week one is a ?, and the other is not")
        cron = cls(
            MINUTE.numbers(minutes), HOUR.numbers(hours), day, MONTH.numbers(months), weekday, YEAR.numbers(years)
        )
        cron.days(cron.years[0], cron.months[0])
        return cron

    def days(self, year: int, month: int) -> tuple[int, ...]:
        """The days of a month that are meant. Raises ValueError for what is no day."""
        last = monthrange(year, month)[1]
        found = _days_of_week(self.weekday, year, month) if self.day == "?" else _days_of_month(self.day, year, month)
        return tuple(day for day in found if 1 <= day <= last)

    def after(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """All its times after a moment, in UTC and in their order."""
        for wall in self._walls(moment.astimezone(zone).date()):
            there = wall.replace(tzinfo=zone).astimezone(UTC)
            skipped = there.astimezone(zone).replace(tzinfo=None) != wall
            if there > moment and not skipped:
                yield there

    def _walls(self, first: date) -> Iterator[datetime]:
        """Times on the clock, from a day on."""
        for year in (year for year in self.years if year >= first.year):
            for month in (month for month in self.months if (year, month) >= (first.year, first.month)):
                for day in (day for day in self.days(year, month) if date(year, month, day) >= first):
                    yield from (datetime(year, month, day, hour, at) for hour in self.hours for at in self.minutes)


def _days_of_month(text: str, year: int, month: int) -> tuple[int, ...]:
    last = monthrange(year, month)[1]
    if text == "LW":
        return (_nearest_weekday(year, month, last),)
    if found := LAST.fullmatch(text):
        return (last - int(found[1] or 0),)
    if found := NEAREST.fullmatch(text):
        return (_nearest_weekday(year, month, int(found[1])),) if int(found[1]) <= last else ()
    return DAY.numbers(text)


def _days_of_week(text: str, year: int, month: int) -> tuple[int, ...]:
    if text == "L":
        return _weekdays(year, month, SATURDAY)
    if found := LAST_OF.fullmatch(text):
        return _weekdays(year, month, WEEKDAY.number(found[1]))[-1:]
    if found := NTH.fullmatch(text):
        return _weekdays(year, month, WEEKDAY.number(found[1]))[int(found[2]) - 1 : int(found[2])]
    return tuple(sorted(day for each in WEEKDAY.numbers(text) for day in _weekdays(year, month, each)))


def _weekdays(year: int, month: int, weekday: int) -> tuple[int, ...]:
    """The days of a month that are that day of the week; 1 is Sunday."""
    first = 1 + (weekday - 1 - date(year, month, 1).isoweekday()) % 7
    return tuple(range(first, monthrange(year, month)[1] + 1, 7))


def _nearest_weekday(year: int, month: int, day: int) -> int:
    """The day from Monday to Friday that is nearest, within the month."""
    weekday, last = date(year, month, day).isoweekday(), monthrange(year, month)[1]
    if weekday == 6:
        return day - 1 if day > 1 else day + 2
    if weekday == 7:
        return day + 1 if day < last else day - 2
    return day
