"""What is in stock and on its way, how it is bought, and how much to order now."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Supply:
    """Stock and orders of one item, in its unit: order in whole lots, and not less than the minimum."""

    on_hand: float = 0.0
    on_order: float = 0.0
    lot_size: float | None = None
    minimum_order: float | None = None

    @property
    def position(self) -> float:
        """What is there and what will come."""
        return self.on_hand + self.on_order

    def order(self, point: float) -> float:
        """How much lifts the position to the reorder point; 0 where it is not below it."""
        missing = point - self.position
        if missing <= 0:
            return 0.0
        wanted = max(missing, self.minimum_order or 0.0)
        return float(np.ceil(wanted / self.lot_size - 1e-9) * self.lot_size) if self.lot_size else wanted
