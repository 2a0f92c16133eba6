"""What every model is asked: a panel and a horizon, with the views of it that models share."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Protocol

import numpy as np

from fanfold.forecasting.decompose import Season, decompose
from fanfold.forecasting.panel import Floats, Ints, Panel

FLOOR = 0.01
"""Smallest value whose logarithm is taken, for series scaled to a mean size of 1."""
LONGEST = 100_000
ANY, NO_SEASON, SEASONAL_ONLY = range(1, LONGEST), range(1, 2), range(2, LONGEST)
MIDDLE, LONG = range(5, 25), range(25, LONGEST)
"""A pooled model needs more steps a season than quarters, and has too many parameters for weeks of a year."""


class OutOfTime(Exception):
    """A model took longer than it may."""


@dataclass
class TimeLimit:
    """How many seconds of clock a model may take; None: as many as it needs."""

    seconds: float | None = None
    end: float = np.inf

    def start(self) -> None:
        """A model begins."""
        self.end = np.inf if self.seconds is None else time.monotonic() + self.seconds

    @property
    def over(self) -> bool:
        return self.seconds is not None and time.monotonic() >= self.end


@dataclass(frozen=True)
class Task:
    """A panel of series scaled to a mean size of 1, and how many steps to look ahead."""

    panel: Panel
    horizon: int
    limit: TimeLimit = field(default_factory=TimeLimit, compare=False)
    memory: dict[str, Any] = field(default_factory=dict, compare=False)

    def columns(self) -> Iterator[int]:
        """One series after the other, for models that take long over each. Raises OutOfTime."""
        for column in range(self.panel.values.shape[1]):
            if column and self.limit.over:
                raise OutOfTime
            yield column

    @cached_property
    def steps(self) -> Ints:
        """(h, n) phase of each future step."""
        ahead = np.arange(self.horizon)[:, None]
        return np.asarray((self.panel.lengths + ahead) % self.panel.season)

    @cached_property
    def multiplicative(self) -> Season:
        """Shrunk seasonal factors."""
        return self._season(True)

    @cached_property
    def additive(self) -> Season:
        """Shrunk seasonal terms."""
        return self._season(False)

    def _season(self, multiplicative: bool) -> Season:
        if self.panel.season > 1:
            return decompose(self.panel, multiplicative)
        neutral = np.full(self.panel.values.shape, float(multiplicative))
        return Season(neutral, neutral[:1])

    @cached_property
    def adjusted(self) -> Panel:
        """The panel divided by its seasonal factors, as a panel without season."""
        return Panel(self.panel.values / self.multiplicative.inside, self.panel.lengths, 1)

    @cached_property
    def factors(self) -> Floats:
        """(h, n) seasonal factors of the future steps."""
        return np.take_along_axis(self.multiplicative.after, self.steps, axis=0)


def logs(panel: Panel) -> Panel:
    """The panel's logarithms, floored where values are not positive."""
    return panel.with_values(np.log(np.maximum(panel.values, FLOOR)))


def powers(values: Floats) -> Floats:
    """Back from logarithms, held within a factor of twenty above a series' mean size."""
    return np.exp(np.clip(values, -6.0, 3.0))


class Model(Protocol):
    """A forecasting model: one file in `models/`, whose name is its key.

    `cost` orders models for `models_to_try`; `seasons` are those it is of use for, 1 meaning none; `cells` is how many
    candidates it passes over each observation: what `work_limit` counts. A model whose series learn from each other
    has `together = True`: it is given more than a chunk at once.
    """

    title: ClassVar[str]
    cost: ClassVar[int]
    seasons: ClassVar[range]
    cells: ClassVar[int]

    def fit(self, task: Task) -> Floats:
        """(h, n) mean forecasts."""
        ...
