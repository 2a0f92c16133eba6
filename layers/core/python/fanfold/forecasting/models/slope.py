"""The last value, and from there the median slope between values half of the recent history apart."""

from typing import ClassVar

import numpy as np

from fanfold.forecasting.panel import Floats, Panel
from fanfold.forecasting.task import ANY, Task

RECENT = 60
"""Values that are looked at, the latest."""


class Slope:
    """Robust trend (Theil 1950) from pairs that are far apart: slower to turn than that of single steps."""

    title: ClassVar[str] = "Slope"
    cost: ClassVar[int] = 3
    seasons: ClassVar[range] = ANY
    cells: ClassVar[int] = 1

    def fit(self, task: Task) -> Floats:
        panel = task.adjusted
        ahead = np.arange(1, task.horizon + 1)[:, None]
        return np.asarray((panel.tail(1) + ahead * slopes(panel)) * task.factors)


def slopes(panel: Panel) -> Floats:
    """(n,) the median change by step between values half of what is looked at apart; 0 for single values."""
    seen = np.minimum(panel.lengths, RECENT)
    recent, out = panel.tail(int(seen.max())), np.zeros(len(seen))
    for count in np.unique(seen[seen > 1]).tolist():
        same, apart = np.flatnonzero(seen == count), (count + 1) // 2
        values = recent[len(recent) - count :, same]
        out[same] = np.median(values[apart:] - values[:-apart], axis=0) / apart
    return out


PLUGIN = Slope()
