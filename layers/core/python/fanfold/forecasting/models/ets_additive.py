"""Exponential smoothing without a trend and with an additive season: the cautious one of the combination."""

from typing import ClassVar

from fanfold.forecasting.models._smoothing import LEVEL, blend
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import SEASONAL_ONLY, Task


class EtsAdditive:
    """ETS(·,N,A) (Hyndman et al. 2008)."""

    title: ClassVar[str] = "ETS additive"
    cost: ClassVar[int] = 7
    seasons: ClassVar[range] = SEASONAL_ONLY
    cells: ClassVar[int] = 45

    def fit(self, task: Task) -> Floats:
        return blend(task, (LEVEL,), multiplicative=False)


PLUGIN = EtsAdditive()
