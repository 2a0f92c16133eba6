"""Several values for a date of a series: told, and put together as asked."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.notes import Note
from fanfold.forecasting.panel import Floats

DONE = {"sum": "added up", "mean": "averaged", "last": "left out but for the last"}


class Doubles:
    """Counts values whose date their series has already."""

    def __init__(self, way: str = "sum") -> None:
        self._way = way
        self.count = 0
        self._line = 0
        self._same = True

    def settled(self, name: str, days: Any, values: Floats, lines: Any) -> tuple[Floats, Any]:
        """Values and dates, in the order they came; a sum is left to the engine, which flags it. Raises Invalid."""
        if len(days) < 2 or (days[1:] > days[:-1]).all():
            return values, days
        unique, first, place = np.unique(days, return_index=True, return_inverse=True)
        if len(unique) == len(days):
            return values, days
        self._note(name, days, values, lines, first, place)
        if self._way == "mean":
            known = np.isfinite(values)
            counts = np.bincount(place[known], minlength=len(unique))
            sums = np.bincount(place[known], values[known], minlength=len(unique))
            return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan), unique
        if self._way == "last":
            last = np.full(len(unique), -1)
            last[place] = np.arange(len(days))
            return values[last], unique
        return values, days

    def _note(self, name: str, days: Any, values: Floats, lines: Any, first: Any, place: Any) -> None:
        again = np.ones(len(days), dtype=bool)
        again[first] = False
        line = int(lines[again].min())
        if self._way == "error":
            day = str(days[again][0]).removesuffix("T00:00:00")
            flaw = Flaw(line=line, field=name, detail=f"{day} was there before")
            raise Invalid(f"{name} has several values for {day}", flaw)
        self.count += int(again.sum())
        self._line = min(self._line or line, line)
        self._same = self._same and bool((values[again] == values[first][place[again]]).all())

    def said(self) -> Iterator[Note]:
        """How many there were."""
        if self.count:
            said = f"{self.count:,} values come for a date of a series that has one: duplicates are {DONE[self._way]}"
            same = ", and all are the same as before" if self._same else ""
            why = f"first in line {self._line}{same}"
            yield Note("duplicates", said, None, why, "--duplicates", certain=self._way != "sum")
