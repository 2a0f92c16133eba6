"""Syntetos & Boylan (2005): Croston less its bias."""

from typing import ClassVar

import numpy as np

from fanfold.forecasting.models._demand import SIZE, croston
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import ANY, Task


class Sba:
    """Syntetos & Boylan (2005): Croston less its bias."""

    title: ClassVar[str] = "SBA"
    cost: ClassVar[int] = 1
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 1

    def fit(self, task: Task) -> Floats:
        found = croston(task.panel)
        return np.repeat(((1 - SIZE / 2) * found.size / found.interval)[None], task.horizon, axis=0)


PLUGIN = Sba()
