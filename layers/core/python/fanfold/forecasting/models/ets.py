"""Exponential smoothing: level, trend and damped trend, with and without a moving season, weighted by AICc."""

from typing import ClassVar

from fanfold.forecasting.models._smoothing import DAMPED, LEVEL, TREND, blend
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import ANY, Task


class Ets:
    """ETS with multiplicative season, and errors of the likelier kind (Hyndman et al. 2008)."""

    title: ClassVar[str] = "ETS"
    cost: ClassVar[int] = 2
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 180

    def fit(self, task: Task) -> Floats:
        return blend(task, (LEVEL, TREND, DAMPED), multiplicative=True)


PLUGIN = Ets()
