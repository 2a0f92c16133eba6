"""The use case: a portfolio in, a result for each series out, in chunks that bound the memory."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fanfold import plugins
from fanfold.errors import Invalid
from fanfold.forecasting import regular, sparse
from fanfold.forecasting.backtest import LEAST_KEPT, SEASONS_KEPT
from fanfold.forecasting.borrowing import borrowed, lend, returned
from fanfold.forecasting.calendars import seasons_of
from fanfold.forecasting.chunk import Chunk, Key
from fanfold.forecasting.decompose import NESTED
from fanfold.forecasting.frequency import spelled
from fanfold.forecasting.intervals import Spread, cover
from fanfold.forecasting.judge import judge
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.patterns import MOSTLY_ZERO, pattern, repeats, slow
from fanfold.forecasting.result import SPARSE, FitProgress, Interval, SeriesForecast
from fanfold.forecasting.series import Clean, Series, ahead, clean, read
from fanfold.forecasting.settings import HOOKS, LONGEST_HORIZON, ForecastSettings, Seasons
from fanfold.forecasting.stock import advise, steps
from fanfold.forecasting.years import BY_FREQUENCY, split

RETURNS = 0.1
"""Share of negative values up to which a series can be demand, less what was sent back."""


@dataclass(frozen=True)
class ForecastRequest:
    """What is asked of every series."""

    horizon: int
    frequency: str | None
    seasons: tuple[int, ...] | None
    levels: tuple[int, ...]
    settings: ForecastSettings

    @property
    def steps(self) -> int:
        """How many steps are forecast: those shown, and those that stock advice looks ahead."""
        return max(self.horizon, steps(self.settings))


def forecast(
    series: Any,
    horizon: int = 12,
    frequency: str | None = None,
    season: Seasons | None = None,
    levels: Sequence[int] = (80, 95),
    preset: str | None = None,
    settings: dict[str, Any] | ForecastSettings | None = None,
    progress: Callable[[FitProgress], None] | None = None,
) -> list[SeriesForecast]:
    """Forecast a portfolio; results come in the order of the series.

    `series` is a list of arrays, of `Series` or of (name, values[, dates]), or a mapping of name to values.
    `frequency` is one of Y, Q, M, W, D, B, H, or a usual name of one; without it, it is found from dates. `season`
    overrides the frequency's seasons, in steps. `levels` are in percent. `progress` is told after each series. Nothing
    is raised for a bad series: its status and reason say so.
    Raises Invalid for wrong arguments.
    """
    given = read(series)
    asked = request(horizon, frequency, season, levels, preset, settings)
    out: list[SeriesForecast | None] = [None] * len(given)
    for place, result in counted(stream(given, asked), len(given), progress):
        out[place] = result
    return [one for one in out if one is not None]


def counted(
    results: Iterable[tuple[int, SeriesForecast]],
    total: int | Callable[[], int],
    progress: Callable[[FitProgress], None] | None,
) -> Iterator[tuple[int, SeriesForecast]]:
    """The same results; `progress` is told after each of them. A total that is called is known by the first."""
    began = time.monotonic()
    failed = 0
    for completed, (place, result) in enumerate(results, 1):
        yield place, result
        failed += result.status == "failed"
        if progress:
            known = total if isinstance(total, int) else total()
            progress(FitProgress(known, completed, completed - failed, failed, time.monotonic() - began))


def request(
    horizon: int,
    frequency: str | None = None,
    season: Seasons | None = None,
    levels: Sequence[int] = (80, 95),
    preset: str | None = None,
    settings: dict[str, Any] | ForecastSettings | None = None,
) -> ForecastRequest:
    """The arguments of `forecast`, checked. Raises Invalid."""
    if not 1 <= horizon <= LONGEST_HORIZON:
        raise Invalid(f"a horizon has 1 to {LONGEST_HORIZON} steps, not {horizon}", field="horizon")
    known = spelled(frequency)
    seasons = (season,) if isinstance(season, int) else season
    if seasons is not None and (not seasons or min(seasons) < 1):
        raise Invalid(f"a season has at least one step, not {season!r}", field="season")
    if not all(0 < level < 100 for level in levels):
        raise Invalid("levels are percentages between 0 and 100", field="levels")
    return ForecastRequest(horizon, known, seasons, tuple(levels), ForecastSettings.of(preset, settings))


def stream(series: Iterable[Series], asked: ForecastRequest) -> Iterator[tuple[int, SeriesForecast]]:
    """Results with their places, chunk by chunk as they are ready: for portfolios that do not fit into memory."""
    for key, chunk in chunks(series, asked):
        yield from solve(key, chunk, asked)


def chunks(series: Iterable[Series], asked: ForecastRequest) -> Iterator[tuple[Key, Chunk]]:
    """Series that are fitted together, cleaned, as soon as there are enough of a kind."""
    waiting: dict[Key, Chunk] = {}
    placed = enumerate(series)
    lent = lend(placed, asked.frequency, asked.settings.missing) if asked.settings.borrowing else placed
    for place, one in lent:
        ready = prepare(one, asked)
        key, kind = route(ready, asked)
        chunk = waiting.setdefault(key, Chunk())
        chunk.add(place, ready, kind)
        if key[0] == "alone" or chunk.full(max(SEASONS_KEPT * max(split(key[1]).inner), LEAST_KEPT)):
            yield key, waiting.pop(key)
    yield from waiting.items()


def prepare(one: Series, asked: ForecastRequest) -> Clean:
    """The series cleaned and passed through the hooks; a hook that breaks fails this series."""
    ready = clean(one, asked.frequency, asked.settings.missing)
    for key in asked.settings.hooks:
        if ready.fault is None:
            try:
                ready = plugins.load(HOOKS, key).before(ready)
            except Exception as error:
                ready = replace(ready, fault=f"hook {key}: {error}")
    season, frequency = max(split(seasons(ready, asked)).inner), asked.frequency or ready.frequency
    judged = judge(ready, season, frequency, asked.settings)
    # what a model makes of a season it can see beats any that is borrowed
    return judged if one.lent is None or season > 1 else borrowed(judged, one.lent, frequency)


def _hand_out(result: SeriesForecast, asked: ForecastRequest) -> SeriesForecast:
    for key in asked.settings.hooks:
        if result.status != "failed":
            try:
                result = plugins.load(HOOKS, key).after(result)
            except Exception as error:
                result = replace(result, status="failed", reason=f"hook {key}: {error}")
    return result


def route(one: Clean, asked: ForecastRequest) -> tuple[Key, str]:
    """Which engine fits a series, with which seasons, and its pattern."""
    if one.fault:
        return ("alone", (1,), None), "none"
    kind = pattern(one.values)
    if "ended" in one.flags:
        return ("alone", (1,), None), kind
    if kind in ("short", "constant"):
        return ("alone", (1,), None), kind
    shown = seasons(one, asked)
    if asked.settings.intermittent_detection and _is_sparse(one.values, kind, max(split(shown).inner)):
        return ("sparse", (1,), None), kind
    return ("regular", shown, one.group if "var" in asked.settings.models else None), kind


def _is_sparse(values: Floats, kind: str, season: int) -> bool:
    """Sparse demand whose season shows for sure goes the regular way: the demand models know no season."""
    if np.count_nonzero(values) < (1 - MOSTLY_ZERO) * len(values):
        return bool(values.min() >= 0)
    return (kind in SPARSE and not repeats(values, season)) or (season == 1 and slow(values))


def seasons(one: Clean, asked: ForecastRequest) -> tuple[int, ...]:
    """The seasons a series is long enough to show, two of them and a little, less those that a longer one holds."""
    frequency = asked.frequency or one.frequency or ""
    wanted = asked.seasons or (*(seasons_of(frequency) or (1,)), *_year(frequency, asked.settings))
    shown = [season for season in wanted if season > 1 and len(one.values) >= 2 * season + 3]
    held = {NESTED.get(season) for season in shown}
    return tuple(season for season in shown if season not in held) or (1,)


def _year(frequency: str, settings: ForecastSettings) -> tuple[int, ...]:
    """The year of days, working days or hours, unless no season is wanted."""
    wanted = frequency in BY_FREQUENCY and settings.seasonal_preference != "never"
    return (BY_FREQUENCY[frequency],) if wanted else ()


def unseasonal(one: Clean, asked: ForecastRequest) -> tuple[str, ...]:
    """Flags of a series too short to show a season: it has less than one, or less than two and a little."""
    wanted = [season for season in asked.seasons or seasons_of(asked.frequency or one.frequency) if season > 1]
    if not wanted or len(one.values) >= 2 * min(wanted) + 3:
        return ()
    return ("under_one_season",) if len(one.values) < min(wanted) else ("under_two_seasons",)


def solve(key: Key, chunk: Chunk, asked: ForecastRequest) -> Iterator[tuple[int, SeriesForecast]]:
    """The results of one chunk, with their places."""
    results = _fit(key, chunk, asked)
    for place, one, result in zip(chunk.places, chunk.series, results, strict=True):
        yield place, _hand_out(finish(one, result, asked), asked)


def _fit(key: Key, chunk: Chunk, asked: ForecastRequest) -> list[SeriesForecast]:
    """One engine's results; a series on which the arithmetic breaks is found out alone and gets a fallback."""
    horizon, settings = asked.steps, asked.settings
    if key[0] == "alone":
        return [_alone(one, kind, horizon) for one, kind in zip(chunk.series, chunk.patterns, strict=True)]
    try:
        if key[0] == "sparse":
            return sparse.forecast(chunk.series, chunk.patterns, horizon, settings)
        return regular.forecast(chunk.series, key[1], horizon, settings)
    except (ArithmeticError, ValueError, np.linalg.LinAlgError):
        if len(chunk.series) == 1:
            return [sparse.plain(chunk.series[0], chunk.patterns[0], horizon, reason="numerical")]
        parts = zip(chunk.places, chunk.series, chunk.patterns, strict=True)
        return [_fit(key, Chunk([place], [one], [kind]), asked)[0] for place, one, kind in parts]


