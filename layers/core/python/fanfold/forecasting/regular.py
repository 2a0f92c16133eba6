"""Forecasts of series that sell in most periods: a combination of models, weighed and calibrated by a backtest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fanfold.forecasting import backtest, confidence, intervals, years
from fanfold.forecasting.backtest import Member, Parts
from fanfold.forecasting.combine import combine, disagreement, weigh
from fanfold.forecasting.intervals import Calibration, Spread
from fanfold.forecasting.origins import Origins
from fanfold.forecasting.panel import Floats, Ints, average, variance
from fanfold.forecasting.result import Backtest, Components, SeriesForecast
from fanfold.forecasting.series import Clean
from fanfold.forecasting.settings import ForecastSettings
from fanfold.forecasting.task import TimeLimit

DECISIVE = 0.85
"""Weight from which a member stands alone."""


@dataclass(frozen=True)
class HeldOut:
    """A backtest of n series: what was held back (n, k), NaN where nothing, and what members say of it, (C, n, k)."""

    origins: Origins
    members: tuple[Member, ...]
    actual: Floats
    means: Floats
    spread: Floats
    late: bool = False

    @property
    def rows(self) -> Ints:
        return self.origins.rows

    def errors(self, shared: Sequence[Member]) -> Floats:
        """(C, n) relative absolute errors of these members; NaN for series without a backtest."""
        out = np.full((len(shared), len(self.actual)), np.nan)
        if len(self.rows):
            actual = self.actual[self.rows]
            size = np.nanmean(np.abs(actual), axis=1) + 1e-12
            out[:, self.rows] = np.nanmean(np.abs(self.of(shared)[:, self.rows] - actual), axis=2) / size
        return out

    def of(self, shared: Sequence[Member]) -> Floats:
        """What these members say."""
        return self.means[[self.members.index(one) for one in shared]]


@dataclass(frozen=True)
class Fit:
    """Everything known about a chunk of n series, from which single results are cut."""

    members: tuple[Member, ...]
    mean: Floats
    sigma: Floats
    apart: Floats
    weights: Floats
    single: Ints
    calibration: Calibration
    held: HeldOut
    held_mean: Floats
    errors: Floats
    late: bool
    short_of_work: bool
    parts: Parts


def forecast(
    batch: Sequence[Clean], seasons: tuple[int, ...], horizon: int, settings: ForecastSettings
) -> list[SeriesForecast]:
    """Results for a batch whose series all know these seasons, without intervals, dates and stock advice."""
    shifts = np.array([_shift(one.values) for one in batch])
    inner, year = years.split(seasons)
    with np.errstate(all="ignore"):
        series = [one.values + shift for one, shift in zip(batch, shifts, strict=True)]
        yearly = [years.factors(values, year, horizon) for values in series] if year else None
        level = [values / factors[: len(values)] for values, factors in zip(series, yearly or (), strict=bool(yearly))]
        fit = _fit(level or series, inner, horizon, settings)
        ahead = np.array([factors[-horizon:] for factors in yearly]) if yearly else np.ones(fit.mean.shape)
        parts = components(fit.parts, fit.mean, shifts, ahead)
        fit = _with_year(fit, series, yearly, ahead) if yearly else fit
        width = fit.calibration.multiple(0.5) * fit.sigma
        expected = confidence.expect(fit.mean - shifts[:, None], fit.sigma, width, fit.apart, _combined_error(fit))
    return [_result(one, index, fit, shifts[index], parts[index], expected) for index, one in enumerate(batch)]


def _with_year(fit: Fit, series: Sequence[Floats], yearly: Sequence[Floats], ahead: Floats) -> Fit:
    """What was fitted on the levels, times the factors of the year."""
    within = [factors[: len(values)] for values, factors in zip(series, yearly, strict=True)]
    held = np.nan_to_num(fit.held.origins.actual(within), nan=1.0)
    return replace(
        fit,
        mean=fit.mean * ahead,
        sigma=fit.sigma * ahead,
        apart=fit.apart * ahead,
        held=replace(fit.held, actual=fit.held.actual * held),
        held_mean=fit.held_mean * held,
    )


def _shift(values: Floats) -> float:
    """What makes a series with negative values positive: its models may then take logarithms and ratios."""
    low = float(values.min())
    return 0.0 if low >= 0 else float(np.abs(values - low).mean()) - low


def _fit(series: Sequence[Floats], seasons: tuple[int, ...], horizon: int, settings: ForecastSettings) -> Fit:
    limit = TimeLimit(settings.time_limit)
    longest = max(len(values) for values in series)
    chosen = backtest.members(seasons, settings, longest)
    every = backtest.members(seasons, replace(settings, work_limit=None), longest)
    found = backtest.fit(series, chosen, horizon, limit, settings.chunk, max(seasons))
    parts = found.parts or Parts([], [], found.spread)
    held = hold(series, found.members, seasons, horizon, settings, limit)
    shared = tuple(one for one in found.members if one in held.members) or found.members[:1]
    errors = held.errors(shared)
    weights = weigh(errors, settings.stacking)
    means = found.means[[found.members.index(one) for one in shared]]
    whole = combine(means, weights, settings.stacking).mean
    single = np.where(weights.max(axis=0) > DECISIVE, weights.argmax(axis=0), -1)
    mean = np.where((single >= 0)[:, None], means[single, np.arange(len(series))], whole)
    held_mean, scaled = _held(held, shared, weights, settings.stacking)
    apart = disagreement(means, weights)
    sigma = np.sqrt(found.spread**2 + apart**2) * intervals.own_factor(scaled)[:, None]
    calibration = intervals.calibrate(held.origins.apart(scaled), horizon, max(seasons))
    late = found.late or held.late
    few = len(chosen) < len(every) or chosen[0] != every[0]
    numbers = (mean, sigma, apart, weights, single, calibration, held, held_mean, errors)
    return Fit(shared, *numbers, late, few, parts)


def hold(
    series: Sequence[Floats],
    chosen: Sequence[Member],
    seasons: tuple[int, ...],
    horizon: int,
    settings: ForecastSettings,
    limit: TimeLimit | None = None,
) -> HeldOut:
    """Fit the members again, without what the backtest holds back."""
    origins = Origins.of([len(values) for values in series], horizon, max(seasons), settings)
    actual = origins.actual(series)
    if len(origins.rows) == 0:
        nothing = np.zeros((len(chosen), *actual.shape))
        return HeldOut(origins, tuple(chosen), actual, nothing, nothing[0])
    cut = [series[row][:kept] for row, kept in origins.cuts]
    found = backtest.fit(cut, chosen, int(origins.steps.max()), limit, settings.chunk)
    means, spread = origins.together(found.means), origins.together(found.spread)
    return HeldOut(origins, found.members, actual, means, spread, found.late)


def _held(held: HeldOut, shared: Sequence[Member], weights: Floats, stacking: bool) -> tuple[Floats, Floats]:
    """(n, k) the combination's forecasts of what was held back, and its errors over the spread foretold."""
    mean, scaled = np.full(held.actual.shape, np.nan), np.full(held.actual.shape, np.nan)
    if len(held.rows):
        means, own = held.of(shared)[:, held.rows], weights[:, held.rows]
        mean[held.rows] = combine(means, own, stacking).mean
        spread = np.sqrt(held.spread[held.rows] ** 2 + disagreement(means, own) ** 2)
        scaled[held.rows] = (held.actual[held.rows] - mean[held.rows]) / np.maximum(spread, 1e-12)
    return mean, scaled


