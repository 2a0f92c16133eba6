"""ARIMA(p,0,q)(P,1,Q) with drift on logarithms."""

from typing import ClassVar

from fanfold.forecasting.models._css import ArimaForm, forecast
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import SEASONAL_ONLY, Task, logs, powers

FORM = ArimaForm(0, 1, (("constant",), (1, "constant"), (1, 2, "constant"), (1, "season", "constant")))


class SarimaDriftLog:
    """ARIMA(p,0,q)(P,1,Q) with drift on logarithms."""

    title: ClassVar[str] = "SARIMA with drift on logs"
    cost: ClassVar[int] = 12
    seasons: ClassVar[range] = SEASONAL_ONLY
    cells: ClassVar[int] = 80

    def fit(self, task: Task) -> Floats:
        return powers(forecast(logs(task.panel), task.horizon, FORM))


PLUGIN = SarimaDriftLog()
