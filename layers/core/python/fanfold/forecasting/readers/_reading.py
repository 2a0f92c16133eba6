"""From tables to series: every cell is evidence first, and only then read."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice
from math import nan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import numpy as np

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.dates import Dates
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import Options, Row, Table
from fanfold.forecasting.readers._calendar import put_together
from fanfold.forecasting.readers._layout import Layout, layout
from fanfold.forecasting.readers._numbers import Numbers
from fanfold.forecasting.readers._sources import tables
from fanfold.forecasting.readers._spool import Spool
from fanfold.forecasting.series import Series

PEEKED = 400
"""Rows looked at before a table's layout is settled."""


@dataclass
class Columns:
    """What tables of one signature have in common: how their dates and numbers are written."""

    layout: Layout
    dates: Dates
    numbers: Numbers
    undated: bool = False
    notes: list[Note] = field(default_factory=list)

    def decide(self) -> None:
        self.dates.decide()
        self.numbers.decide()
        self.undated = not self.layout.dated or not self.dates.readable
        if self.layout.dated and self.undated:
            said = f"nothing in {self.layout.date_column} is a date: the order counts"
            self.notes.append(Note("no_dates", said, self.layout.date_column, option="--column date=…", certain=False))
        dates = [] if self.undated else [note.about(self.layout.date_column) for note in self.dates.notes]
        numbers = [note.about(self.layout.value_column) for note in self.numbers.notes]
        self.notes += [*self.layout.notes, *dates, *numbers]


