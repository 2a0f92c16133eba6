"""Exponential smoothing with a damped trend alone."""

from typing import ClassVar

from fanfold.forecasts.models._smoothing import DAMPED, blend
from fanfold.forecasts.panel import Floats
from fanfold.forecasts.task import SEASONAL_ONLY, Task


class EtsDamped:
    """ETS(·,Ad,A) (Gardner & McKenzie 1985; Hyndman et al. 2008): the trend that does well across competitions."""

    title: ClassVar[str] = "ETS damped"
    cost: ClassVar[int] = 11
    seasons: ClassVar[range] = SEASONAL_ONLY
    cells: ClassVar[int] = 73

    def fit(self, task: Task) -> Floats:
        return blend(task, (DAMPED,), multiplicative=False)


PLUGIN = EtsDamped()
