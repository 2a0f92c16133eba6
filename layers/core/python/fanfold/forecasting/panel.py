"""Many series as one matrix, so that a recursion over time serves all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]


def average(values: Floats) -> float:
    """The mean of a few values: NumPy's own takes three times as long on them."""
    return float(np.add.reduce(values)) / len(values)


def variance(values: Floats) -> float:
    """The variance of a few values, as fast."""
    centred = values - average(values)
    return float(centred @ centred) / len(values)


@dataclass(frozen=True)
class Panel:
    """Series side by side, aligned on their first observation and sorted by length, longest first.

    At time t the series that still run are the first `active[t]` columns: a prefix, so no mask is needed.
    `values` is (T, n) with zeros behind a series' end, `lengths` is (n,), `season` the number of steps in a season.
    """

    values: Floats
    lengths: Ints
    season: int = 1

    @classmethod
    def of(cls, series: Sequence[Floats], season: int = 1) -> "tuple[Panel, Ints]":
        """The panel of some series, and the order: column j holds series `order[j]`."""
        sizes = np.array([len(one) for one in series], dtype=np.intp)
        order = np.argsort(-sizes, kind="stable")
        lengths = sizes[order]
        values = np.zeros((int(lengths[0]), len(series)))
        for column, index in enumerate(order):
            values[: sizes[index], column] = series[index]
        return cls(values, lengths, season), order

    @cached_property
    def active(self) -> Ints:
        """(T,) how many series run at each time."""
        return np.asarray(np.searchsorted(-self.lengths, -np.arange(len(self.values)), side="left"), dtype=np.intp)

    @cached_property
    def stretches(self) -> list[tuple[int, int, int]]:
        """(first time, end, how many series run) of the times between which no series ends."""
        ends = np.unique(self.lengths).tolist()
        return [(first, end, int(self.active[first])) for first, end in zip([0, *ends], ends, strict=False)]

    @cached_property
    def mask(self) -> Flags:
        """(T, n) whether a cell holds an observation."""
        return np.arange(len(self.values))[:, None] < self.lengths

    @cached_property
    def mean(self) -> Floats:
        """(n,) each series' mean."""
        return np.asarray(self.values.sum(0) / self.lengths)

    def with_values(self, values: Floats) -> "Panel":
        """The same shape with other values; what lies behind a series' end is cleared."""
        return Panel(np.where(self.mask, values, 0.0), self.lengths, self.season)

    def columns(self, chosen: Ints) -> "Panel":
        """Some of the series; `chosen` must be ascending, so that the order by length stays."""
        lengths = self.lengths[chosen]
        return Panel(self.values[: lengths[0], chosen], lengths, self.season)

    def before(self, steps: Ints) -> "Panel":
        """The panel without the last `steps` (n,) observations of each series, if their order by length allows it."""
        lengths = self.lengths - steps
        values = self.values[: lengths.max()]
        return Panel(np.where(np.arange(len(values))[:, None] < lengths, values, 0.0), lengths, self.season)

    def tail(self, steps: int) -> Floats:
        """(steps, n) the last observations of each series, oldest first; NaN where a series is shorter."""
        rows = self.lengths - steps + np.arange(steps)[:, None]
        found = np.take_along_axis(self.values, np.maximum(rows, 0), axis=0)
        return np.where(rows >= 0, found, np.nan)
