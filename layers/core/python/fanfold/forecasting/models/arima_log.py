"""ARIMA(p,1,q), with and without drift, on logarithms of the seasonally adjusted series."""

from typing import ClassVar

from fanfold.forecasting.models._css import ArimaForm, forecast
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import ANY, Task, logs, powers

FORM = ArimaForm(1, 0, ((), (1,), ("constant",), (1, "constant"), (1, 2)))


class ArimaLog:
    """ARIMA(p,1,q), with and without drift, on logarithms of the seasonally adjusted series."""

    title: ClassVar[str] = "ARIMA on logs"
    cost: ClassVar[int] = 5
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 35

    def fit(self, task: Task) -> Floats:
        return powers(forecast(logs(task.adjusted), task.horizon, FORM)) * task.factors


PLUGIN = ArimaLog()
