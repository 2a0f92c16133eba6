"""A new item takes the season, and while it has next to no history the level, of its group.

Items of a group that show a season lend it: their mean index by phase of the calendar, shrunk to none where they
disagree. A level weighs as in empirical Bayes: how alike the group's levels are, against how noisy the item's own
few values are. Nothing is done without groups.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from fanfold.forecasting.calendars import MONTHS, length, seasons_of
from fanfold.forecasting.decompose import FLOOR
from fanfold.forecasting.intervals import Spread
from fanfold.forecasting.lent import Lent
from fanfold.forecasting.panel import Floats, Ints
from fanfold.forecasting.patterns import SHORT
from fanfold.forecasting.result import SeriesForecast
from fanfold.forecasting.series import Clean, Series, clean

LENDERS = 3
"""Items of a group that must show a season."""
SEASONS = 5
"""Seasons of each that are looked at, the latest."""
DATED = 3
"""Dates from which on a series shows a frequency."""
SPARSE = 0.5
"""Share of zeros from which an item lends nothing: its season is mostly chance."""
WAITING = 20_000
"""Short series that wait for their group's end; later ones go without."""
BORROWED = "borrowed"
Placed = tuple[int, Series]


class Kind(NamedTuple):
    """Series that can lend each other something."""

    group: str
    frequency: str
    season: int


