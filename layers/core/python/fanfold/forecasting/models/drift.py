"""The last value, and from there the median step of the whole history."""

from typing import ClassVar

import numpy as np

from fanfold.forecasting.panel import Floats
from fanfold.forecasting.task import ANY, Task


class DriftModel:
    """Robust trend (Meade & Islam 1995, Makridakis & Hibon 2000): a trend from all steps, which no few can turn."""

    title: ClassVar[str] = "Drift"
    cost: ClassVar[int] = 6
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 1

    def fit(self, task: Task) -> Floats:
        panel = task.adjusted
        steps = np.where(panel.mask[1:], np.diff(panel.values, axis=0), np.nan)
        slope = np.nanmedian(steps, axis=0) if len(steps) else np.zeros(len(panel.lengths))
        return np.asarray((panel.tail(1) + np.arange(1, task.horizon + 1)[:, None] * slope) * task.factors)


PLUGIN = DriftModel()
