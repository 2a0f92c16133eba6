"""Observations that arrive after a portfolio: kept in the order of their posts, used when it is forecast anew."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator

from fanfold.errors import Invalid
from fanfold.forecasting import Series, dates
from fanfold.forecasting.calendars import find_frequency, length, ordinals
from fanfold.forecasting.series import ahead, clean
from fanfold.forecasts.series import Name

MOST_OBSERVATIONS = 1_000_000
"""Of one portfolio: they are held in memory while it is planned anew."""


class Observation(BaseModel):
    """One value of one series; without a date it comes behind the last one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    series: Name
    value: FiniteFloat | None
    date: str | int | None = None

    @field_validator("date")
    @classmethod
    def _read(cls, date: str | int | None) -> str | int | None:
        """ISO text, or the number of a step: a date that can't be read later would spoil its series."""
        if date is None or isinstance(date, int):
            return date
        if (day := dates.written(date.strip())) is None:
            raise ValueError(f"{date[:40]!r} is no date: write 2026-11-26")
        return day_of(day.isoformat())


class PostObservations(BaseModel):
    """The body of `POST …/observations` and `POST …/actuals`."""

    model_config = ConfigDict(extra="forbid")

    observations: Annotated[list[Observation], Field(min_length=1, max_length=100_000)]
    new_series: bool = False
    """Whether names that the forecast does not have begin new series; else they are refused."""
    dry_run: bool = False
    """Check, and compare, but keep nothing."""


def extended(one: Series, news: list[Observation], frequency: str | None = None) -> Series:
    """The series with what was observed: a date that it has gets the new value, others are added.

    Values without a date come behind the last one, each a step later. Raises Invalid if it shows no step.
    """
    frequency = frequency or one.frequency
    values = [None if value is None or value != value else float(value) for value in one.values]
    if one.dates is None:
        return Series(one.name, [*values, *(each.value for each in news)], None, one.group, one.supply, one.frequency)
    known = dict(zip(_days(one.dates, frequency), values, strict=True))
    place = Periods(list(known), frequency)
    known |= {place.of(each.date): each.value for each in news if each.date is not None}
    undated = [each.value for each in news if each.date is None]
    if undated:
        known |= dict(zip(_behind(one.name, list(known), len(undated), frequency), undated, strict=True))
    return Series(one.name, list(known.values()), _plain(list(known)), one.group, one.supply, one.frequency)


class Periods:
    """The dates that a series has by their period: a month may be written as its first day or its last."""

    def __init__(self, days: Sequence[str | int], frequency: str | None) -> None:
        stamps = _stamps(days)
        found = None if stamps is None else frequency or find_frequency(np.sort(stamps))
        self._frequency = found if found and length(found) >= length("W") else None
        self._stamps, self._days = stamps, dict[int, str | int | None]()
        if self._frequency is not None and stamps is not None:
            for number, day in zip(ordinals(stamps, self._frequency).tolist(), days, strict=True):
                self._days[number] = None if number in self._days else day

    def of(self, day: str | int) -> str | int:
        """The only date that the series has in that day's period, or the day itself."""
        stamps = _stamps([day])
        if self._frequency is None or stamps is None:
            return day
        # weeks are counted from the first date of those given
        number = int(ordinals(np.concatenate([self._stamps[:1], stamps]), self._frequency)[1])
        return self._days.get(number) or day


def _stamps(days: Sequence[str | int]) -> Any:
    """(n,) datetime64[s]; None if one is no date, or there is none."""
    try:
        read = [datetime.fromisoformat(day) for day in days if isinstance(day, str)]
    except ValueError:
        return None
    plain = [one.astimezone(UTC).replace(tzinfo=None) if one.tzinfo else one for one in read]
    return np.array(plain, dtype="datetime64[s]") if days and len(plain) == len(days) else None


def begun(name: str, news: list[Observation], frequency: str | None = None) -> Series:
    """A series that is known from observations alone. Raises Invalid as `extended` does."""
    dated = any(each.date is not None for each in news)
    return extended(Series(name, [], [] if dated else None), news, frequency)


def _days(given: Any, frequency: str | None) -> list[str | int]:
    """Dates as observations have them, whatever way the series wrote them."""
    column = dates.Dates(years=frequency in (None, "Y"))
    texts = [day_of(date) for date in given]
    for text in texts:
        column.see(text)
    column.decide()
    read = [column.parse(text) for text in texts]
    return [
        text if day is None else day_of(day if isinstance(day, int) else day.isoformat())
        for text, day in zip(texts, read, strict=True)
    ]


def _behind(name: str, days: list[str | int], count: int, frequency: str | None) -> list[str | int]:
    """The steps after the last of these days. Raises Invalid if they show no step."""
    known = clean(Series(name, [0.0] * len(days), _plain(days)), frequency)
    steps = ahead(known, frequency or known.frequency, count)
    if not steps:
        raise Invalid("observations without a date, and its dates show no step to put them at", field=name)
    return [int(step) if isinstance(known.last, int) else day_of(step) for step in steps]


def _plain(days: list[str | int]) -> Any:
    return np.array(days, dtype=np.int64) if days and all(isinstance(day, int) for day in days) else days


def day_of(date: Any) -> str | int:
    """Dates as they are compared: a day without its midnight, and numbers as numbers."""
    if isinstance(date, (int, np.integer)):
        return int(date)
    return str(date).replace(" ", "T").removesuffix("Z").removesuffix("T00:00:00")
