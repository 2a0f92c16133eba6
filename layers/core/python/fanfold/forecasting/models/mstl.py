"""STL, from statsmodels: the season by locally weighted regression, what is left by Theta."""

from typing import ClassVar

import numpy as np

from fanfold.forecasting.models import theta
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import SEASONAL_ONLY, Task


class Mstl:
    """Cleveland et al., "STL" (1990): robust where a season changes its shape; on request."""

    title: ClassVar[str] = "STL"
    cost: ClassVar[int] = 90
    seasons: ClassVar[range] = SEASONAL_ONLY
    cells: ClassVar[int] = 300

    def fit(self, task: Task) -> Floats:
        panel, season = task.panel, task.panel.season
        left, ahead = panel.values.copy(), np.zeros((task.horizon, panel.values.shape[1]))
        for column in task.columns():
            length = panel.lengths[column]
            part = _season(panel.values[:length, column], season)
            left[:length, column] -= part
            ahead[:, column] = np.resize(part[-season:], task.horizon)
        adjusted = type(panel)(left, panel.lengths)
        return theta.ahead(adjusted, theta.fit(adjusted), task.horizon) + ahead


PLUGIN = Mstl()


def _season(values: Floats, season: int) -> Floats:
    # 2.5 s of import that the hot path does without
    from statsmodels.tsa.seasonal import STL  # type: ignore[import-untyped]

    return np.asarray(STL(values, period=season, robust=True).fit().seasonal)
