"""What comes in, made fit for fitting: order, gaps, duplicates, missing values, frequency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from fanfold.errors import Invalid
from fanfold.forecasting.calendars import after
from fanfold.forecasting.dates import Cell, Dates
from fanfold.forecasting.lent import Lent
from fanfold.forecasting.ordering import by_number, in_order
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.patterns import MOSTLY_ZERO
from fanfold.forecasting.supply import Supply

LARGEST = 1e15


@dataclass(frozen=True)
class Series:
    """One series as it came: values (None or NaN where missing) and, if known, a date for each."""

    name: str
    values: "Sequence[Any] | Floats"
    dates: Sequence[Any] | None = None
    group: str | None = None
    """Series of one group are fitted together by models that let them help each other (`var`)."""
    supply: Supply | None = None
    """With it, stock advice says how much to order."""
    frequency: str | None = None
    """What its portfolio shows it to be; a frequency that is asked for comes first."""
    lent: Lent | None = None
    """What its group lends it, where its own history is short."""


@dataclass(frozen=True)
class Clean:
    """A series ready to be fitted; `fault` says why it can't be.

    `last` is the date of the last value, or its number where steps are counted by whole numbers `step` apart.
    """

    name: str
    values: Floats
    frequency: str | None = None
    last: "np.datetime64 | int | None" = None
    flags: tuple[str, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)
    fault: str | None = None
    group: str | None = None
    step: int = 1
    supply: Supply | None = None
    lent: Lent | None = None
    came: Floats | None = None
    """The values as they came, where others are fitted in their stead."""

    @property
    def history(self) -> Floats:
        """The values as they came."""
        return self.values if self.came is None else self.came


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


def clean(given: Series, frequency: str | None = None, missing: str = "line") -> Clean:
    """Never raises: what can't be read is flagged, and a fault if nothing is left.

    `missing` says what a missing value within is: on a `line` between its neighbours, or `zero`.
    """
    flags: list[str] = []
    details: dict[str, Any] = {}
    frequency = frequency or given.frequency
    try:
        values = _numbers(given.values, flags, details)
        stamps = None if given.dates is None else _stamps(given.dates, frequency)
    except (TypeError, ValueError, OverflowError) as error:
        return Clean(given.name, np.zeros(0), fault=f"unreadable: {error}", group=given.group)
    if stamps is not None and len(stamps) != len(values):
        return Clean(given.name, np.zeros(0), fault="dates and values differ in number", group=given.group)
    values[~(np.abs(values) < LARGEST)] = np.nan
    found, step = frequency, 1
    if stamps is not None:
        values, stamps = _readable(values, stamps, flags)
    if stamps is not None and stamps.dtype.kind == "i":
        values, stamps, step = by_number(values, stamps, flags)
    elif stamps is not None:
        values, stamps, found = in_order(values, stamps, frequency, flags)
    values, lost = _fill(values, flags, missing)
    last = None if stamps is None or len(stamps) == 0 else stamps[-1 - lost]
    fault = None if len(values) else details.pop("unreadable", "no observation")
    last = int(last) if stamps is not None and stamps.dtype.kind == "i" and last is not None else last
    return Clean(given.name, values, found, last, tuple(flags), details, fault, given.group, step, given.supply)


def describe(values: Floats) -> list[str]:
    """Flags of what a series is like, whatever its dates."""
    if len(values) == 0:
        return []
    low, high, zeros = float(values.min()), float(values.max()), len(values) - int(np.count_nonzero(values))
    found = {
        "all_zero": zeros == len(values),
        "constant": len(values) > 1 and low == high != 0,
        "mostly_zero": MOSTLY_ZERO < zeros / len(values) < 1,
        "negatives": low < 0,
    }
    return [flag for flag, holds in found.items() if holds]


def _numbers(values: Any, flags: list[str], details: dict[str, Any]) -> Floats:
    """Values as numbers, NaN for those that are none. Raises TypeError if they are no values at all."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiu" and values.ndim == 1:
        return values.astype(float)
    if isinstance(values, list) and set(map(type, values)) <= {float}:
        return np.array(values, dtype=float)
    found = [_number(value) for value in values]
    wrong = [at for at, one in enumerate(found) if one is None]
    if wrong:
        flags.append("unreadable_values")
        details["unreadable_values"] = wrong
        if len(wrong) == len(found):
            details["unreadable"] = f"unreadable: {values[wrong[0]]!r} is no number"
    return np.array([np.nan if one is None else one for one in found], dtype=float)


def _number(value: Any) -> float | None:
    """The value's number, NaN where it is missing; None if it is something else."""
    if value is None or value == "":
        return float("nan")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _stamps(dates: Any, frequency: str | None) -> Any:
    """(n,) datetime64[s], NaT where a date can't be read, or whole numbers if that is what all of them are."""
    if isinstance(dates, np.ndarray) and dates.dtype.kind in "iM":
        return dates.astype("datetime64[s]") if dates.dtype.kind == "M" else dates.astype(np.int64)
    found = Dates(years=frequency in (None, "Y")).read([_plain(day) for day in dates])
    if found and all(isinstance(one, int) for one in found):
        return np.array(found, dtype=np.int64)
    return np.array([None if isinstance(one, int) else one for one in found], dtype="datetime64[s]")


def _plain(day: Any) -> Cell:
    if isinstance(day, np.datetime64):
        return None if np.isnat(day) else str(day.astype("datetime64[s]"))
    if isinstance(day, np.integer | np.floating):
        return day.item()
    if isinstance(day, date):
        return day.isoformat()
    return day if isinstance(day, str | int | float) else None


def _readable(values: Floats, stamps: Any, flags: list[str]) -> tuple[Floats, Any]:
    """Without the observations whose dates can't be read; without any date if that is most of them."""
    if stamps.dtype.kind == "i":
        return values, stamps
    known = ~np.isnat(stamps)
    if known.all():
        return values, stamps
    flags.append("unreadable_dates")
    return (values[known], stamps[known]) if 2 * int(known.sum()) > len(stamps) else (values, None)


def ahead(one: Clean, frequency: str | None, horizon: int) -> tuple[str, ...]:
    """Dates of the steps after a series' last: ISO dates, or whole numbers if it counts by those; none if unknown."""
    if isinstance(one.last, int):
        return tuple(str(one.last + one.step * at) for at in range(1, horizon + 1))
    return tuple(after(one.last, frequency, horizon)) if one.last is not None and frequency is not None else ()


def _fill(values: Floats, flags: list[str], missing: str = "line") -> tuple[Floats, int]:
    """Missing values at the ends cut off, within filled; how many were cut off at the end."""
    finite = np.isfinite(values)
    if len(values) and finite.all():
        return values, 0
    known = np.flatnonzero(finite)
    if len(known) == 0:
        return np.zeros(0), 0
    lost = len(values) - 1 - int(known[-1])
    inner = values[known[0] : known[-1] + 1]
    unknown = ~np.isfinite(inner)
    if len(inner) < len(values) or unknown.any():
        flags.append("missing_values")
    if 2 * int(unknown.sum()) > len(inner):
        flags.append("mostly_missing")
    if unknown.any() and missing == "zero":
        inner = np.where(unknown, 0.0, inner)
    elif unknown.any():
        places = np.arange(len(inner))
        inner = np.where(unknown, np.interp(places, places[~unknown], inner[~unknown]), inner)
    return inner, lost
