"""Calendars that series keep to: how far apart their dates are, which days are closed, and what date comes next.

A frequency is a text: `M`, `W`, `30min`; days that leave out some of the week are `D/1111110` (Monday first), months
of four and five weeks are `4-4-5/2024-01-01`, a date on which a quarter of theirs begins. `13P` is in `thirteen`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fanfold.forecasting import thirteen

SEASONS: dict[str, tuple[int, ...]] = {
    **{"Y": (1,), "6M": (2,), "Q": (4,), "2M": (6,), "M": (12,), "4W": (13,), "13P": (13,), "2W": (26,), "W": (52,)},
    **{"D": (7,), "B": (5,), "H": (24, 168), "30min": (48, 336), "15min": (96, 672)},
    **{"10min": (144, 1008), "5min": (288, 2016)},
}
"""Frequency: the seasons looked for, in steps."""
DAYS = {
    **{"Y": 365.25, "6M": 182.62, "Q": 91.31, "2M": 60.87, "M": 30.44, "4W": 28.0, "2W": 14.0, "W": 7.0, "D": 1.0},
    **{"H": 1 / 24, "30min": 1 / 48, "15min": 1 / 96, "10min": 1 / 144, "5min": 1 / 288},
}
MONTHS = {"M": 1, "2M": 2, "Q": 3, "6M": 6, "Y": 12}
WEEKS = {"4W": 4, "2W": 2, "W": 1}
APART = ("Y", "Q", "M", "W", "D", "H")
"""Frequencies that are not taken for one another."""
BETWEEN = frozenset({"2W", "2M", "6M"})
"""Frequencies that dates have to keep to: they lie between others."""
CLOSE, KEPT = 0.1, 0.8
NEAR = 0.3
"""How far the logarithm of a step may be from that of a frequency's."""
ENOUGH = 12
"""Observations from which a stretch stands for a series."""
WEEKDAYS = "1111100"
SPLITS = {"4-4-5": (4, 8), "4-5-4": (4, 9), "5-4-4": (5, 9)}
"""Weeks after which the second and the third month of a quarter begin, of 13."""
QUARTER = 13
CLOSED_FROM = 28
"""Days of dates from which on a weekday that is never there is closed."""


def seasons_of(frequency: str | None) -> tuple[int, ...]:
    """The seasons to look for at that frequency, in steps; none for an unknown one."""
    family, _, rest = (frequency or "").partition("/")
    if family in SPLITS:
        return SEASONS["M"]
    return (rest.count("1"),) if rest else SEASONS.get(family, ())


def length(frequency: str) -> float:
    """Days that a step takes, about."""
    family = frequency.partition("/")[0].replace("B", "D").replace(thirteen.KEY, "4W")
    return DAYS.get(family, DAYS["M"])


def _mask(frequency: str) -> str | None:
    """The open days of a week, where some are closed."""
    family, _, rest = frequency.partition("/")
    return WEEKDAYS if family == "B" else rest if family == "D" and rest else None


def find_frequency(stamps: Any) -> str | None:
    """The frequency whose step is nearest to the usual distance of dates; None for fewer than three dates.

    Days of the week that never come are closed; without Saturdays and Sundays they are business days (`B`).
    """
    unique = np.unique(stamps)
    steps = np.diff(unique).astype("timedelta64[s]").astype(float) / 86400
    if len(steps) < 2:
        return None
    if (found := retail_months(unique)) is not None:
        return found
    usual = float(np.median(steps))
    near = min(DAYS, key=lambda name: abs(np.log(usual / DAYS[name])))
    if near in ("4W", "M") and usual < DAYS["M"] - 1:
        near = "4W" if float((steps == DAYS["4W"]).mean()) > 0.8 and _is_weekly(unique) else "M"
    if near == "4W" and thirteen.keeps(unique):
        return thirteen.KEY
    if abs(np.log(usual / DAYS[near])) >= NEAR or (near in BETWEEN and not _mostly(steps, DAYS[near])):
        return None
    return _open_days(unique) if near == "D" else near


