"""IMAPA (Petropoulos & Kourentzes 2015): the mean of smoothing at every block length up to the mean interval."""

from typing import ClassVar

import numpy as np

from fanfold.forecasting.models._demand import aggregate, levels, smooth
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import ANY, Task


class Imapa:
    """IMAPA (Petropoulos & Kourentzes 2015): the mean of smoothing at every block length up to the mean interval."""

    title: ClassVar[str] = "IMAPA"
    cost: ClassVar[int] = 1
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 15

    def fit(self, task: Task) -> Floats:
        longest = levels(task.panel)
        total = np.zeros(len(longest))
        for level in range(1, int(longest.max()) + 1):
            total += np.where(level <= longest, smooth(aggregate(task.panel, level)) / level, 0.0)
        return np.repeat((total / longest)[None], task.horizon, axis=0)


PLUGIN = Imapa()
