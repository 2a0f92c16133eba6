"""Outliers, stock-outs and level shifts: what a planner would mend by hand before a forecast.

Only what is beyond doubt is mended: a model bears a doubtful value better than a wrong repair.
"""

from dataclasses import dataclass, field

import numpy as np

from fanfold.forecasting.panel import Floats, Ints, average
from fanfold.forecasting.patterns import slow

SHORTEST = 12
"""Fewer observations show neither an outlier nor a shift."""
FAR = 8.0
"""Robust standard deviations from the local median from which a value is flagged (Hampel's filter)."""
AROUND = 7
BEYOND, BEYOND_AT_END = 4.0, 6.0
"""How many times the range of all other values an outlier lies outside of it; at the end it may be a new level."""
LEAST_BEYOND = 0.5
"""The same as a share of the size of the others."""
ONCE = 24
"""Events that may each be an outlier: one, and another for so many periods."""
OFTEN = 10
"""What comes in more than one of so many periods is the series' way."""
STRONG = 0.2
"""Demand is strong where its least value is above this share of its median: a zero is then no small demand."""
CERTAIN = 4.0
"""Standard deviations of its noise that strong demand is above zero."""
LEAST_ORDERS, LARGER, LARGER_OF_MANY = 5, 6.0, 12.0
"""Orders slow demand must have, and how many times the next largest one an outlier is; more where gaps are many."""
RUN = 3
"""So many values together at the end are a new level, fewer are outliers."""
STAYED = 8
"""Values that a level must have held before a shift."""
APART = 0.6
"""A shift leaves this share of the wider side's range between the levels, and changes them by CHANGED."""
CHANGED = 1.5
NEAR = 5
"""Values on both sides of a shift that tell the levels where there is no season."""
SAME = np.array([-3, -2, -1, 1, 2, 3])
"""Seasons away from which the same phase is looked at."""
MOST_SHIFTS = 3
TINY = 1e-12


@dataclass(frozen=True)
class Repair:
    """Values as they are to be fitted, and the places of what was found in them.

    `flagged` lie far from their neighbours; of them `outliers` are beyond doubt. `shifts` are where a level begins.
    """

    values: Floats
    flagged: list[int] = field(default_factory=list)
    outliers: list[int] = field(default_factory=list)
    stockouts: list[int] = field(default_factory=list)
    shifts: list[int] = field(default_factory=list)


def repair(values: Floats, season: int) -> Repair:
    """What is found in a series with a season of so many steps, and the values without it."""
    if len(values) < SHORTEST:
        return Repair(values)
    zeros, (far, flagged) = np.flatnonzero(values == 0), _far(values)
    sparse = 3 * len(zeros) > len(values)
    if sparse or slow(values):
        return _without_large_order(values, flagged, LARGER_OF_MANY if sparse else LARGER)
    empty = _stockouts(values, zeros, season) if len(zeros) else zeros
    outliers = _beyond(values, far[~np.isin(far, empty)], empty, season) if len(far) else far
    if len(outliers) == 0 and season > 1 and len(values) >= 2 * season + SHORTEST // 2:
        outliers = _off_season(values, empty, season)
    if len(empty) == 0 and len(outliers) == 0:
        mended, shifts = _on_one_level(values, season)
        return Repair(mended, flagged.tolist(), shifts=shifts)
    mended, shifts = _on_one_level(_expected(values, np.union1d(outliers, empty).astype(np.intp), season), season)
    known = np.union1d(flagged, outliers).astype(int)
    return Repair(mended, known.tolist(), outliers.tolist(), empty.tolist(), shifts)


