"""ADIDA (Nikolopoulos et al. 2011): smoothing of demand summed over its mean interval."""

from typing import ClassVar

import numpy as np

from fanfold.forecasting.models._demand import aggregate, levels, smooth
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import ANY, Task


class Adida:
    """ADIDA (Nikolopoulos et al. 2011): smoothing of demand summed over its mean interval."""

    title: ClassVar[str] = "ADIDA"
    cost: ClassVar[int] = 1
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 5

    def fit(self, task: Task) -> Floats:
        chosen, out = levels(task.panel), np.zeros(len(task.panel.lengths))
        for level in np.unique(chosen):
            out = np.where(chosen == level, smooth(aggregate(task.panel, int(level))) / level, out)
        return np.repeat(out[None], task.horizon, axis=0)


PLUGIN = Adida()
