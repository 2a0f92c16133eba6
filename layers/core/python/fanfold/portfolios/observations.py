"""Observations that arrive after a portfolio: kept in the order of their posts, used when it is forecast anew."""

from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from fanfold.forecasts import Series
from fanfold.portfolios.series import Name

MOST_OBSERVATIONS = 1_000_000
"""Of one portfolio: they are held in memory while it is planned anew."""


class Observation(BaseModel):
    """One value of one series; without a date it comes behind the last one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    series: Name
    value: float | None
    date: str | int | None = None


class Post(BaseModel):
    """The body of `POST …/observations` and `POST …/actuals`."""

    model_config = ConfigDict(extra="forbid")

    observations: Annotated[list[Observation], Field(min_length=1, max_length=100_000)]


def extended(one: Series, news: list[Observation]) -> Series:
    """The series with what was observed: a date that it has gets the new value, others are added."""
    values = [None if value is None or value != value else float(value) for value in one.values]
    if one.dates is None:
        return Series(one.name, [*values, *(each.value for each in news)], None, one.group)
    known: dict[Any, float | None] = dict(zip(map(day_of, one.dates), values, strict=True))
    for each in news:
        if each.date is not None:
            known[day_of(each.date)] = each.value
    dates: Any = list(known)
    if dates and isinstance(dates[0], int):
        dates = np.array(dates, dtype=np.int64)
    return Series(one.name, list(known.values()), dates, one.group)


def begun(name: str, news: list[Observation]) -> Series:
    """A series that is known from observations alone."""
    dated = all(each.date is not None for each in news)
    return extended(Series(name, [], [] if dated else None), news)


def day_of(date: Any) -> str | int:
    """Dates as they are compared: a day without its midnight, and numbers as numbers."""
    if isinstance(date, (int, np.integer)):
        return int(date)
    return str(date).replace(" ", "T").removesuffix("Z").removesuffix("T00:00:00")
