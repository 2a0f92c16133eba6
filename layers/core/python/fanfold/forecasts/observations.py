"""Observations that arrive after a portfolio: kept in the order of their posts, used when it is forecast anew."""

from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator

from fanfold.errors import Invalid
from fanfold.forecasting import Series, dates
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


def extended(one: Series, news: list[Observation], frequency: str | None = None) -> Series:
    """The series with what was observed: a date that it has gets the new value, others are added.

    Values without a date come behind the last one, each a step later. Raises Invalid if it shows no step.
    """
    values = [None if value is None or value != value else float(value) for value in one.values]
    if one.dates is None:
        return Series(one.name, [*values, *(each.value for each in news)], None, one.group, one.supply)
    known = dict(zip(_days(one.dates, frequency), values, strict=True))
    known |= {each.date: each.value for each in news if each.date is not None}
    undated = [each.value for each in news if each.date is None]
    if undated:
        known |= dict(zip(_behind(one.name, list(known), len(undated), frequency), undated, strict=True))
    return Series(one.name, list(known.values()), _plain(list(known)), one.group, one.supply)


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
