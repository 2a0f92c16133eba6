"""What a group of items lends a new one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lent:
    """What a group lends a new item: indices by phase (mean 1), the mean logarithm of levels, how far these are
    `apart` and the `noise` within an item (variances), and of how many items that is."""

    factors: tuple[float, ...]
    level: float
    apart: float
    noise: float
    count: int
