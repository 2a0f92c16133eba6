"""What users put before and after the fit: each file holds a PLUGIN with `before` and `after`; its name is its key.

`before` may change a series (flags and values), `after` its finished forecast. A hook that raises fails its series
alone.
"""

from typing import Protocol

from fanfold.forecasting.result import SeriesForecast
from fanfold.forecasting.series import Clean


class Hook(Protocol):
    """One step of pre- and post-processing."""

    def before(self, series: Clean) -> Clean:
        """The series to fit."""
        ...

    def after(self, forecast: SeriesForecast) -> SeriesForecast:
        """The forecast to hand out."""
        ...