@dataclass
class Lenders:
    """What the items of a group show: sums over them of indices by phase, and of logarithms of levels."""

    season: int
    count: int = 0
    indices: Floats = field(default_factory=lambda: np.zeros(0))
    squares: Floats = field(default_factory=lambda: np.zeros(0))
    levels: list[float] = field(default_factory=lambda: [0.0, 0.0])
    noise: float = 0.0

    def add(self, values: Floats, phase: int) -> None:
        """Count an item, whose last value is of that phase."""
        years = min(len(values) // self.season, SEASONS)
        table = values[len(values) - years * self.season :].reshape(years, self.season)
        means = table.mean(axis=1, keepdims=True)
        if float(means.min()) <= 0:
            return
        found = (table / means).mean(axis=0)
        by_phase = np.roll(found, phase + 1)
        if not self.count:
            self.indices, self.squares = np.zeros(self.season), np.zeros(self.season)
        self.count += 1
        self.indices += by_phase
        self.squares += by_phase**2
        level = float(np.log(means[-1, 0]))
        self.levels = [self.levels[0] + level, self.levels[1] + level**2]
        self.noise += float(np.var(table / means - found))

    def lent(self) -> Lent | None:
        """What a new item gets; None of fewer items than LENDERS."""
        if self.count < LENDERS:
            return None
        index = self.indices / self.count
        variance = np.maximum(self.squares / self.count - index**2, 0.0) / (self.count - 1)
        effect = index - 1
        noise = max(self.season - 3, 1) * float(variance.mean())
        kept = max(1 - noise / max(float(effect @ effect), 1e-12), 0.0)
        level = self.levels[0] / self.count
        apart = max(self.levels[1] / self.count - level**2, 0.0) * self.count / (self.count - 1)
        factors = np.maximum(1 + kept * effect, FLOOR)
        return Lent(tuple(factors.tolist()), level, apart, self.noise / self.count, self.count)


def lend(placed: Iterable[Placed], frequency: str | None, missing: str) -> Iterator[Placed]:
    """The series with what those that are short take from their group; short ones come behind all others."""
    lenders: dict[Kind, Lenders] = {}
    waiting: list[tuple[Kind, Placed]] = []
    for place, one in placed:
        found = None if one.group is None or one.lent is not None else _seen(one, frequency, missing)
        if found is None:
            yield place, one
            continue
        kind, ready = found
        if kind.season and len(ready.values) >= 2 * kind.season + 3:
            if float((ready.values == 0).mean()) < SPARSE and float(ready.values.min()) >= 0:
                lenders.setdefault(kind, Lenders(kind.season)).add(ready.values, phases(ready, kind, 1)[0])
        elif len(waiting) < WAITING:
            waiting.append((kind, (place, one)))
            continue
        yield place, one
    for kind, (place, one) in waiting:
        yield place, _with_lent(one, kind, lenders)


def _with_lent(one: Series, kind: Kind, lenders: dict[Kind, Lenders]) -> Series:
    """The series with what its group lends; one too short to show a frequency has that of its group."""
    if kind.season:
        found = lenders.get(kind)
        return replace(one, lent=found.lent()) if found else one
    known = [each for each in lenders if each.group == kind.group]
    lent = lenders[known[0]].lent() if len(known) == 1 else None
    return replace(one, lent=lent, frequency=known[0].frequency) if lent else one


def _seen(one: Series, frequency: str | None, missing: str) -> tuple[Kind, Clean] | None:
    """The series cleaned, and its kind; None if it has no calendar or no season."""
    ready = clean(one, frequency, missing)
    known = frequency or ready.frequency
    if ready.fault or not isinstance(ready.last, np.datetime64):
        return None
    if known is None:
        return (Kind(one.group or "", "", 0), ready) if len(ready.values) < DATED else None
    season = max(seasons_of(known), default=1)
    return (Kind(one.group or "", known, season), ready) if season > 1 else None


def phases(one: Clean, kind: Kind, count: int, *, ahead: bool = False) -> Ints:
    """(count,) phases of the last values, or of the steps ahead."""
    last = _number(one.last, kind.frequency)
    steps = np.arange(1, count + 1) if ahead else np.arange(1 - count, 1)
    return np.asarray((last + steps) % kind.season)


def _number(last: object, frequency: str) -> int:
    """The period's number, the same for all series."""
    stamp = np.datetime64(last, "s")  # type: ignore[call-overload]
    if frequency in MONTHS:
        return int(stamp.astype("datetime64[M]").astype(int)) // MONTHS[frequency]
    return int(stamp.astype(np.int64)) // round(length(frequency) * 86400)


def borrowed(one: Clean, lent: Lent, frequency: str | None) -> Clean:
    """The series without its group's season, ready to be fitted; its history stays as it came."""
    known = frequency or one.frequency
    usable = one.fault is None and len(one.values) and known and isinstance(one.last, np.datetime64)
    if not usable or "ended" in one.flags or float(one.values.min()) < 0 or (one.values == 0).mean() >= SPARSE:
        return one
    if len(one.values) >= SHORT and (np.ptp(one.values) == 0 or set(lent.factors) == {1.0}):
        return one
    kind = Kind(one.group or "", known or "", len(lent.factors))
    values = one.values / np.array(lent.factors)[phases(one, kind, len(one.values))]
    details = {**one.details, BORROWED: lent.count}
    flags = (*one.flags, BORROWED)
    return replace(one, values=values, came=one.history, lent=lent, flags=flags, details=details)


def level(own: float, count: int, lent: Lent | None) -> float:
    """The level of so short a series, drawn to that of its group."""
    if lent is None or own <= 0 or count >= SHORT:
        return own
    noise = lent.noise / max(count, 1)
    weight = lent.apart / (lent.apart + noise) if lent.apart + noise > 0 else 1.0
    return float(np.exp(weight * np.log(own) + (1 - weight) * lent.level))


def returned(one: Clean, result: SeriesForecast, frequency: str | None) -> SeriesForecast:
    """The forecast with the season that was taken out before."""
    known = frequency or one.frequency
    if one.lent is None or known is None or not isinstance(result.distribution, Spread):
        return result
    kind = Kind(one.group or "", known, len(one.lent.factors))
    ahead = np.array(one.lent.factors)[phases(one, kind, len(result.mean), ahead=True)]
    spread = result.distribution
    parts = result.components and replace(result.components, seasonal=result.components.seasonal * ahead)
    mean, sigma = result.mean * ahead, spread.sigma * ahead
    return replace(result, mean=mean, components=parts, distribution=replace(spread, mean=mean, sigma=sigma))
