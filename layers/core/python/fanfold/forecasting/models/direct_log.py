"""Regression straight to each step on logarithms, where season and trend multiply."""

from typing import ClassVar

from fanfold.forecasting.models._direct import forecast
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import LONG, Task, logs, powers


class DirectLog:
    """Regression straight to each step on logarithms, where season and trend multiply."""

    title: ClassVar[str] = "Direct regression on logs"
    cost: ClassVar[int] = 14
    seasons: ClassVar[range] = LONG
    cells: ClassVar[int] = 100
    together: ClassVar[bool] = True

    def fit(self, task: Task) -> Floats:
        return powers(forecast(Task(logs(task.panel), task.horizon)))


PLUGIN = DirectLog()
