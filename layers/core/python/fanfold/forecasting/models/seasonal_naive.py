"""The last season again; without a season, the last value."""

from typing import ClassVar

import numpy as np

from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import ANY, Task


class SeasonalNaive:
    """The benchmark of every other model, and the fallback where they can't be fitted."""

    title: ClassVar[str] = "Seasonal naive"
    cost: ClassVar[int] = 0
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 1

    def fit(self, task: Task) -> Floats:
        rows = np.arange(task.horizon) % task.panel.season
        last = task.panel.tail(1)
        return np.asarray(np.where(np.isnan(found := task.panel.tail(task.panel.season)[rows]), last, found))


PLUGIN = SeasonalNaive()
