"""What the series of a portfolio have in common: their calendar, its last period, and what a period without a row was.

Rows are counted as they are read; then it is decided, once, for all series: see `Calendar`.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fanfold.forecasting.calendars import WEEKS, find_frequency, floor, length, ordinals
from fanfold.forecasting.readers._spool import DATE, Rows

MOST_DATES = 300_000
"""Distinct dates of a portfolio that a common calendar is looked for in."""
SAMPLED = 200
"""Series that are looked at one by one."""
SAMPLED_ROWS = 100_000
FEW = 3
"""Dates from which on a series shows a frequency of its own."""
REGULAR = 6
"""Dates from which on equal steps mean that a series keeps to them."""
GRAINS = {1: "M", 2: "2M", 3: "Q", 6: "6M", 12: "Y"}
FILLED = {"W": 0.7, "M": 0.3, "Q": 0.3}
"""Share of weeks, months and quarters that orders fill, from which on they are put together by them."""
DENSE = 0.5
"""Share of the periods between first and last date that have a row in some series, in a calendar that fits."""
Stamps = Any
"""(n,) datetime64[s]."""


@dataclass
class HistoryTally:
    """What is known of all rows with a date and a value."""

    dates: dict[int, int] = field(default_factory=dict)
    """How many series have each date."""
    first: Any = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    last: Any = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    counts: Any = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """First and last date of each series, in seconds, and its rows."""
    zeros: int = 0
    whole: bool = True
    negative: bool = False
    sizes: Counter[int] = field(default_factory=Counter)
    """Values by their power of two."""
    sample: list[Rows] = field(default_factory=list)
    sampled: int = 0

    def add(self, rows: Rows) -> None:
        """Count rows."""
        known = rows[(rows["kind"] == DATE) & np.isfinite(rows["value"])]
        if not len(known) or len(self.dates) > MOST_DATES:
            return
        stamps, times = np.unique(known["stamp"], return_counts=True)
        for stamp, count in zip(stamps.tolist(), times.tolist(), strict=True):
            self.dates[stamp] = self.dates.get(stamp, 0) + count
        self._add_ends(known)
        values = known["value"]
        self.zeros += int(np.count_nonzero(values == 0))
        self.negative = self.negative or bool((values < 0).any())
        self.whole = self.whole and bool((values == np.floor(values)).all())
        powers = np.frexp(values[values > 0])[1]
        self.sizes.update(dict(zip(*(each.tolist() for each in np.unique(powers, return_counts=True)), strict=True)))
        if self.sampled < SAMPLED_ROWS:
            self.sample.append(known[known["code"] < SAMPLED])
            self.sampled += len(self.sample[-1])

    def _add_ends(self, known: Rows) -> None:
        codes, stamps = known["code"], known["stamp"]
        most = int(codes.max()) + 1
        if most > len(self.counts):
            more = most - len(self.counts)
            self.first = np.concatenate([self.first, np.full(more, np.iinfo(np.int64).max)])
            self.last = np.concatenate([self.last, np.full(more, np.iinfo(np.int64).min)])
            self.counts = np.concatenate([self.counts, np.zeros(more, dtype=np.int64)])
        if (codes[1:] < codes[:-1]).any():
            order = np.argsort(codes, kind="stable")
            codes, stamps = codes[order], stamps[order]
        starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
        there = codes[starts]
        self.first[there] = np.minimum(self.first[there], np.minimum.reduceat(stamps, starts))
        self.last[there] = np.maximum(self.last[there], np.maximum.reduceat(stamps, starts))
        self.counts[there] += np.diff(np.append(starts, len(codes)))

    @property
    def stamps(self) -> Stamps:
        """(n,) all dates, sorted."""
        return np.array(sorted(self.dates), dtype=np.int64).view("datetime64[s]")

    @property
    def usual_size(self) -> float:
        """About the median of the values that are not zero."""
        total, passed = self.sizes.total(), 0
        for power in sorted(self.sizes):
            passed += self.sizes[power]
            if 2 * passed >= total:
                return float(2.0**power)
        return 0.0

    @property
    def reaches_down(self) -> bool:
        """Whether some values are at most about half as large as usual, as counts of sales are: 0 is not far then."""
        return bool(self.sizes) and 2.0 ** min(self.sizes) < self.usual_size

    def by_series(self) -> list[Stamps]:
        """The distinct dates of each series looked at."""
        if not self.sample:
            return []
        rows = np.concatenate(self.sample)
        rows = rows[np.lexsort((rows["stamp"], rows["code"]))]
        parts = np.split(rows["stamp"], np.flatnonzero(np.diff(rows["code"])) + 1)
        return [np.unique(part).view("datetime64[s]") for part in parts]


def is_regular(stamps: Stamps, frequency: str | None) -> bool:
    """Whether enough dates are each a step of the frequency after the one before."""
    return frequency is not None and len(stamps) >= REGULAR and bool((np.diff(ordinals(stamps, frequency)) == 1).all())


def common_frequency(tally: HistoryTally) -> str | None:
    """The frequency of the portfolio: what most series keep to, or else that of all their dates together."""
    own = [(stamps, find_frequency(stamps)) for stamps in tally.by_series() if len(stamps) >= FEW]
    kept = Counter(_family(found) for stamps, found in own if found is not None and is_regular(stamps, found))
    if kept and 2 * kept.most_common(1)[0][1] > len(own):
        family = kept.most_common(1)[0][0]
        return next(found for stamps, found in own if found is not None and _family(found) == family)
    return grain(tally.stamps)


def mostly_regular(tally: HistoryTally) -> bool:
    """Whether most series keep to a frequency, though not to the same."""
    own = [is_regular(stamps, find_frequency(stamps)) for stamps in tally.by_series() if len(stamps) >= FEW]
    return 2 * sum(own) > len(own)


def _family(frequency: str) -> str:
    """Calendars of four and five weeks are one, wherever their quarters begin."""
    family, _, _ = frequency.partition("/")
    return family if "-" in family else frequency


def grain(stamps: Stamps) -> str | None:
    """The finest frequency that dates with gaps lie on; None if they are on none, or too few."""
    if len(stamps) < FEW:
        return None
    days = stamps.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    of_month = np.unique((days - months.astype("datetime64[D]")).astype(int))
    at_end = bool(((days + 1).astype("datetime64[M]") != months).all())
    if (len(of_month) == 1 or at_end) and len(np.unique(months)) == len(stamps):
        step = int(np.gcd.reduce(np.diff(months.astype(int))))
        return GRAINS.get(step, "M")
    if (days != stamps).any():
        return _if_dense(stamps, find_frequency(stamps) or "H")
    if len(np.unique((days.astype(int) + 3) % 7)) == 1:
        step = int(np.gcd.reduce(np.diff(days.astype(int) // 7)))
        return {weeks: name for name, weeks in WEEKS.items()}.get(step, "W")
    found = find_frequency(stamps)
    if found is not None and length(found) >= length("W"):
        single = len(stamps) <= 1.1 * len(np.unique(ordinals(stamps, found)))
        return _if_dense(stamps, found) if single else None
    return _if_dense(stamps, found or "D")


def _if_dense(stamps: Stamps, frequency: str) -> str | None:
    return frequency if _is_dense(stamps, frequency) else None


def _is_dense(stamps: Stamps, frequency: str) -> bool:
    """Whether most periods between the first and the last have a date."""
    periods = np.unique(ordinals(stamps, frequency))
    return len(periods) >= DENSE * (int(periods[-1] - periods[0]) + 1)


def bucket(stamps: Stamps) -> str | None:
    """The shortest of weeks, months and quarters that dates at no regular distance fill; None if they fill none."""
    for frequency, least in FILLED.items():
        begun = np.unique(floor(stamps, frequency))
        periods = ordinals(begun, frequency)
        if len(begun) >= FEW and len(begun) >= least * (int(periods[-1] - periods[0]) + 1):
            return frequency
    return None
