"""ARMA around a constant on logarithms of the seasonally adjusted series: it returns to the mean."""

from typing import ClassVar

from fanfold.forecasts.models._css import Form, forecast
from fanfold.forecasts.panel import Floats
from fanfold.forecasts.task import SEASONAL_ONLY, Task, logs, powers

FORM = Form(0, 0, (("constant",), (1, "constant"), (1, 2, "constant")))


class ArmaLog:
    """ARMA around a constant on logarithms of the seasonally adjusted series: it returns to the mean."""

    title: ClassVar[str] = "ARMA on logs"
    cost: ClassVar[int] = 9
    seasons: ClassVar[range] = SEASONAL_ONLY
    cells: ClassVar[int] = 28

    def fit(self, task: Task) -> Floats:
        return powers(forecast(logs(task.adjusted), task.horizon, FORM)) * task.factors


PLUGIN = ArmaLog()
