"""One calendar for all series of a portfolio: where it ends, what gaps are, what a last period that is not over is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fanfold.forecasting.calendars import find_frequency, floor, length, mixed, moved, ordinals, seasons_of
from fanfold.forecasting.notes import Note
from fanfold.forecasting.ordering import summed
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.readers._portfolio import Stamps, is_regular

SHOWN = 3
FEW_STEPS = 3
FEW_BEYOND = 6
"""Periods behind the portfolio's end that are left out; a series with more of them keeps its own end."""
TOO_FEW = 2
"""Dates that show no frequency."""
PATIENCE = 2
"""Usual gaps of a series behind which its demand has ended."""


class SomeSeries:
    """Series that something was done to: how many, and the first of them."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[str] = []

    def add(self, name: str) -> None:
        self.count += 1
        if len(self._first) < SHOWN:
            self._first.append(name)

    def __str__(self) -> str:
        more = ", …" if self.count > len(self._first) else ""
        return f"{self.count:,} series ({', '.join(self._first)}{more})"


@dataclass
class Common:
    """What was decided for a portfolio; without a frequency every series is left to itself."""

    frequency: str | None = None
    asked: bool = False
    """Whether the frequency was asked for; else a series may keep to one of its own."""
    since: Stamps = None
    """(1,) the date that periods are counted from."""
    end: int | None = None
    """The number of the last period."""
    told: bool = False
    """Whether that was asked for."""
    zeros: bool = False
    """Whether a period without a row was one without demand."""
    bucketed: bool = False
    """Whether dates are put together by period."""
    partial: int | None = None
    """The number of a period that is not over."""
    factor: float = 0.0
    """What makes a whole of its values; 0 leaves them out."""
    counts: bool = False
    """Whether all values are whole and none is negative."""
    notes: list[Note] = field(default_factory=list)
    early: SomeSeries = field(default_factory=SomeSeries)
    late: SomeSeries = field(default_factory=SomeSeries)
    beyond: SomeSeries = field(default_factory=SomeSeries)

    @property
    def hourly(self) -> bool:
        """Whether there are several periods a day."""
        return self.frequency is not None and length(self.frequency) < length("D")

    def numbers(self, days: Stamps) -> Any:
        """(n,) the periods of dates; all series count from the same one."""
        return ordinals(np.concatenate([self.since, days]), self.frequency or "")[1:]

    def settle(self, name: str, days: Stamps, values: Floats) -> "tuple[Stamps, Floats, str | None]":
        """A series on the calendar: dates, values, and the portfolio's frequency where it does not show that itself."""
        if self.frequency is None or len(days) == 0 or np.isnan(values).all():
            return days, values, None
        days, values = given = _sorted(days, values)
        if np.isnan(values[-1]):
            end = int(np.flatnonzero(~np.isnan(values))[-1]) + 1
            days, values = days[:end], values[:end]
        places = self.numbers(days)
        if self._fits(places):
            return *given, None if self.asked or len(days) > TOO_FEW else self.frequency
        if not self.asked and not self.bucketed and self._keeps_its_own(days, np.diff(places)):
            return days, values, None
        if self._goes_on(places):
            self.beyond.add(name)
            return *given, None if self.asked else self.frequency
        if self.bucketed:
            days = floor(days, self.frequency)
            values, days, _ = summed(values, days, days)
            places = self.numbers(days)
        days, values, places = self._ended(name, days, values, places)
        if len(places):
            days, values = self._filled(name, days, values, places)
        return days, values, None if self.asked else self.frequency

    def are_whole(self, days: Stamps, starts: Any) -> Any:
        """Which of several series, one behind the other, are on the calendar from their first date to its end."""
        places = days.astype(np.int64) if self.frequency is None else self.numbers(days)
        lasts = places[np.append(starts[1:], len(days)) - 1]
        steps = np.diff(places, prepend=places[0])
        steps[starts] = 1
        known = steps > 0 if self.frequency is None else steps == 1
        ended = (self.end is None) | (lasts == self.end)
        over = (self.partial is None) | (lasts < (self.partial or 0))
        many = np.diff(np.append(starts, len(days))) > TOO_FEW
        return np.logical_and.reduceat(known, starts) & ended & over & many & (not self.bucketed)

    def _fits(self, places: Any) -> bool:
        """Whether every period up to the end has its date."""
        whole = self.partial is None or int(places[-1]) < self.partial
        return whole and self.end in (None, int(places[-1])) and bool((np.diff(places) == 1).all())

    def _keeps_its_own(self, days: Stamps, steps: Any) -> bool:
        """Whether the series keeps to another frequency than the portfolio, or changed from one to another."""
        if len(steps) == 0 or int((steps != 1).sum()) < max(FEW_STEPS, len(steps) / 5):
            return False
        unique = np.unique(days)
        found = find_frequency(unique)
        other = found is not None and length(found) != length(self.frequency or "")
        return (other and is_regular(unique, found)) or (not self.zeros and mixed(unique))

    def _goes_on(self, places: Any) -> bool:
        """Whether the series goes on for long behind the portfolio's end: it is no slip, and keeps its own."""
        late = self.end is not None and not self.told and int((np.unique(places) > self.end).sum()) > FEW_BEYOND
        return bool(late)

    def _ended(self, name: str, days: Stamps, values: Floats, places: Any) -> "tuple[Stamps, Floats, Any]":
        """Without what lies behind the portfolio's end, and without a period that is not over, or with a whole one."""
        if self.partial is not None and self.factor:
            values = np.where(places == self.partial, values * self.factor, values)
        end = self.end if self.end is not None else int(places[-1])
        late = places > end
        if self.partial is not None and not self.factor:
            late |= places == self.partial
        if self.end is not None and (places[late] != self.partial).any():
            self.late.add(name)
        return days[~late], values[~late], places[~late]

    def _filled(self, name: str, days: Stamps, values: Floats, places: Any) -> tuple[Stamps, Floats]:
        last = int(places[-1])
        end = last if self.end is None else max(self.end, last)
        if self.zeros:
            wanted = np.setdiff1d(np.arange(places[0], end + 1), places)
            return _sorted(*self._with(days, values, wanted - last, np.zeros(len(wanted))))
        if end == last:
            return days, values
        self.early.add(name)
        return self._with(days, values, np.arange(1, end - last + 1), self._carried(places, values, end - last))

    def _with(self, days: Stamps, values: Floats, steps: Any, more: Floats) -> tuple[Stamps, Floats]:
        """The series with values so many steps from its last date."""
        made = np.array(moved(days[-1], self.frequency or "", steps.tolist()), dtype="datetime64[s]")
        return np.concatenate([days, made]), np.concatenate([values, more])

    def _carried(self, places: Any, values: Floats, behind: int) -> Floats:
        """What comes behind a series that ends early: zeros where demand has ended, else the season before again."""
        if self.counts and behind > PATIENCE * int(np.diff(places).max(initial=1)):
            return np.zeros(behind)
        season = max(seasons_of(self.frequency), default=1)
        known = dict(zip(places.tolist(), values.tolist(), strict=True))
        last = int(places[-1])
        for place in range(last + 1, last + behind + 1):
            before = known.get(place - season, np.nan)
            known[place] = before if np.isfinite(before) else known[place - 1]
        return np.array([known[place] for place in range(last + 1, last + behind + 1)])

    def said(self) -> Iterator[Note]:
        """What was done to series, once all have passed."""
        if self.early.count:
            said = "series that end early are carried on to the portfolio's end: as a season before, or zeros"
            yield Note("early_end", said, None, str(self.early), "--end", certain=False)
        if self.beyond.count:
            said = "series that go on for long behind the portfolio's end keep their own"
            yield Note("own_end", said, None, str(self.beyond), "--end", certain=False)
        if self.late.count:
            said = "values behind the portfolio's end are left out"
            yield Note("late_end", said, None, str(self.late), "--end", certain=False)


def _sorted(days: Stamps, values: Floats) -> tuple[Stamps, Floats]:
    if (days[1:] >= days[:-1]).all():
        return days, values
    order = np.argsort(days, kind="stable")
    return days[order], values[order]