def _combined_error(fit: Fit) -> Floats:
    """(n,) relative backtest error of the combination, NaN where there was none."""
    out = np.full(len(fit.mean), np.nan)
    rows = fit.held.rows
    if len(rows):
        error = np.nanmean(np.abs(fit.held_mean[rows] - fit.held.actual[rows]), axis=1)
        out[rows] = error / (np.nanmean(np.abs(fit.held.actual[rows]), axis=1) + 1e-12)
    return out


def components(parts: Parts, mean: Floats, shifts: Floats, yearly: Floats) -> list[Components]:
    """Level, trend and season of each series, as classical decomposition sees them; the season holds that of a year."""
    each = zip(parts.levels, parts.values, parts.factors, mean, shifts, yearly, strict=True)
    return [_component(*one) for one in each]


def _component(
    adjusted: Floats, values: Floats, ahead: Floats, mean: Floats, shift: float, yearly: Floats
) -> Components:
    steps = np.arange(len(adjusted)) - (len(adjusted) - 1) / 2
    slope = float(steps @ adjusted / max(float(steps @ steps), 1e-12))
    rest = variance(adjusted - slope * steps) + 1e-300
    flat = mean / np.maximum(ahead, 0.02)
    trend = float((flat[-1] - flat[0]) / max(len(flat) - 1, 1))
    return Components(
        level=float(flat[0]) - shift,
        trend=trend,
        seasonal=ahead * yearly,
        trend_strength=_share(1 - rest / (variance(adjusted) + 1e-300)),
        seasonal_strength=_share(1 - rest / (variance(values - slope * steps) + 1e-300)),
    )


def _share(strength: float) -> float:
    return min(max(strength, 0.0), 1.0)


def _result(
    one: Clean, index: int, fit: Fit, shift: float, parts: Components, expected: confidence.Expectation
) -> SeriesForecast:
    mean = fit.mean[index] - shift
    single = int(fit.single[index]) if len(fit.members) > 1 else 0
    naive_only = fit.members[0].key == "seasonal_naive"
    reason = "time_limit" if fit.late else "work_limit" if fit.short_of_work else None
    return SeriesForecast(
        name=one.name,
        status="fallback" if naive_only else "ok",
        pattern=_pattern(parts),
        mean=mean,
        reason=reason,
        model_selected="Combination" if single < 0 else fit.members[single].model.title,
        weights={member.name: float(w) for member, w in zip(fit.members, fit.weights[:, index], strict=True)},
        components=parts,
        backtest=_backtest(one, index, fit),
        expected_error=float(expected.error[index]),
        expected_error_band=(float(expected.low[index]), float(expected.high[index])),
        confidence=float(expected.confidence[index]),
        distribution=Spread(mean, fit.sigma[index], fit.calibration),
    )


def _pattern(parts: Components) -> str:
    if parts.seasonal_strength >= 0.4:
        return "seasonal"
    return "trend" if parts.trend_strength >= 0.4 else "smooth"


def _backtest(one: Clean, index: int, fit: Fit) -> Backtest | None:
    origins = fit.held.origins
    kept = int(origins.held[index])
    if kept == 0:
        return None
    actual = fit.held.actual[index, :kept]
    size = average(np.abs(actual)) + 1e-12
    naive = origins.naive(one.values, index, max(member.season for member in fit.members))
    return Backtest(
        held_back=kept,
        error=average(np.abs(fit.held_mean[index, :kept] - actual)),
        naive_error=average(np.abs(naive - one.values[len(one.values) - kept :])),
        by_model={m.name: float(e) * size for m, e in zip(fit.members, fit.errors[:, index], strict=True)},
    )
