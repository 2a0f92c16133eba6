"""Exponential smoothing with a trend that goes on, for series without a season."""

from typing import ClassVar

from fanfold.forecasting.models._smoothing import TREND, blend
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import NO_SEASON, Task


class EtsTrend:
    """ETS(·,A,N), Holt (1957), for the yearly series that most need a trend."""

    title: ClassVar[str] = "ETS trend"
    cost: ClassVar[int] = 3
    seasons: ClassVar[range] = NO_SEASON
    cells: ClassVar[int] = 41

    def fit(self, task: Task) -> Floats:
        return blend(task, (TREND,), multiplicative=False)


PLUGIN = EtsTrend()