def _mostly(steps: Any, usual: float) -> bool:
    """Whether nearly all steps are of that length: dates at no regular distance may have any median."""
    return float((np.abs(steps / usual - 1) < CLOSE).mean()) > KEPT


def _is_weekly(unique: Any) -> bool:
    """Whether the dates are no months of 28 days, but whole weeks apart."""
    return len(unique) > 3 or len(np.unique(unique.astype("datetime64[M]"))) < len(unique)


def _open_days(unique: Any) -> str:
    """Days, or those of the week that are there."""
    days = np.unique(unique.astype("datetime64[D]"))
    if len(days) >= ENOUGH and np.is_busday(days).all():
        return "B"
    there = {(int(day) + 3) % 7 for day in days.astype(int).tolist()}
    if len(there) == 7 or len(there) < 4 or int((days[-1] - days[0]).astype(int)) < CLOSED_FROM:
        return "D"
    return "D/" + "".join("1" if weekday in there else "0" for weekday in range(7))


def retail_months(unique: Any) -> str | None:
    """The calendar of months of four and five weeks that the dates keep to, if they do."""
    days = unique.astype("datetime64[D]")
    weeks, odd = np.divmod(np.diff(days).astype(int), 7)
    if len(weeks) < 6 or odd.any() or not np.isin(weeks, (4, 5)).all() or not 0.2 < (weeks == 5).mean() < 0.5:
        return None
    best = max(((name, at) for name in SPLITS for at in range(3)), key=lambda one: _kept(weeks, *one))
    if _kept(weeks, *best) < 0.9:
        return None
    last = len(weeks) - (len(weeks) - best[1]) % 3
    return f"{best[0]}/{days[last]}"


def _kept(weeks: Any, name: str, at: int) -> float:
    """The share of steps that are as in this calendar, with a quarter beginning at that place."""
    second, third = SPLITS[name]
    wanted = np.array([second, third - second, QUARTER - third])
    return float((weeks == wanted[(np.arange(len(weeks)) - at) % 3]).mean())


