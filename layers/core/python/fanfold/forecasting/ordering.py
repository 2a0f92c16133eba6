"""Observations in the order of their dates or steps, one a period, with gaps where there are none."""

from typing import Any

import numpy as np

from fanfold.forecasting.calendars import (
    ENOUGH,
    coarser,
    find_frequency,
    finer,
    floor,
    mixed,
    nearest,
    ordinals,
)
from fanfold.forecasting.panel import Floats


def by_number(values: Floats, steps: Any, flags: list[str]) -> tuple[Floats, Any, int]:
    """Sorted by step, gaps as NaN. Where numbers repeat or are far apart, the order that they came in counts."""
    order = np.argsort(steps, kind="stable")
    distances = np.diff(steps[order])
    if len(steps) < 2:
        return values, steps, 1
    if not distances.all():
        flags.append("repeated_steps")
        return values, None, 1
    if (np.diff(steps) < 0).any():
        flags.append("unsorted")
    values, steps = values[order], steps[order]
    step = int(np.gcd.reduce(distances))
    places = (steps - steps[0]) // step
    span = int(places[-1]) + 1
    if span == len(values):
        return values, steps, step
    if span > 2 * len(values):
        flags.append("irregular_dates")
        return values, steps, step
    flags.append("gaps")
    spread = np.full(span, np.nan)
    spread[places] = values
    return spread, steps[0] + step * np.arange(span), step


def in_order(values: Floats, stamps: Any, frequency: str | None, flags: list[str]) -> tuple[Floats, Any, str | None]:
    """Sorted by date, one value a period, gaps as NaN; the frequency given or found.

    Several values of a period are added up. Where a frequency that was found makes that necessary for different
    dates, or dates are too far apart for it, it is none, and the order counts.
    """
    if (np.diff(stamps) < np.timedelta64(0, "s")).any():
        flags.append("unsorted")
        order = np.argsort(stamps, kind="stable")
        values, stamps = values[order], stamps[order]
    if frequency and coarser(stamps, frequency):
        flags.append("irregular_dates")
        return values, None, None
    if mixed(stamps):
        flags.append("mixed_frequencies")
        if frequency is None:
            values, stamps = _recent(values, stamps)
    values, stamps, repeated = summed(values, stamps, stamps)
    if repeated:
        flags.append("duplicates")
    if frequency and finer(stamps, frequency):
        flags.append("aggregated")
        stamps = floor(stamps, frequency)
        values, stamps, _ = summed(values, stamps, stamps)
    found = frequency or find_frequency(stamps)
    if found is None or len(stamps) < 2:
        return values, stamps, found
    periods = ordinals(stamps, found)
    added, ends, shared = summed(values, stamps, periods)
    span = int(periods[-1] - periods[0]) + 1
    if span > 20 * len(ends) + 100 or (frequency is None and shared * 20 > len(stamps)):
        flags.append("irregular_dates")
        return values, None, None
    flags += [flag for flag, holds in (("aggregated", shared > 0), ("gaps", span > len(ends))) if holds]
    return *_spread(added, ends, np.unique(periods) - periods[0], span), found


def _spread(values: Floats, ends: Any, places: Any, span: int) -> tuple[Floats, Any]:
    """Values and dates at their places among so many periods, NaN and the last date where there is nothing."""
    out, filled = np.full(span, np.nan), np.full(span, ends[-1])
    out[places], filled[places] = values, ends
    return out, filled


def summed(values: Floats, stamps: Any, keys: Any) -> tuple[Floats, Any, int]:
    """One value and one date for each run of equal keys, and how many were put together; NaN where all of it is."""
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.zeros(0, dtype=int)
    shared = len(keys) - len(first)
    if not shared:
        return values, stamps, 0
    some = np.add.reduceat((~np.isnan(values)).astype(float), first)
    added = np.add.reduceat(np.nan_to_num(values), first)
    return np.where(some > 0, added, np.nan), stamps[first], shared


def _recent(values: Floats, stamps: Any) -> tuple[Floats, Any]:
    """The observations since the frequency last changed, if they are enough."""
    unique, first = np.unique(stamps, return_index=True)
    near = nearest(unique)
    other = np.flatnonzero((near != near[-1]) & (near >= 0))
    since = int(other[-1]) + 1 if len(other) else 0
    return (values[first[since] :], stamps[first[since] :]) if len(unique) - since >= ENOUGH else (values, stamps)
