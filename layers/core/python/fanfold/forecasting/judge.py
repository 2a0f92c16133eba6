"""What a planner sees in a series before any model does: its life, outliers, stock-outs and level shifts."""

from dataclasses import replace

from fanfold.forecasting.life import lived
from fanfold.forecasting.repair import Repair, repair
from fanfold.forecasting.series import Clean, describe
from fanfold.forecasting.settings import ForecastSettings

FEW = 30
"""Observations below which a history is thin."""


def judge(one: Clean, season: int, frequency: str | None, settings: ForecastSettings) -> Clean:
    """The series as it is to be fitted, with flags of all that was found; its history stays as it came."""
    if one.fault or len(one.values) == 0:
        return one
    if settings.life_detection:
        one = _alive(one, frequency)
    if "ended" not in one.flags:
        one = _mended(one, repair(one.values, season), settings.clean_outliers)
    few = ("few_observations",) if len(one.values) < FEW else ()
    return replace(one, flags=(*one.flags, *describe(one.history), *few))


def _alive(one: Clean, frequency: str | None) -> Clean:
    life = lived(one.values, frequency)
    found = {name: count for name, count in (("new", life.before), ("ended", life.after)) if count}
    if not found:
        return one
    values = one.values[life.before :]
    return replace(one, values=values, flags=(*one.flags, *found), details={**one.details, **found})


def _mended(one: Clean, found: Repair, clean: bool) -> Clean:
    """With what was found flagged, and mended if that is wanted."""
    places = {"outliers": found.flagged, "stockouts": found.stockouts, "level_shift": found.shifts}
    flagged = {name: where for name, where in places.items() if where}
    if not flagged:
        return one
    if clean and (found.outliers or found.stockouts):
        flagged["outliers_cleaned"] = sorted(found.outliers + found.stockouts)
    changed = replace(one, flags=(*one.flags, *flagged), details={**one.details, **flagged})
    return replace(changed, values=found.values, came=one.values) if clean else changed
