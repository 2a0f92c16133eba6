"""ARIMA(p,1,q)(P,1,Q) of the airline kind on logarithms."""

from typing import ClassVar

from fanfold.forecasts.models._css import Form, forecast
from fanfold.forecasts.panel import Floats
from fanfold.forecasts.task import SEASONAL_ONLY, Task, logs, powers

FORM = Form(1, 1, ((), (1,), ("season",), (1, "season"), (1, 2)))


class SarimaLog:
    """ARIMA(p,1,q)(P,1,Q) of the airline kind on logarithms."""

    title: ClassVar[str] = "SARIMA on logs"
    cost: ClassVar[int] = 6
    seasons: ClassVar[range] = SEASONAL_ONLY
    cells: ClassVar[int] = 140

    def fit(self, task: Task) -> Floats:
        return powers(forecast(logs(task.panel), task.horizon, FORM))


PLUGIN = SarimaLog()
