"""Forecasts and intervals in whole units, for what is sold by the piece."""

from dataclasses import replace

import numpy as np

from fanfold.forecasting.result import Interval, SeriesForecast
from fanfold.forecasting.series import Clean


class WholeUnits:
    """Means go to the nearest unit, intervals outwards."""

    def before(self, series: Clean) -> Clean:
        return series

    def after(self, forecast: SeriesForecast) -> SeriesForecast:
        outward = {
            level: Interval(level, np.floor(one.low), np.ceil(one.high)) for level, one in forecast.intervals.items()
        }
        return replace(forecast, mean=np.round(forecast.mean), intervals=outward)


PLUGIN = WholeUnits()
