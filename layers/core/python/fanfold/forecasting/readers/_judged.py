"""Tables that are judged together: how their dates and numbers are written, and what their cells are worth."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from fanfold.errors import Flaw
from fanfold.forecasting.dates import REMEMBERED, Cell, Dates
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers._grid import Layout
from fanfold.forecasting.readers._numbers import Numbers
from fanfold.forecasting.readers._spool import DATE, ROW, STEP, UNREADABLE, Kept, Observed, Rows
from fanfold.forecasting.readers._supply import FIELDS

EPOCH, SECOND = datetime(1970, 1, 1), timedelta(seconds=1)
LARGEST_STEP = 2**62
UNKNOWN = -1


class Days:
    """What the cells of a column of dates mean."""

    def __init__(self, dates: Dates) -> None:
        self._dates = dates
        self._kinds = np.zeros(0, dtype=np.int8)
        self._stamps = np.zeros(0, dtype=np.int64)
        self._texts: list[str] = []

    def _read(self, cell: Cell) -> tuple[int, int]:
        found = self._dates.parse(cell)
        if isinstance(found, datetime):
            return DATE, (found - EPOCH) // SECOND
        if found is not None and abs(found) < LARGEST_STEP:
            return STEP, found
        if len(self._texts) < REMEMBERED:
            self._texts.append(short(cell))
        return UNREADABLE, len(self._texts) - 1

    def of_codes(self, codes: Any, cells: Sequence[Cell]) -> tuple[Any, Any]:
        """(n,) kinds and stamps of cells by their number."""
        if len(self._kinds) == 0:
            self._kinds = np.full(len(cells), UNKNOWN, dtype=np.int8)
            self._stamps = np.zeros(len(cells), dtype=np.int64)
        used = np.unique(codes)
        for code in used[self._kinds[used] == UNKNOWN].tolist():
            self._kinds[code], self._stamps[code] = self._read(cells[code])
        return self._kinds[codes], self._stamps[codes]

    def of_cells(self, cells: Sequence[Cell]) -> tuple[Any, Any]:
        """(n,) the same of cells."""
        known = dict.fromkeys(cells)
        places = {cell: at for at, cell in enumerate(known)}
        read = [self._read(cell) for cell in known]
        codes = np.fromiter(map(places.__getitem__, cells), np.int64, len(cells))
        kinds = np.array([kind for kind, _ in read], dtype=np.int8)
        return kinds[codes], np.array([stamp for _, stamp in read], dtype=np.int64)[codes]

    def shown(self, row: Any) -> str:
        """What an unreadable cell held, or the number that it counted."""
        stamp = int(row["stamp"])
        return self._texts[stamp] if row["kind"] == UNREADABLE else repr(stamp)


class TableFormat:
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

    def late(self) -> list[Note]:
        """What was found out about values while they were read."""
        return [note.about(self.layout.value_column) for note in self._numbers.late]

    def parse(self, block: Kept, days: Sequence[Cell]) -> tuple[Rows, list[Flaw]]:
        """The block's observations as rows, and a flaw for each value that is none; `days` are dates by their code."""
        codes = np.frombuffer(block.codes, dtype=np.int32)
        rows = np.zeros(len(codes), dtype=ROW)
        rows["code"], rows["table"], rows["line"] = codes, block.table, block.numbers
        rows["group"] = -1 if block.groups is None else np.frombuffer(block.groups, dtype=np.int32)
        rows["blank"] = not self.layout.dated
        if self.layout.dated:
            self._date(rows, block.dates, days)
        values = block.values
        rows["value"], wrong = self._numbers.parse_all(values)
        lines, column = block.numbers, self.layout.value_column
        found = [(lines[at], f"{short(values[at])} is no number") for at in wrong]
        return rows, [Flaw(line=line, field=column, detail=said) for line, said in found]

    def stocks(self, block: Kept) -> tuple[Any, list[Flaw]]:
        """(n, 4) stock and orders of the block's rows, written as its values are; a flaw for each that is none."""
        read = [self._numbers.parse_all(column) for column in block.stocks]
        flaws = [
            Flaw(line=block.numbers[at], field=name, detail=f"{short(column[at])} is no number")
            for name, column, (_, wrong) in zip(FIELDS, block.stocks, read, strict=True)
            for at in wrong
        ]
        return np.stack([values for values, _ in read], axis=1), flaws

    def _date(self, rows: Rows, dates: "bytes | list[Cell]", days: Sequence[Cell]) -> None:
        if isinstance(dates, bytes):
            codes = np.frombuffer(dates, dtype=np.int32)
            rows["kind"], rows["stamp"] = self.days.of_codes(codes, days)
            dates = [] if (rows["kind"] >= DATE).all() else [days[code] for code in codes.tolist()]
        else:
            rows["kind"], rows["stamp"] = self.days.of_cells(dates)
        if dates and not (rows["kind"] >= DATE).all():
            rows["blank"] = [cell in (None, "") for cell in dates]


def short(cell: Any) -> str:
    """A cell as messages show it."""
    text = repr(cell)
    return text if len(text) <= 60 else text[:59] + "…"
