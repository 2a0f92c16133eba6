"""When an item began to sell and whether it still does: zeros at both ends, against the gaps between its sales."""

from typing import NamedTuple

import numpy as np

from fanfold.forecasting.panel import Floats

LEAST_BEFORE = 3
"""Zeros before the first sale that can be a life not yet begun, and sales that prove the life after them."""
LONGER = 1.5
"""How many times the longest gap between sales zeros must last to be another thing than a gap."""
CHANCE_BEFORE, CHANCE_AFTER = 0.0005, 0.005
"""How improbable so long a gap must be, if sales came by chance as often as they did while the item lived."""
LEAST_AFTER = {"Y": 2, "Q": 3, "M": 6, "W": 8, "B": 20, "D": 28, "H": 72}
"""Periods without a sale, by frequency, from which an item that sold all the time has ended; less is a stock-out."""
USUAL_AFTER = 6


class Life(NamedTuple):
    """Zeros `before` an item's first sale, and `after` its last if it ended."""

    before: int = 0
    after: int = 0


def lived(values: Floats, frequency: str | None) -> Life:
    """The life of a series; nothing is said where no value is positive or one is negative."""
    if len(values) == 0 or (values[0] != 0 and values[-1] != 0):
        return Life()
    sold = np.flatnonzero(values)
    if len(sold) == 0 or values[sold].min() < 0:
        return Life()
    before, after = int(sold[0]), len(values) - 1 - int(sold[-1])
    gap = int(np.diff(sold).max(initial=1)) - 1
    often = (len(sold) + 0.5) / (int(sold[-1] - sold[0]) + 2)

    def another(zeros: int, chance: float) -> bool:
        return zeros > LONGER * gap and (1 - often) ** zeros < chance

    begun = before >= LEAST_BEFORE and len(sold) >= LEAST_BEFORE and another(before, CHANCE_BEFORE)
    ended = after >= LEAST_AFTER.get(frequency or "", USUAL_AFTER) and another(after, CHANCE_AFTER)
    return Life(before if begun else 0, after if ended else 0)
