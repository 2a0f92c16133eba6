"""Forecasts of many series at once, in NumPy: `forecast` is the whole of it, `check` says when to do it again."""

from fanfold.forecasting.drift import Drift, check
from fanfold.forecasting.portfolio import forecast, request, stream
from fanfold.forecasting.result import Backtest, Components, FitProgress, Interval, SeriesForecast, StockAdvice
from fanfold.forecasting.series import Series
from fanfold.forecasting.settings import PRESETS, ForecastSettings
from fanfold.forecasting.supply import Supply

__all__ = [
    "PRESETS",
    "Backtest",
    "Components",
    "Drift",
    "FitProgress",
    "ForecastSettings",
    "Interval",
    "Series",
    "SeriesForecast",
    "StockAdvice",
    "Supply",
    "check",
    "forecast",
    "request",
    "stream",
]
