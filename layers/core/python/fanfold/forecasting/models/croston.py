"""Croston (1972): demand size over demand interval, each smoothed."""

from typing import ClassVar

import numpy as np

from fanfold.forecasting.models._demand import croston
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import ANY, Task


class CrostonModel:
    """Croston (1972): demand size over demand interval, each smoothed."""

    title: ClassVar[str] = "Croston"
    cost: ClassVar[int] = 1
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 1

    def fit(self, task: Task) -> Floats:
        found = croston(task.panel)
        return np.repeat((found.size / found.interval)[None], task.horizon, axis=0)


PLUGIN = CrostonModel()
