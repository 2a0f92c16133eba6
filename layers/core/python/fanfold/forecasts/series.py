"""What comes in, made fit for fitting: order, gaps, duplicates, missing values, frequency, outliers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np

from fanfold.errors import Invalid
from fanfold.forecasts.panel import Floats

SEASONS: dict[str, tuple[int, ...]] = {
    **{"Y": (1,), "Q": (4,), "M": (12,), "W": (52,), "D": (7,), "B": (5,), "H": (24, 168)},
}
"""Frequency: the seasons looked for, in steps."""
DAYS = {"Y": 365.25, "Q": 91.31, "M": 30.44, "W": 7.0, "D": 1.0, "H": 1 / 24}
MONTHS = {"M": 1, "Q": 3, "Y": 12}
LARGEST = 1e15
OUTLIER = 8.0
"""Robust standard deviations from the local median."""


@dataclass(frozen=True)
class Series:
    """One series as it came: values (None or NaN where missing) and, if known, a date for each."""

    name: str
    values: "Sequence[Any] | Floats"
    dates: Sequence[Any] | None = None
    group: str | None = None
    """Series of one group are fitted together by models that let them help each other (`var`)."""


@dataclass(frozen=True)
class Clean:
    """A series ready to be fitted; `fault` says why it can't be."""

    name: str
    values: Floats
    frequency: str | None = None
    last: "np.datetime64 | None" = None
    flags: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    fault: str | None = None


def read(given: Any) -> list[Series]:
    """Series from a list of arrays, of `Series` or (name, values[, dates]), or from a mapping of name to values.

    Raises Invalid if what is given is no collection of series.
    """
    if isinstance(given, Mapping):
        return [one if isinstance(one, Series) else Series(str(name), one) for name, one in given.items()]
    if isinstance(given, np.ndarray) and given.ndim == 1 and given.dtype.kind in "fiu":
        raise Invalid("a list of series was expected, not one series: put it into a list", field="series")
    return [_one(index, item) for index, item in enumerate(given)]


def _one(index: int, item: Any) -> Series:
    if isinstance(item, Series):
        return item
    if isinstance(item, tuple) and len(item) in (2, 3) and isinstance(item[0], str):
        return Series(*item)
    return Series(str(index + 1), item)


def clean(given: Series, frequency: str | None = None, replace_outliers: bool = False) -> Clean:
    """Never raises: what can't be read becomes a fault."""
    try:
        values = _numbers(given.values)
        stamps = None if given.dates is None else np.array([_stamp(day) for day in given.dates], dtype="datetime64[s]")
    except (TypeError, ValueError, OverflowError) as error:
        return Clean(given.name, np.zeros(0), fault=f"unreadable: {error}")
    if stamps is not None and len(stamps) != len(values):
        return Clean(given.name, np.zeros(0), fault="dates and values differ in number")
    flags: list[str] = []
    values[~(np.abs(values) < LARGEST)] = np.nan
    found = frequency
    if stamps is not None:
        values, stamps, found = _in_order(values, stamps, frequency, flags)
    values, lost = _fill(values, flags)
    last = None if stamps is None or len(stamps) == 0 else stamps[-1 - lost]
    fault = None if len(values) else "no observation"
    details: dict[str, Any] = {}
    values = _outliers(values, flags, details, replace_outliers)
    return Clean(given.name, values, found, last, tuple(flags), details, fault)


def _numbers(values: Any) -> Floats:
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiu" and values.ndim == 1:
        return values.astype(float)
    return np.array([_number(value) for value in values], dtype=float)


def _number(value: Any) -> float:
    if value is None or value == "":
        return float("nan")
    return float(value)


def _stamp(value: Any) -> np.datetime64:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    elif not isinstance(value, (date, np.datetime64)):
        raise TypeError(f"{value!r} is no date")
    return np.datetime64(value, "s")


