"""A linear autoregression learnt from all series of a chunk together, on logarithms."""

from typing import ClassVar

from fanfold.forecasting.models import _pooled
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import MIDDLE, Task, logs, powers


class PooledLog:
    """Montero-Manso & Hyndman (2021), on logarithms, where season and trend multiply."""

    title: ClassVar[str] = "Pooled AR on logs"
    cost: ClassVar[int] = 10
    seasons: ClassVar[range] = MIDDLE
    cells: ClassVar[int] = 60
    together: ClassVar[bool] = True

    def fit(self, task: Task) -> Floats:
        return powers(_pooled.forecast(Task(logs(task.panel), task.horizon)))


PLUGIN = PooledLog()
