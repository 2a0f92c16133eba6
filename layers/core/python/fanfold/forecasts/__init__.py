"""Forecasts of many series at once, in NumPy: `forecast` is the whole of it, `check` says when to do it again."""

from fanfold.forecasts.drift import Drift, check
from fanfold.forecasts.portfolio import forecast, request, stream
from fanfold.forecasts.result import Backtest, Components, Interval, Progress, SeriesForecast, StockAdvice
from fanfold.forecasts.series import Series
from fanfold.forecasts.settings import PRESETS, Settings

__all__ = [
    "PRESETS",
    "Backtest",
    "Components",
    "Drift",
    "Interval",
    "Progress",
    "Series",
    "SeriesForecast",
    "Settings",
    "StockAdvice",
    "check",
    "forecast",
    "request",
    "stream",
]
