"""ARIMA(p,1,q), with and without drift, on logarithms of the seasonally adjusted series."""

from typing import ClassVar

from fanfold.forecasts.models._css import Form, forecast
from fanfold.forecasts.panel import Floats
from fanfold.forecasts.task import NO_SEASON, Task, logs, powers

FORM = Form(1, 0, ((), (1,), ("constant",), (1, "constant"), (1, 2)))


class ArimaLog:
    """ARIMA(p,1,q), with and without drift, on logarithms of the seasonally adjusted series."""

    title: ClassVar[str] = "ARIMA on logs"
    cost: ClassVar[int] = 10
    seasons: ClassVar[range] = NO_SEASON
    cells: ClassVar[int] = 35

    def fit(self, task: Task) -> Floats:
        return powers(forecast(logs(task.adjusted), task.horizon, FORM)) * task.factors


PLUGIN = ArimaLog()
