"""ARIMA(p,1,q), with and without drift, on the seasonally adjusted series."""

from typing import ClassVar

from fanfold.forecasting.models._css import ArimaForm, forecast
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import ANY, Task

FORM = ArimaForm(1, 0, ((), (1,), ("constant",), (1, "constant"), (1, 2)))


class Arima:
    """ARIMA(p,1,q), with and without drift, on the seasonally adjusted series."""

    title: ClassVar[str] = "ARIMA"
    cost: ClassVar[int] = 4
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 35

    def fit(self, task: Task) -> Floats:
        return forecast(task.adjusted, task.horizon, FORM) * task.factors


PLUGIN = Arima()