def _alone(one: Clean, kind: str, horizon: int) -> SeriesForecast:
    if one.fault:
        return SeriesForecast(
            one.name, "failed", "none", np.zeros(0), reason=one.fault, flags=one.flags, details=one.details
        )
    return sparse.ended(one, kind, horizon) if "ended" in one.flags else sparse.plain(one, kind, horizon)


def finish(one: Clean, result: SeriesForecast, asked: ForecastRequest) -> SeriesForecast:
    """Add what does not depend on the model: floor, intervals, dates, flags and stock advice."""
    if result.status == "failed":
        return result
    floored = _floor(one, returned(one, result, asked.frequency), asked.settings)
    distribution = floored.distribution
    if distribution is None:
        return floored
    stock = advise(floored.mean, distribution, asked.settings, one.supply) if _wanted(one, asked.settings) else None
    shown = floored.first(asked.horizon)
    bounds = cover(distribution.first(asked.horizon), asked.levels)
    frequency = asked.frequency or one.frequency
    return replace(
        shown,
        intervals={level: Interval(level, low, high) for level, (low, high) in bounds.items()},
        dates=ahead(one, frequency, asked.horizon),
        frequency=frequency,
        flags=(*one.flags, *unseasonal(one, asked), *_unadvised(one, asked.settings)),
        details=one.details,
        history=one.history,
        stock=stock,
    )


def _unadvised(one: Clean, settings: ForecastSettings) -> tuple[str, ...]:
    """The flag of a series that is no demand where stock advice was asked for."""
    return () if settings.lead_time is None or _is_demand(one, settings) else ("not_demand",)


def _wanted(one: Clean, settings: ForecastSettings) -> bool:
    """Whether there is stock advice: only for demand, and while it lasts."""
    return settings.lead_time is not None and _is_demand(one, settings) and "ended" not in one.flags


def _is_demand(one: Clean, settings: ForecastSettings) -> bool:
    return settings.non_negative is True or float(one.history.min()) >= 0 or float((one.history < 0).mean()) <= RETURNS


def _floor(one: Clean, result: SeriesForecast, settings: ForecastSettings) -> SeriesForecast:
    wanted = settings.non_negative
    if wanted is False or (wanted is None and one.values.min() < 0):
        return result
    mean = np.maximum(result.mean, 0.0)
    distribution = result.distribution
    if isinstance(distribution, Spread):
        distribution = replace(distribution, mean=mean, floor=0.0)
    return replace(result, mean=mean, distribution=distribution)
