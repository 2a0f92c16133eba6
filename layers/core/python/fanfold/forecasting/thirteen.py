"""Years of thirteen periods of four weeks: the last has five in a year of 53 ISO weeks, so periods never drift."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fanfold.forecasting.panel import Ints

KEY = "13P"
PERIODS, WEEKS = 13, 4
THURSDAY = 3
"""The day of an ISO week that says which year it is of, from its Monday."""
LONGER = 35
"""Days of a period of five weeks."""


def keeps(unique: Any) -> bool:
    """Whether sorted dates are of such periods, and not each four weeks after the last."""
    days = unique.astype("datetime64[D]")
    steps = np.diff(days).astype(int)
    if not (steps == LONGER).any():
        return False
    numbers = ordinals(days)
    apart = (days - beginnings(numbers)).astype(int)
    lengths = (beginnings(numbers + 1) - beginnings(numbers)).astype(int)
    return bool((np.diff(numbers) >= 1).all() and ((apart == apart[0]).all() or (lengths - apart == 1).all()))


def ordinals(stamps: Any) -> Ints:
    """Number of the period that each date lies in, thirteen a year."""
    years, weeks = _weeks(stamps.astype("datetime64[D]"))
    return np.asarray(PERIODS * years + np.minimum(weeks // WEEKS, PERIODS - 1))


def beginnings(numbers: Any) -> Any:
    """The Mondays on which periods begin."""
    years, places = np.divmod(numbers, PERIODS)
    fourth = years.astype("datetime64[Y]").astype("datetime64[D]") + 3  # 4 January is always in week 1
    return fourth - _weekdays(fourth) + 7 * WEEKS * places


def moved(stamp: np.datetime64, steps: Sequence[int]) -> list[str]:
    """ISO dates so many periods from a date, at the same place of theirs; a last day stays one."""
    day = np.array([stamp.astype("datetime64[D]")])
    number = ordinals(day)
    apart, last = (day - beginnings(number)).astype(int), (beginnings(number + 1) - day).astype(int) == 1
    ahead = number + np.asarray(steps)
    found = beginnings(ahead + 1) - 1 if last[0] else beginnings(ahead) + apart
    return [str(each) for each in found]


def _weeks(days: Any) -> tuple[Ints, Ints]:
    """ISO year since 1970 and week from 0 of each day."""
    thursdays = days - _weekdays(days) + THURSDAY
    years = thursdays.astype("datetime64[Y]")
    return years.astype(int), (thursdays - years.astype("datetime64[D]")).astype(int) // 7


def _weekdays(days: Any) -> Ints:
    """Days since Monday."""
    return np.asarray((days.astype(int) + 3) % 7)
