"""How long units took: a histogram whose parts can be added up, and which tells quantiles to within 4.5 %.

Buckets grow by an eighth of a power of two (Prometheus' native histograms of schema 3 have the same): bucket `b` holds
what took over 2^((b-1)/8) and up to 2^(b/8) milliseconds. A quantile is told as the geometric middle of its bucket.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

STEPS = 8
"""Buckets by which a time doubles: a quantile is off by 2^(1/16) - 1 = 4.4 % at most."""
LONGEST = 31 * 24 * 3600.0


class Times(BaseModel):
    """`buckets` counts units by bucket, `total_ms` is the sum of all their times."""

    model_config = ConfigDict(frozen=True)

    buckets: dict[int, int] = {}
    total_ms: int = 0

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self:
        """One unit for each time."""
        ms = [round(min(max(each, 0.001), LONGEST) * 1000) for each in seconds]
        return cls(buckets=dict(Counter(map(_bucket, ms))), total_ms=sum(ms))

    def __add__(self, other: "Times") -> "Times":
        buckets = Counter(self.buckets)
        buckets.update(other.buckets)
        return Times(buckets=dict(buckets), total_ms=self.total_ms + other.total_ms)

    @property
    def units(self) -> int:
        return sum(self.buckets.values())

    def mean(self) -> float | None:
        """Seconds; exact. None without units."""
        return self.total_ms / self.units / 1000 if self.units else None

    def quantile(self, share: float) -> float | None:
        """Seconds that this share of the units took at most; None without units."""
        rank, seen = math.ceil(self.units * share), 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank and seen:
                return middle(bucket)
        return None

    def attributes(self) -> Mapping[str, Any]:
        """As an item keeps it, whose maps have names for keys."""
        return {"buckets": {str(bucket): n for bucket, n in self.buckets.items()}, "total_ms": self.total_ms}


def middle(bucket: int) -> float:
    """Seconds in the middle of a bucket."""
    return float(2 ** ((bucket - 0.5) / STEPS) / 1000)


def upper(bucket: int) -> float:
    """Seconds at the upper end of a bucket."""
    return float(2 ** (bucket / STEPS) / 1000)


def _bucket(ms: int) -> int:
    return math.ceil(math.log2(ms) * STEPS)
