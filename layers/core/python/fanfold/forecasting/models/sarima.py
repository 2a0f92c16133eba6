"""ARIMA(p,1,q)(P,1,Q) of the airline kind (Box & Jenkins 1976), by conditional sum of squares."""

from typing import ClassVar

from fanfold.forecasting.models._css import ArimaForm, forecast
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import SEASONAL_ONLY, Task

FORM = ArimaForm(1, 1, ((), (1,), ("season",), (1, "season"), (1, 2)))


class Sarima:
    """ARIMA(p,1,q)(P,1,Q) of the airline kind (Box & Jenkins 1976), by conditional sum of squares."""

    title: ClassVar[str] = "SARIMA"
    cost: ClassVar[int] = 11
    seasons: ClassVar[range] = SEASONAL_ONLY
    cells: ClassVar[int] = 100

    def fit(self, task: Task) -> Floats:
        return forecast(task.panel, task.horizon, FORM)


PLUGIN = Sarima()