def _in_order(values: Floats, stamps: Any, frequency: str | None, flags: list[str]) -> tuple[Floats, Any, str | None]:
    """Sorted by date, one value a period, gaps as NaN; the frequency given or found."""
    if (np.diff(stamps) < np.timedelta64(0, "s")).any():
        flags.append("unsorted")
        order = np.argsort(stamps, kind="stable")
        values, stamps = values[order], stamps[order]
    found = frequency or find_frequency(stamps)
    if found is None or len(stamps) < 2:
        return values, stamps, found
    periods = ordinals(stamps, found)
    unique, first, count = np.unique(periods, return_index=True, return_counts=True)
    if (count > 1).any():
        flags.append("duplicates")
        known = np.where(np.isnan(values), 0.0, values)
        some = np.add.reduceat((~np.isnan(values)).astype(float), first)
        values = np.where(some > 0, np.add.reduceat(known, first), np.nan)
        stamps = stamps[first]
    else:
        values = values[first]
    span = int(unique[-1] - unique[0]) + 1
    if span > 20 * len(unique) + 100:
        flags.append("mixed_frequencies")
        return values, stamps, None
    if span > len(unique):
        flags.append("gaps")
    spread = np.full(span, np.nan)
    spread[unique - unique[0]] = values
    ends = np.full(span, stamps[-1])
    ends[unique - unique[0]] = stamps
    return spread, ends, found


def find_frequency(stamps: Any) -> str | None:
    """The frequency whose step is nearest to the usual distance of dates; None for fewer than three dates."""
    steps = np.diff(np.unique(stamps)).astype("timedelta64[s]").astype(float) / 86400
    if len(steps) < 2:
        return None
    usual = float(np.median(steps))
    near = min(DAYS, key=lambda name: abs(np.log(usual / DAYS[name])))
    return near if abs(np.log(usual / DAYS[near])) < 0.3 else None


def ordinals(stamps: Any, frequency: str) -> Any:
    """Number of the period that each date lies in, counted in steps of the frequency."""
    if frequency in MONTHS:
        return stamps.astype("datetime64[M]").astype(int) // MONTHS[frequency]
    if frequency == "B":
        return np.busday_count("1970-01-01", stamps.astype("datetime64[D]"))
    seconds = stamps.astype("datetime64[s]").astype(np.int64)
    width = round(DAYS.get(frequency, 1.0) * 86400)
    return (seconds - seconds[0] + width // 2) // width


def after(last: np.datetime64, frequency: str, horizon: int) -> list[str]:
    """ISO dates of the steps after the last one; a month keeps its day, as far as it has one."""
    if frequency in MONTHS:
        month, day = last.astype("datetime64[M]"), last.astype("datetime64[D]")
        at_end = (day + 1).astype("datetime64[M]") != month
        return [_day_of(month + MONTHS[frequency] * step, day - month, at_end) for step in range(1, horizon + 1)]
    if frequency == "B":
        first = last.astype("datetime64[D]")
        return [str(np.busday_offset(first, step, roll="backward")) for step in range(1, horizon + 1)]
    width = np.timedelta64(round(DAYS[frequency] * 86400), "s")
    unit = "D" if frequency in ("D", "W") else "s"
    return [str((last + width * step).astype(f"datetime64[{unit}]")) for step in range(1, horizon + 1)]


def _day_of(month: Any, offset: Any, at_end: Any) -> str:
    final = (month + 1).astype("datetime64[D]") - 1
    return str(final if at_end else min(month.astype("datetime64[D]") + offset, final))


def _fill(values: Floats, flags: list[str]) -> tuple[Floats, int]:
    """Missing values at the ends cut off, within filled on a straight line; how many were cut off at the end."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) == 0:
        return np.zeros(0), 0
    lost = len(values) - 1 - int(known[-1])
    inner = values[known[0] : known[-1] + 1]
    missing = ~np.isfinite(inner)
    if len(inner) < len(values) or missing.any():
        flags.append("missing_values")
    if missing.any():
        places = np.arange(len(inner))
        inner = np.where(missing, np.interp(places, places[~missing], inner[~missing]), inner)
    return inner, lost


def _outliers(values: Floats, flags: list[str], details: dict[str, Any], replace: bool) -> Floats:
    """Values far from the median of their seven neighbours, against the usual distance (Hampel's filter)."""
    if len(values) < 12:
        return values
    padded = np.pad(values, 3, mode="edge")
    local = np.median(np.lib.stride_tricks.sliding_window_view(padded, 7), axis=1)
    distance = np.abs(values - local)
    usual = 1.4826 * np.median(distance)
    far = np.flatnonzero(distance > OUTLIER * usual) if usual > 0 else np.zeros(0, dtype=int)
    if len(far) == 0 or len(far) > len(values) // 10:  # what comes that often is the series' way
        return values
    flags.append("outliers")
    details["outliers"] = far.tolist()
    if replace:
        flags.append("outliers_cleaned")
        values = values.copy()
        values[far] = local[far]
    return values
