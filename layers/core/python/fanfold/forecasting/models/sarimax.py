"""Seasonal ARIMA by exact likelihood, from statsmodels: on request, at a hundred times the cost of ours."""

from typing import ClassVar

import numpy as np

from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import ANY, Task, logs, powers

STEPS = 15
"""Iterations of the optimiser; with differences taken first they reach the same likelihood as many more."""

START, START_SEASONAL = (0.2, -0.4), (-0.4, -0.4)


class Sarimax:
    """The airline model (0,1,1)(0,1,1), or (1,1,1) without a season, on logarithms (Box & Jenkins 1976)."""

    title: ClassVar[str] = "SARIMAX"
    cost: ClassVar[int] = 100
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 1000

    def fit(self, task: Task) -> Floats:
        panel = logs(task.panel)
        series = (panel.values[: panel.lengths[j], j] for j in task.columns())
        found = [_airline(values, panel.season, task.horizon) for values in series]
        return powers(np.stack(found, axis=1))


PLUGIN = Sarimax()


def _airline(values: Floats, season: int, horizon: int) -> Floats:
    # 2.5 s of import that the hot path does without
    from statsmodels.tsa.statespace.sarimax import SARIMAX  # type: ignore[import-untyped]

    orders = {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, season)} if season > 1 else {"order": (1, 1, 1)}
    model = SARIMAX(values, concentrate_scale=True, **orders)
    start = np.array(START_SEASONAL if season > 1 else START)
    fitted = model.fit(start, disp=False, maxiter=STEPS, cov_type="none", warn_convergence=False)
    return np.asarray(fitted.forecast(horizon))
