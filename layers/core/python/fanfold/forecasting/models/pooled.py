"""A linear autoregression learnt from all series of a chunk together."""

from typing import ClassVar

from fanfold.forecasting.models import _pooled
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import MIDDLE, Task


class Pooled:
    """Montero-Manso & Hyndman (2021), on values scaled by their mean."""

    title: ClassVar[str] = "Pooled AR"
    cost: ClassVar[int] = 9
    seasons: ClassVar[range] = MIDDLE
    cells: ClassVar[int] = 60
    together: ClassVar[bool] = True

    def fit(self, task: Task) -> Floats:
        return _pooled.forecast(task)


PLUGIN = Pooled()
