"""Regression straight to each step, for a week of hours or a year of weeks."""

from typing import ClassVar

from fanfold.forecasting.models._direct import forecast
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import LONG, Task


class Direct:
    """Regression straight to each step, for a week of hours or a year of weeks."""

    title: ClassVar[str] = "Direct regression"
    cost: ClassVar[int] = 13
    seasons: ClassVar[range] = LONG
    cells: ClassVar[int] = 100
    together: ClassVar[bool] = True

    def fit(self, task: Task) -> Floats:
        return forecast(task)


PLUGIN = Direct()
