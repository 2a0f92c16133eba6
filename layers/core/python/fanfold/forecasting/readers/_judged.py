"""Tables that are judged together: how their dates and numbers are written, and what their cells are worth."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from fanfold.errors import Flaw
from fanfold.forecasting.dates import REMEMBERED, Cell, Dates
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers._layout import Layout
from fanfold.forecasting.readers._numbers import Numbers
from fanfold.forecasting.readers._spool import DATE, ROW, STEP, UNREADABLE, Kept, Observed, Rows

EPOCH, SECOND = datetime(1970, 1, 1), timedelta(seconds=1)
LARGEST_STEP = 2**62


class Days(dict[Cell, int]):
    """What the cells of a column of dates mean: `kinds` and `stamps` at the places that it holds for them."""

    def __init__(self, dates: Dates) -> None:
        self._dates = dates
        self._kinds: list[int] = []
        self._stamps: list[int] = []
        self._texts: list[str] = []

    def __missing__(self, cell: Cell) -> int:
        kind, stamp = self._read(cell)
        self._kinds.append(kind)
        self._stamps.append(stamp)
        self[cell] = place = len(self._kinds) - 1
        return place

    def _read(self, cell: Cell) -> tuple[int, int]:
        found = self._dates.parse(cell)
        if isinstance(found, datetime):
            return DATE, (found - EPOCH) // SECOND
        if found is not None and abs(found) < LARGEST_STEP:
            return STEP, found
        if len(self._texts) < REMEMBERED:
            self._texts.append(short(cell))
        return UNREADABLE, len(self._texts) - 1

    def all(self, cells: Sequence[Cell]) -> tuple[Any, Any]:
        """(n,) kinds and stamps of the cells."""
        if len(self) > REMEMBERED:
            self.clear()
            self._kinds, self._stamps = [], []
        places = np.fromiter(map(self.__getitem__, cells), np.int64, len(cells))
        few, places = np.unique(places, return_inverse=True)
        kinds = np.array([self._kinds[at] for at in few.tolist()], dtype=np.int8)
        return kinds[places], np.array([self._stamps[at] for at in few.tolist()], dtype=np.int64)[places]

    def shown(self, row: Any) -> str:
        """What an unreadable cell held, or the number that it counted."""
        stamp = int(row["stamp"])
        return self._texts[stamp] if row["kind"] == UNREADABLE else repr(stamp)


class Judged:
    """What tables of one signature have in common."""

    def __init__(self, layout: Layout, dates: Dates, numbers: Numbers) -> None:
        self.layout, self._dates, self._numbers = layout, dates, numbers
        self.days = Days(dates)
        self.undated = False
        self.notes: list[Note] = []

    def see(self, found: Observed) -> None:
        """Take the cells as evidence."""
        if self.layout.dated:
            self._dates.see_all(found.dates)
        self._numbers.see_all(found.values)

    def decide(self) -> None:
        """Settle what the evidence says."""
        self._dates.decide()
        self._numbers.decide()
        self.undated = not self.layout.dated or not self._dates.readable
        if self.layout.dated and self.undated:
            said = f"nothing in {self.layout.date_column} is a date: the order counts"
            self.notes.append(Note("no_dates", said, self.layout.date_column, option="--column date=…", certain=False))
        dates = [] if self.undated else [note.about(self.layout.date_column) for note in self._dates.notes]
        numbers = [note.about(self.layout.value_column) for note in self._numbers.notes]
        self.notes += [*self.layout.notes, *dates, *numbers]

    def parse(self, block: Kept) -> tuple[Rows, list[Flaw]]:
        """The block's observations as rows, and a flaw for each value that is none."""
        rows = np.zeros(len(block.codes), dtype=ROW)
        rows["code"], rows["table"], rows["line"] = block.codes, block.table, block.lines
        rows["group"] = -1 if block.groups is None else block.groups
        rows["blank"] = not self.layout.dated
        if self.layout.dated:
            rows["kind"], rows["stamp"] = self.days.all(block.dates)
            if not (rows["kind"] >= DATE).all():
                rows["blank"] = [cell in (None, "") for cell in block.dates]
        rows["value"], wrong = self._numbers.parse_all(block.values)
        column = self.layout.value_column
        found = [(block.lines[at], f"{short(block.values[at])} is no number") for at in wrong]
        return rows, [Flaw(line=line, field=column, detail=said) for line, said in found]


def short(cell: Any) -> str:
    """A cell as messages show it."""
    text = repr(cell)
    return text if len(text) <= 60 else text[:59] + "…"
