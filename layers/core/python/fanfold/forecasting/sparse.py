"""Forecasts of intermittent demand, and of series too plain or too short for any model."""

from collections.abc import Sequence

import numpy as np

from fanfold.forecasting.backtest import model
from fanfold.forecasting.borrowing import level as group_level
from fanfold.forecasting.counts import CountDemand
from fanfold.forecasting.demand_confidence import trust
from fanfold.forecasting.intervals import Spread, calibrate
from fanfold.forecasting.origins import Origins
from fanfold.forecasting.panel import Floats, Panel
from fanfold.forecasting.patterns import MOSTLY_ZERO
from fanfold.forecasting.result import ENDED, Backtest, SeriesForecast
from fanfold.forecasting.series import Clean
from fanfold.forecasting.settings import ForecastSettings
from fanfold.forecasting.stock import steps
from fanfold.forecasting.task import Task

DEMAND = ("sba", "tsb", "imapa")
"""Each rests on another idea of demand; their mean has done well on spare parts."""

SURE_OF_END = 0.5
"""Confidence that what stopped selling does not sell again: somebody should look."""


def fit(series: Sequence[Floats], horizon: int) -> Floats:
    """(C, n, h) forecasts of the demand models."""
    panel, order = Panel.of(series)
    task = Task(panel, horizon)
    out = np.empty((len(DEMAND), len(series), horizon))
    for row, key in enumerate(DEMAND):
        out[row][order] = model(key).fit(task).T
    return out


def forecast(
    batch: Sequence[Clean], patterns: Sequence[str], horizon: int, settings: ForecastSettings
) -> list[SeriesForecast]:
    """Results for intermittent series, without intervals, dates and stock advice."""
    series = [one.values for one in batch]
    origins = Origins.of([len(values) for values in series], horizon, 1, settings)
    with np.errstate(all="ignore"):
        means = _in_chunks(series, horizon, settings.chunk)
        held = _held(series, origins, settings.chunk)
    tests = [_backtest(values, row, held[row], origins) for row, values in enumerate(series)]
    span = steps(settings) or horizon
    return [_result(*row, span) for row in zip(batch, patterns, means, tests, strict=True)]


def _in_chunks(series: Sequence[Floats], horizon: int, chunk: int) -> Floats:
    """(n, h) means of the demand models."""
    parts = [fit(series[at : at + chunk], horizon).mean(axis=0) for at in range(0, len(series), chunk)]
    return np.concatenate(parts)


def _held(series: Sequence[Floats], origins: Origins, chunk: int) -> Floats:
    """(n, k) what the backtest says of what it holds back."""
    cut = [series[row][:kept] for row, kept in origins.cuts]
    longest = int(origins.steps.max(initial=0))
    return origins.together(_in_chunks(cut, longest, chunk) if cut else np.zeros((0, 1)))


def _result(one: Clean, pattern: str, mean: Floats, test: Backtest | None, span: int) -> SeriesForecast:
    values = one.values
    variance = float(np.var(values, ddof=1)) if len(values) > 1 else float(mean.mean())
    trusted = trust(values, mean, span)
    return SeriesForecast(
        name=one.name,
        status="ok",
        pattern=pattern,
        mean=mean,
        reason="mostly_zero" if (values == 0).mean() > MOSTLY_ZERO else None,
        model_selected="Combination",
        weights={model(key).title: 1 / len(DEMAND) for key in DEMAND},
        backtest=test,
        expected_error=trusted.error,
        expected_error_band=trusted.band,
        confidence=trusted.confidence,
        distribution=CountDemand(mean, variance, np.sort(values)),
    )


def _backtest(values: Floats, row: int, held: Floats, origins: Origins) -> Backtest | None:
    kept = int(origins.held[row])
    if kept == 0:
        return None
    actual = values[len(values) - kept :]
    error, naive = held[:kept] - actual, origins.naive(values, row, 1) - actual
    return Backtest(kept, float(np.abs(error).mean()), float(np.abs(naive).mean()))


def plain(one: Clean, pattern: str, horizon: int, reason: str | None = None) -> SeriesForecast:
    """The last value, or the mean of a short series' last three: for what is constant, short or can't be fitted."""
    values = one.values
    constant = pattern == "constant"
    level = float(values[-1]) if constant else group_level(float(np.median(values[-3:])), len(values), one.lent)
    mean = np.full(horizon, level)
    usual = float(np.std(values)) if len(values) > 1 else abs(level)
    sigma = np.zeros(horizon) if constant else usual * np.sqrt(1 + np.arange(horizon) / 4)
    relative = 0.0 if constant else (usual + 1e-12) / (abs(level) + usual + 1e-12)
    return SeriesForecast(
        name=one.name,
        status="ok" if constant else "fallback",
        pattern=pattern,
        mean=mean,
        reason=reason or pattern,
        model_selected="Constant" if constant else "Naive",
        weights={"Constant" if constant else "Naive": 1.0},
        expected_error=relative,
        expected_error_band=(0.5 * relative, 2 * relative),
        confidence=0.9 if constant else 0.3 / (1 + 4 * relative),
        distribution=Spread(mean, sigma, calibrate(np.zeros((0, 1)), horizon, season=np.inf)),
    )


def ended(one: Clean, pattern: str, horizon: int) -> SeriesForecast:
    """Nothing: what is not sold any more."""
    nothing = np.zeros(horizon)
    return SeriesForecast(
        name=one.name,
        status="ok",
        pattern=pattern,
        mean=nothing,
        reason=ENDED,
        model_selected="Ended",
        weights={"Ended": 1.0},
        expected_error=0.0,
        expected_error_band=(0.0, 0.0),
        confidence=SURE_OF_END,
        distribution=Spread(nothing, nothing, calibrate(np.zeros((0, 1)), horizon, season=np.inf), floor=0.0),
    )
