"""From tables to series: every cell is evidence first, and only then read."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import numpy as np

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.dates import Dates
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import ReadOptions, SourceTable
from fanfold.forecasting.readers._blocks import blocks, peeked
from fanfold.forecasting.readers._calendar import put_together
from fanfold.forecasting.readers._clock import even
from fanfold.forecasting.readers._common import Common
from fanfold.forecasting.readers._decide import common
from fanfold.forecasting.readers._doubles import Doubles
from fanfold.forecasting.readers._grid import Layout
from fanfold.forecasting.readers._judged import TableFormat
from fanfold.forecasting.readers._layout import layout as layout_of
from fanfold.forecasting.readers._numbers import Numbers
from fanfold.forecasting.readers._portfolio import HistoryTally
from fanfold.forecasting.readers._sources import tables
from fanfold.forecasting.readers._spool import DATE, STEP, BlockSpool, Rows, Runs, starts_of
from fanfold.forecasting.readers._supply import Supplies
from fanfold.forecasting.series import Series

PEEKED = 400
"""Rows looked at before a table's layout is settled."""

AUTUMN = Note(
    "autumn_hour", "the hour that comes twice in an autumn night is two hours: dates are as the last one's clock"
)


class Reading:
    """A source being read: iterate it once, for each series and for each flaw of a line.

    When the first series comes, `count` is how many there will be, and `notes` say what was decided about columns.
    """

    def __init__(self, source: "Path | BinaryIO", name: str | None, options: ReadOptions) -> None:
        self._source, self._name, self._options = source, name, options
        self._numbers: dict[tuple[str, ...], int] = {}
        self._kinds: list[TableFormat] = []
        self._by_row: list[int] = []
        self._wide: list[int] = []
        self._undated = self._autumn = False
        self.count: int | None = None
        self.notes: list[Note] = []
        self._supplies = Supplies()
        self._tally, self._common, self._doubles = HistoryTally(), Common(), Doubles(options.duplicates)

    def __iter__(self) -> Iterator[Series | Flaw]:
        """Series in the order of their first observations. Raises Invalid if there is nothing to read at all."""
        with TemporaryDirectory(prefix="fanfold-") as folder, closing(BlockSpool(Path(folder))) as spool:
            yield from self._take(spool, Path(folder))
            for kind in self._kinds:
                kind.decide()
                self._undated = self._undated or kind.undated
                self.notes += [note for note in kind.notes if note not in self.notes]
            with closing(Runs(Path(folder))) as runs:
                yield from self._read(spool, runs)
                yield from self._emitted(spool, runs)

    def _take(self, spool: BlockSpool, folder: Path) -> Iterator[Flaw]:
        """Every observation into the spool. Raises Invalid if no table had any."""
        refused: list[Flaw] = []
        first: Invalid | None = None
        for table in tables(self._source, self._name, self._options, folder):
            if isinstance(table, Flaw):
                yield table
                continue
            try:
                yield from self._observed(table, spool)
            except Invalid as invalid:
                first = first or invalid
                refused += invalid.flaws or (Flaw(detail=invalid.detail),)
        if not spool.names:
            raise first or Invalid("there is no observation in the input", field="input")
        yield from refused

    def _observed(self, table: SourceTable, spool: BlockSpool) -> Iterator[Flaw]:
        """The table's observations into the spool, and its flaws."""
        header, found, notes = put_together(table.header, blocks(table.rows))
        peek, first = peeked(found, PEEKED)
        layout = layout_of(table.name, header, first, self._options.columns, table.line)
        layout = replace(layout, notes=(*table.notes, *notes, *layout.notes))
        yield from layout.flaws
        number = self._judged(table, layout)
        kind = self._kinds[number]
        for block in chain(peek, found):
            if isinstance(block, Flaw):
                yield block
                continue
            for seen in layout.take(block):
                if isinstance(seen, Flaw):
                    yield seen
                else:
                    kind.see(seen)
                    spool.add(number, seen)

    def _judged(self, table: SourceTable, found: Layout) -> int:
        """The number of the columns that this table's cells are judged by."""
        if found.signature not in self._numbers:
            self._numbers[found.signature] = number = len(self._kinds)
            years = self._options.frequency in (None, "Y")
            dates = Dates(self._options.day_first, years, table.origin)
            self._kinds.append(TableFormat(found, dates, Numbers(self._options.decimal, table.comma)))
            self._by_row += [number] if found.kind == "rows" else []
            self._wide += [number] if found.kind != "long" else []
        return self._numbers[found.signature]

    def _read(self, spool: BlockSpool, runs: Runs) -> Iterator[Flaw]:
        """All rows as they are read, sorted by series; a flaw for each value that is none."""
        days = list(spool.days)
        for block in spool.blocks():
            rows, flaws = self._kinds[block.table].parse(block, days)
            if block.supply is not None:
                stocks, more = self._kinds[block.table].stocks(block)
                self._supplies.add(rows, stocks)
                flaws += more
            runs.add(rows)
            self._tally.add(rows)
            yield from flaws

    def _emitted(self, spool: BlockSpool, runs: Runs) -> Iterator[Series | Flaw]:
        self.count = len(spool.names)
        self._common = Common() if self._undated else common(self._tally, self._options)
        self.notes += self._common.notes
        names, groups = list(spool.names), list(spool.groups)
        for rows in runs.windows():
            yield from self._of_window(rows, names, groups)
        self.notes += [note for kind in self._kinds for note in kind.late()]
        self.notes += [*self._common.said(), *self._doubles.said(), *([AUTUMN] if self._autumn else [])]

    def _of_window(self, rows: Rows, names: Sequence[str], groups: Sequence[str]) -> Iterator[Series | Flaw]:
        starts = starts_of(rows)
        stamps: Any = np.ascontiguousarray(rows["stamp"]).view("datetime64[s]")
        values = rows["value"]
        whole = self._are_whole(rows, stamps, starts) & (not groups)
        codes, ends = rows["code"][starts].tolist(), [*starts[1:].tolist(), len(rows)]
        for code, start, end, done in zip(codes, starts.tolist(), ends, whole.tolist(), strict=True):
            if done:
                supply = self._supplies.of(code)
                yield Series(names[code], values[start:end].copy(), stamps[start:end].copy(), supply=supply)
            else:
                yield from self._series(names[code], rows[start:end], groups)

    def _are_whole(self, rows: Rows, stamps: Any, starts: Any) -> Any:
        """Which series have a date and a value in each of their periods, and nothing to be decided."""
        if len(rows) == 0 or self._undated:
            return np.zeros(len(starts), dtype=bool)
        dated = (rows["kind"] == DATE) & np.isfinite(rows["value"])
        if self._by_row:
            counts = np.diff(np.append(starts, len(rows)))
            dated &= rows["line"] == np.repeat(rows["line"][starts], counts)
        if not dated.any():
            return np.zeros(len(starts), dtype=bool)
        return np.logical_and.reduceat(dated, starts) & self._common.are_whole(stamps, starts)

    def _series(self, name: str, rows: Rows, groups: Sequence[str]) -> Iterator[Flaw | Series]:
        """The flaws of one series, then the series."""
        first = int(rows["line"][0])
        if self._by_row and (rows["line"] != first).any():
            again = np.isin(rows["table"], self._by_row) & (rows["line"] != first)
            for line in np.unique(rows["line"][again]).tolist():
                yield Flaw(line=line, field=name, detail=f"the series was in line {first} before: this row is left out")
            rows = rows[~again]
        days, known = yield from self._days(rows)
        supply = self._supplies.of(int(rows["code"][0]))
        group = next((groups[code] for code in rows["group"].tolist() if code >= 0), None) if groups else None
        if days is None:
            yield Series(name, rows["value"].copy(), None, group, supply)
            return
        if self._common.hourly and (found := even(days)) is not None:
            days, self._autumn = found, True
        values, days = self._doubles.settled(name, days, rows["value"][known], rows["line"][known])
        if self._common.zeros and self._wide:
            blank = np.isnan(values) & np.isin(rows["table"][known], self._wide)[: len(values)]
            values, days = (values[~blank], days[~blank]) if not blank.all() else (values, days)
        if days.dtype.kind == "M":
            days, values, frequency = self._common.settle(name, days, values)
            yield Series(name, values, days, group, supply, frequency)
        else:
            yield Series(name, values, days, group, supply)

    def _days(self, rows: Rows) -> "Generator[Flaw, None, tuple[Any, Any]]":
        """The dates of rows that have one, and which these are; none at all if no row has one: the order counts."""
        kinds = rows["kind"]
        if (kinds == DATE).all() and not self._undated:
            return np.ascontiguousarray(rows["stamp"]).view("datetime64[s]"), slice(None)
        if any(self._kinds[table].undated for table in np.unique(rows["table"]).tolist()) or rows["blank"].all():
            return None, None
        kind = DATE if (kinds == DATE).any() else STEP
        known = kinds == kind
        for row in rows[~known]:
            column = self._kinds[row["table"]]
            line, field, shown = int(row["line"]), column.layout.date_column, column.days.shown(row)
            if not known.any():
                said = f"{shown} is no date, nor are the others of the series: their order counts"
                yield Flaw(line=line, field=field, detail=said)
                return None, None
            yield Flaw(line=line, field=field, detail="there is no date" if row["blank"] else f"{shown} is no date")
        stamps = rows["stamp"][known]
        return stamps.view("datetime64[s]") if kind == DATE else stamps, known