def ordinals(stamps: Any, frequency: str) -> Any:
    """Number of the period that each date lies in, counted in steps of the frequency."""
    if frequency in MONTHS:
        return stamps.astype("datetime64[M]").astype(int) // MONTHS[frequency]
    if (mask := _mask(frequency)) is not None:
        return np.busday_count("1970-01-01", stamps.astype("datetime64[D]"), weekmask=mask)
    if frequency.partition("/")[0] in SPLITS:
        return _retail_ordinals(stamps, frequency)
    if frequency == thirteen.KEY:
        return thirteen.ordinals(stamps)
    seconds = stamps.astype("datetime64[s]").astype(np.int64)
    width = round(length(frequency) * 86400)
    return (seconds - seconds[0] + width // 2) // width


def _retail_ordinals(stamps: Any, frequency: str) -> Any:
    """Nearest beginnings of months count: a year of 53 weeks moves them by one."""
    name, _, begun = frequency.partition("/")
    second, third = SPLITS[name]
    weeks = np.round((stamps.astype("datetime64[D]") - np.datetime64(begun, "D")).astype(int) / 7)
    quarter, week = np.divmod(weeks + 1, QUARTER)  # a week early is still in
    return (3 * quarter + np.digitize(week - 1, [second / 2, (second + third) / 2])).astype(np.int64)


def floor(stamps: Any, frequency: str) -> Any:
    """The beginning of the period that each date lies in: the first of a month, the Monday of a week."""
    if frequency in MONTHS:
        months = stamps.astype("datetime64[M]").astype(int)
        return (months - months % MONTHS[frequency]).astype("datetime64[M]").astype("datetime64[s]")
    if frequency in WEEKS:
        days = stamps.astype("datetime64[D]").astype(int)
        return (days - (days + 3) % (7 * WEEKS[frequency])).astype("datetime64[D]").astype("datetime64[s]")
    if _mask(frequency) is not None:
        return stamps.astype("datetime64[D]").astype("datetime64[s]")
    if frequency.partition("/")[0] in SPLITS:
        return stamps
    if frequency == thirteen.KEY:
        return thirteen.beginnings(thirteen.ordinals(stamps)).astype("datetime64[s]")
    width = round(length(frequency) * 86400)
    seconds = stamps.astype("datetime64[s]").astype(np.int64)
    return (seconds - seconds % width).view("datetime64[s]")


def finer(stamps: Any, frequency: str) -> bool:
    """Whether the sorted dates come several times a period, as orders do that are put together."""
    unique = np.unique(stamps)
    return len(unique) > 2 and len(np.unique(floor(unique, frequency))) * 1.2 < len(unique)


def moved(stamp: np.datetime64, frequency: str, steps: Sequence[int]) -> list[str]:
    """ISO dates so many steps from a date; a month keeps its day, as far as it has one. Raises KeyError."""
    if frequency in MONTHS:
        month, day = stamp.astype("datetime64[M]"), stamp.astype("datetime64[D]")
        at_end = (day + 1).astype("datetime64[M]") != month
        return [_day_of(month + MONTHS[frequency] * step, day - month, at_end) for step in steps]
    if (mask := _mask(frequency)) is not None:
        first = stamp.astype("datetime64[D]")
        return [str(np.busday_offset(first, step, roll="backward", weekmask=mask)) for step in steps]
    if frequency.partition("/")[0] in SPLITS:
        return [_retail_day(stamp, frequency, step) for step in steps]
    if frequency == thirteen.KEY:
        return thirteen.moved(stamp, steps)
    width = np.timedelta64(round(DAYS[frequency] * 86400), "s")
    unit = "D" if DAYS[frequency] >= 1 else "s"
    return [str((stamp + width * step).astype(f"datetime64[{unit}]")) for step in steps]


def after(last: np.datetime64, frequency: str, horizon: int) -> list[str]:
    """ISO dates of the steps after the last one."""
    return moved(last, frequency, range(1, horizon + 1))


def _retail_day(stamp: np.datetime64, frequency: str, step: int) -> str:
    second, third = SPLITS[frequency.partition("/")[0]]
    here = int(_retail_ordinals(np.array([stamp]), frequency)[0])
    quarters, month = divmod(here + step, 3)
    weeks = QUARTER * (quarters - here // 3) + (0, second, third)[month] - (0, second, third)[here % 3]
    return str(stamp.astype("datetime64[D]") + 7 * weeks)


def _day_of(month: Any, offset: Any, at_end: Any) -> str:
    final = (month + 1).astype("datetime64[D]") - 1
    return str(final if at_end else min(month.astype("datetime64[D]") + offset, final))


def coarser(stamps: Any, frequency: str) -> bool:
    """Whether most dates come several times and the rest lie further apart than the frequency: years of months."""
    unique = np.unique(stamps)
    found = find_frequency(unique) if 2 * len(unique) <= len(stamps) else None
    return found is not None and length(found) > 2 * length(frequency)


def mixed(stamps: Any) -> bool:
    """Whether at least a fifth of the steps, and three, are of another frequency's length than the usual step."""
    near = nearest(np.unique(stamps))
    known, count = np.unique(near[near >= 0], return_counts=True)
    return len(known) > 1 and int(np.sort(count)[-2]) >= max(3, len(near) / 5)


def nearest(stamps: Any) -> Any:
    """(n-1,) which of APART each step is near to; -1 for none."""
    steps = np.diff(stamps).astype("timedelta64[s]").astype(float) / 86400
    distance = np.abs(np.log(steps[:, None] / np.array([DAYS[key] for key in APART])))
    return np.where(distance.min(axis=1) < NEAR, distance.argmin(axis=1), -1) if len(steps) else np.zeros(0, dtype=int)
