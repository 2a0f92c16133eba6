"""The hour that comes twice in an autumn night, where a file keeps the clock on the wall.

Summer time ends on the last Sunday of October (Europe), the first of November (America) or the first of April
(Australia); its beginning belongs to each. Dates are told as the clock that holds at the end of the series.
"""

from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np

from fanfold.forecasting.readers._portfolio import Stamps

HOUR = np.timedelta64(3600, "s")
EARLY = 4
"""Clocks are set back before this hour."""
SUNDAY = 6


class Sunday(NamedTuple):
    """A Sunday of a month, counted from 1, or from -1 backwards."""

    month: int
    number: int

    def of(self, year: int) -> date:
        if self.number > 0:
            first = date(year, self.month, 1)
            return first + timedelta(days=(SUNDAY - first.weekday()) % 7 + 7 * (self.number - 1))
        last = date(year, self.month + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - SUNDAY) % 7)


class Rule(NamedTuple):
    """When summer time ends and begins, and how much later the hour that is left out then is than the doubled one."""

    end: Sunday
    begin: Sunday
    later: int


RULES = (
    Rule(Sunday(10, -1), Sunday(3, -1), 0),
    Rule(Sunday(11, 1), Sunday(3, 2), 1),
    Rule(Sunday(4, 1), Sunday(10, 1), 0),
)


def even(days: Stamps) -> Stamps | None:
    """The dates, in the order they came, at even distances; None if no hour comes twice for that reason."""
    again = _again(days)
    if not again.any() or (days[again] == days[again].astype("datetime64[D]")).all():
        return None
    doubled = days[again]
    hours = np.unique(doubled.astype("datetime64[h]"))
    nights = [one.astype("datetime64[D]").item() for one in hours]
    hour = int((hours[0] - hours[0].astype("datetime64[D]")).astype(int))
    rule = next((rule for rule in RULES if all(night == rule.end.of(night.year) for night in nights)), None)
    if rule is None or hour >= EARLY or len(set(nights)) < len(hours):
        return None
    summer = _summer(days, rule, hour) & ~again
    found = days - np.where(summer, HOUR, np.timedelta64(0, "s"))
    if len(np.unique(found)) < len(found):
        return None
    return found + HOUR if summer[int(found.argmax())] else found


def _again(days: Stamps) -> Any:
    """(n,) whether the date came before."""
    _, first = np.unique(days, return_index=True)
    again = np.ones(len(days), dtype=bool)
    again[first] = False
    return again


def _summer(days: Stamps, rule: Rule, hour: int) -> Any:
    """(n,) whether summer time holds; it does in the first of the doubled hours."""
    summer = np.zeros(len(days), dtype=bool)
    years = days.astype("datetime64[Y]").astype(int) + 1970
    for year in np.unique(years).tolist():
        end = np.datetime64(rule.end.of(year), "s") + (hour + 1) * HOUR
        begin = np.datetime64(rule.begin.of(year), "s") + (hour + rule.later) * HOUR
        held = (days >= begin) & (days < end) if begin < end else (days >= begin) | (days < end)
        summer |= held & (years == year)
    return summer