def _far(values: Floats) -> tuple[Ints, Ints]:
    """Places far from the median of the seven values around; those that one sees at once, and those within."""
    windows = np.lib.stride_tricks.as_strided(values, (len(values) - AROUND + 1, AROUND), values.strides * 2)
    inner = np.sort(windows, axis=1)[:, AROUND // 2]
    local = inner[np.clip(np.arange(len(values)) - AROUND // 2, 0, len(inner) - 1)]
    distance = np.abs(values - local)
    usual = max(1.4826 * _median(distance), 0.01 * average(np.abs(local)))
    far = np.flatnonzero(distance > FAR * usual) if usual > 0 else np.zeros(0, dtype=np.intp)
    if len(far) > len(values) // OFTEN + RUN:
        return far[:0], far[:0]
    if len(far) == 0 or len(far) > len(values) // OFTEN:
        return far, far[:0]
    return far, far[(far >= AROUND // 2) & (far < len(values) - AROUND // 2)]


def _beyond(values: Floats, far: Ints, empty: Ints, season: int) -> Ints:
    """Of the values far from their neighbours those far outside the range of all others, at no common phase."""
    last = len(values) - 1
    if len(far) >= RUN and (far[-RUN:] == np.arange(last - RUN + 1, last + 1)).all():
        far = far[:0]  # a level that begins
    if len(far) == 0 or len(_runs(far)) > 1 + len(values) // ONCE:
        return far[:0]
    usual = np.delete(values, np.union1d(far, empty))
    low, high = float(usual.min()), float(usual.max())
    ranges = np.where(far > last - RUN, BEYOND_AT_END, BEYOND)
    reach = np.maximum(ranges * (high - low), LEAST_BEYOND * max(abs(high), abs(low)))
    found = far[(values[far] > high + reach) | (values[far] < low - reach)]
    if _periodic(found, season):
        return found[:0]
    return found


def _off_season(values: Floats, empty: Ints, season: int) -> Ints:
    """Of the last values those that differ from the season before by far more than any value did, if they are few."""
    apart = np.abs(values[season:] - values[:-season])
    usual = apart[: -RUN + 1]
    if len(empty):
        wrong = np.concatenate([empty, empty + season]) - season
        usual = np.delete(usual, wrong[(wrong >= 0) & (wrong < len(usual))])
    limit = max(BEYOND * float(usual.max(initial=0.0)), LEAST_BEYOND * float(np.abs(values).mean()))
    last = np.flatnonzero(apart[-RUN:] > limit) + len(values) - RUN
    return last[~np.isin(last, empty)] if 0 < len(last) < RUN else last[:0]


def _without_large_order(values: Floats, flagged: Ints, larger: float) -> Repair:
    """Demand with many gaps: an order many times larger than every other counts as large as the next one."""
    sold = np.flatnonzero(values)
    second, largest = np.sort(np.abs(values[sold]))[-2:] if len(sold) >= LEAST_ORDERS else (0.0, 0.0)
    if largest <= larger * second:
        return Repair(values, flagged.tolist())
    at = int(np.abs(values).argmax())
    mended = values.copy()
    mended[at] = np.sign(values[at]) * second
    return Repair(mended, np.union1d(flagged, [at]).astype(int).tolist(), [at])


def _stockouts(values: Floats, zeros: Ints, season: int) -> Ints:
    """Zeros within strong demand, if they are few and not at a common phase of the season, as closed days are."""
    if len(zeros) > max(len(values) // OFTEN, RUN):
        return zeros[:0]
    sold = np.delete(values, zeros)
    usual = float(np.median(sold))
    steps = values[season:] - values[:-season]
    steps = steps[(values[season:] != 0) & (values[:-season] != 0)]
    apart = _median(np.abs(steps)) if len(steps) else usual
    noise = max(1.4826 * apart / 2**0.5, usual**0.5 if _counted(sold) else 0.0)
    if sold.min() <= STRONG * usual or usual < CERTAIN * noise:
        return zeros[:0]
    runs = _runs(zeros)
    starts = np.array([run[0] for run in runs])
    again = _periodic(starts, season)
    return zeros[:0] if again else zeros


def _runs(places: Ints) -> list[Ints]:
    """The places in stretches without a gap."""
    return np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)


def _periodic(places: Ints, season: int) -> bool:
    """Whether most of the places, and two, have one phase in common."""
    if season == 1 or len(places) < 2:
        return False
    most = int(np.bincount(places % season).max())
    return most > 1 and 2 * most >= len(places)


def _counted(values: Floats) -> bool:
    return bool((values == np.round(values)).all())


def _expected(values: Floats, wrong: Ints, season: int) -> Floats:
    """The values with the wrong ones replaced by the level around them, times what their phase is against it."""
    right = np.ones(len(values), dtype=bool)
    right[wrong] = False
    out = values.copy()
    width = min(max(season, AROUND), len(values))
    for at in wrong.tolist():
        level = _level(values, right, at, width)
        same = at + season * SAME if season > 1 and len(values) >= 2 * season else wrong[:0]
        same = same[(same >= 0) & (same < len(values))]
        around = [(values[one], _level(values, right, one, width)) for one in same.tolist() if right[one]]
        shares = [one / size for one, size in around if size > 0]
        out[at] = level * (float(np.median(shares)) if shares else 1.0)
    return out


def _level(values: Floats, right: Floats, at: int, width: int) -> float:
    """The median of the right values in the window around a place, a season long, pushed inside the series."""
    first = min(max(at - width // 2, 0), len(values) - width)
    part = values[first : first + width][right[first : first + width]]
    return float(np.median(part if len(part) else values[right]))


def _on_one_level(values: Floats, season: int) -> tuple[Floats, list[int]]:
    """The values with what lies before each shift brought to the level after it, and where those shifts are."""
    shifts: list[int] = []
    while len(shifts) < MOST_SHIFTS and (at := _shift(values) or _shift_by_season(values, season)):
        before, after = _levels(values, at, season)
        if not _changed(before, after, bool(values.min() >= 0)):
            break
        shifts.append(at)
        moved = values[:at] * (after / before) if values.min() > 0 else values[:at] + after - before
        values = np.concatenate([moved, values[at:]])
    return values, sorted(shifts)


def _shift(values: Floats) -> int:
    """Where a level begins that no value before it reaches, by far; 0 if nowhere."""
    if len(values) < STAYED + RUN:
        return 0
    low, high = np.minimum.accumulate(values)[:-1], np.maximum.accumulate(values)[:-1]
    least, most = np.minimum.accumulate(values[::-1])[::-1][1:], np.maximum.accumulate(values[::-1])[::-1][1:]
    between = np.maximum(least - high, low - most)
    room = between - APART * np.maximum(high - low, most - least)
    room[: STAYED - 1], room[len(values) - RUN :] = -np.inf, -np.inf
    best = int(room.argmax())
    return best + 1 if room[best] > 0 else 0


def _shift_by_season(values: Floats, season: int) -> int:
    """Where all values begin to differ by far from those a season before, more than earlier ones did; 0 if nowhere."""
    if season == 1 or len(values) < season + STAYED + RUN or values.min() <= 0:
        return 0
    at = _shift(np.log(values[season:] / values[:-season]))
    return at + season if at else 0


def _changed(before: float, after: float, positive: bool) -> bool:
    """Whether two levels differ by far; where nothing is below zero, zero is no level."""
    if before * after < 0:
        return True
    small, large = sorted((abs(before), abs(after)))
    return large > CHANGED * small and (small > TINY or not positive)


def _levels(values: Floats, at: int, season: int) -> tuple[float, float]:
    """The levels before and after a place: medians of the same phases, or of the nearest values."""
    if 1 < season <= at:
        after = values[at : at + season]
        return _size(values[at - season : at][: len(after)]), _size(after)
    return _size(values[max(at - NEAR, 0) : at]), _size(values[at : at + NEAR])


def _median(values: Floats) -> float:
    """About the median: `np.median` takes ten times as long on few values."""
    return float(np.partition(values, len(values) // 2)[len(values) // 2])


def _size(values: Floats) -> float:
    return float(np.median(values)) or TINY