class Reading:
    """A source being read: iterate it once, for each series and for each flaw of a line.

    When the first series comes, `count` is how many there will be, and `notes` say what was decided about columns.
    """

    def __init__(self, source: "Path | BinaryIO", name: str | None, options: Options) -> None:
        self._source, self._name, self._options = source, name, options
        self._columns: dict[tuple[str, ...], Columns] = {}
        self._kinds: list[Columns] = []
        self.count: int | None = None
        self.notes: list[Note] = []
        self._doubled = self._doubled_at = 0

    def __iter__(self) -> Iterator[Series | Flaw]:
        """Series in the order of their first observations. Raises Invalid if there is nothing to read at all."""
        with TemporaryDirectory(prefix="fanfold-") as folder, closing(Spool(Path(folder))) as spool:
            yield from self._take(spool, Path(folder))
            spool.finish()
            self.count = spool.count
            for kind in self._kinds:
                kind.decide()
                self.notes += [note for note in kind.notes if note not in self.notes]
            for name, rows in spool.series():
                yield from self._series(name, rows)
            if self._doubled:
                said = f"{self._doubled:,} values come for a date of a series that has one: duplicates are added up"
                self.notes.append(Note("duplicates", said, evidence=f"first in line {self._doubled_at}", certain=False))

    def _take(self, spool: Spool, folder: Path) -> Iterator[Flaw]:
        """Every observation into the spool. Raises Invalid if no table had any."""
        refused: list[Flaw] = []
        first: Invalid | None = None
        taken = False
        for table in tables(self._source, self._name, self._options, folder):
            if isinstance(table, Flaw):
                yield table
                continue
            try:
                for found in self._observations(table):
                    if isinstance(found, Flaw):
                        yield found
                    else:
                        taken = True
                        spool.add(*found)
            except Invalid as invalid:
                first = first or invalid
                refused += invalid.flaws or (Flaw(detail=invalid.detail),)
        if not taken:
            raise first or Invalid("there is no observation in the input", field="input")
        yield from refused

    def _observations(self, table: Table) -> Iterator[Flaw | tuple[str, tuple[Any, ...]]]:
        header, rows, notes = put_together(table.header, iter(table.rows))
        peeked = list(islice(rows, PEEKED))
        first = [row for row in peeked if isinstance(row, Row)]
        found = layout(table.name, header, first, self._options.columns, table.line)
        found = replace(found, notes=(*notes, *found.notes))
        yield from found.flaws
        number = self._judged(table, found)
        see_date, see_value = self._kinds[number].dates.see, self._kinds[number].numbers.see
        dated = found.dated
        for row in chain(peeked, rows):
            if isinstance(row, Flaw):
                yield row
                continue
            for seen in found.take(row):
                if isinstance(seen, Flaw):
                    yield seen
                    continue
                if dated:
                    see_date(seen.date)
                see_value(seen.value)
                yield seen.name, (number, seen.line, seen.date, seen.value, seen.group)

    def _judged(self, table: Table, found: Layout) -> int:
        """The number of the columns that this table's cells are judged by."""
        if found.signature not in self._columns:
            years = self._options.frequency in (None, "Y")
            self._columns[found.signature] = made = Columns(
                found,
                Dates(self._options.day_first, years, table.origin),
                Numbers(self._options.decimal, table.comma),
            )
            self._kinds.append(made)
        return self._kinds.index(self._columns[found.signature])

    def _series(self, name: str, rows: Sequence[Sequence[Any]]) -> Iterator[Flaw | Series]:
        """The flaws of one series, then the series."""
        first = rows[0][1]
        repeated = {line for number, line, *_ in rows if line != first and self._kinds[number].layout.kind == "rows"}
        for line in sorted(repeated):
            yield Flaw(line=line, field=name, detail=f"the series was in line {first} before: this row is left out")
        rows = [row for row in rows if row[1] not in repeated] if repeated else rows
        days = yield from self._days(rows)
        values: list[float] = []
        for number, line, _, value, _ in rows:
            kind = self._kinds[number]
            try:
                values.append(kind.numbers.parse(value))
            except (ValueError, OverflowError):
                yield Flaw(line=line, field=kind.layout.value_column, detail=f"{_short(value)} is no number")
                values.append(nan)
        group = next((group for *_, group in rows if group), None)
        if days is None:
            yield Series(name, np.array(values, dtype=float), None, group)
            return
        known = [at for at, day in enumerate(days) if day is not None]
        self._count_doubled([(days[at], rows[at][1]) for at in known])
        yield Series(name, np.array(values, dtype=float)[known], _array([days[at] for at in known]), group)

    def _count_doubled(self, dated: "Sequence[tuple[datetime | int | None, int]]") -> None:
        """Count values that share their date with an earlier one of the series."""
        seen: set[datetime | int | None] = set()
        for day, line in dated:
            if day in seen:
                self._doubled += 1
                self._doubled_at = min(self._doubled_at or line, line)
            seen.add(day)

    def _days(self, rows: Sequence[Sequence[Any]]) -> "Generator[Flaw, None, list[datetime | int | None] | None]":
        """A date for each row, None where it has none; nothing at all if no row has one: the order counts then."""
        if any(self._kinds[row[0]].undated for row in rows) or all(row[2] in (None, "") for row in rows):
            return None
        days = [self._kinds[number].dates.parse(date) for number, _, date, *_ in rows]
        if any(isinstance(day, datetime) for day in days):
            days = [day if isinstance(day, datetime) else None for day in days]
        unknown = [row for row, day in zip(rows, days, strict=True) if day is None]
        for number, line, date, *_ in unknown:
            column = self._kinds[number].layout.date_column
            if len(unknown) == len(rows):
                said = f"{_short(date)} is no date, nor are the others of the series: their order counts"
                yield Flaw(line=line, field=column, detail=said)
                return None
            said = f"{_short(date)} is no date" if date not in (None, "") else "there is no date"
            yield Flaw(line=line, field=column, detail=said)
        return days


def _short(cell: Any) -> str:
    text = repr(cell)
    return text if len(text) <= 60 else text[:59] + "…"


def _array(days: Sequence[Any]) -> Any:
    whole = all(isinstance(day, int) for day in days)
    return np.array(days, dtype=np.int64 if whole else "datetime64[s]")
