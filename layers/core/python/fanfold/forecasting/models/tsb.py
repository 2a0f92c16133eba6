"""Teunter, Syntetos & Babai (2011): demand probability times size, so that dead items die out."""

from typing import ClassVar

import numpy as np

from fanfold.forecasting.models._demand import tsb
from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import ANY, Task


class Tsb:
    """Teunter, Syntetos & Babai (2011): demand probability times size, so that dead items die out."""

    title: ClassVar[str] = "TSB"
    cost: ClassVar[int] = 1
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 1

    def fit(self, task: Task) -> Floats:
        return np.repeat(tsb(task.panel)[None], task.horizon, axis=0)


PLUGIN = Tsb()
