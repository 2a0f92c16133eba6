"""Exponential smoothing without a trend and with an additive season: the cautious one of the combination."""

from typing import ClassVar

from fanfold.forecasts.models._smoothing import LEVEL, blend
from fanfold.forecasts.panel import Floats
from fanfold.forecasts.task import Task


class EtsAdditive:
    """ETS(·,N,A) (Hyndman et al. 2008); without a season, ETS(·,N,N)."""

    title: ClassVar[str] = "ETS additive"
    cost: ClassVar[int] = 3
    seasons: ClassVar[str] = "any"
    cells: ClassVar[int] = 45

    def fit(self, task: Task) -> Floats:
        return blend(task, (LEVEL,), multiplicative=False)


PLUGIN = EtsAdditive()
