"""ARIMA(p,0,q)(P,1,Q) with drift: a season that repeats, and a trend that does not wander."""

from typing import ClassVar

from fanfold.forecasting.models._css import ArimaForm, forecast
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import SEASONAL_ONLY, Task

FORM = ArimaForm(0, 1, (("constant",), (1, "constant"), (1, 2, "constant"), (1, "season", "constant")))


class SarimaDrift:
    """ARIMA(p,0,q)(P,1,Q) with drift: a season that repeats, and a trend that does not wander."""

    title: ClassVar[str] = "SARIMA with drift"
    cost: ClassVar[int] = 8
    seasons: ClassVar[range] = SEASONAL_ONLY
    cells: ClassVar[int] = 80

    def fit(self, task: Task) -> Floats:
        return forecast(task.panel, task.horizon, FORM)


PLUGIN = SarimaDrift()
