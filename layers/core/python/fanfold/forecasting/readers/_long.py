"""Tables whose rows are one observation each."""

from collections.abc import Collection, Iterator, Sequence
from itertools import compress

from fanfold.errors import Flaw
from fanfold.forecasting.dates import Cell
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import RowBlock, TableRow
from fanfold.forecasting.readers._blocks import row_at
from fanfold.forecasting.readers._columns import Columns
from fanfold.forecasting.readers._grid import BLANK, Grid, JoinedNames, Layout, Taken, unused_columns
from fanfold.forecasting.readers._kinds import cell_of
from fanfold.forecasting.readers._spool import Observed
from fanfold.forecasting.readers._supply import FIELDS, notes_of
from fanfold.forecasting.readers._words import is_total, title

BLANK_SHARE = 0.3
"""Of the rows whose name is blank, from which on the name above is meant, as in a pivot table."""


def long_layout(grid: Grid, found: Columns) -> Layout:
    rows = _Long(grid, found)
    return Layout(
        "long",
        ("long", *grid.labels(range(len(grid.header)))),
        found.date is not None,
        rows.take,
        notes=(*found.notes, *rows.notes(), *notes_of(grid.header, found.supply), *unused_columns(grid, found.rest)),
        date_column=title(grid.header[found.date]) if found.date is not None else "date",
        value_column=title(grid.header[found.value or 0]),
    )


class _Long:
    """Takes observations out of rows that are one each."""

    def __init__(self, grid: Grid, found: Columns) -> None:
        self._grid, self._found, self._names = grid, found, JoinedNames()
        self._column = ",".join(grid.labels(found.keys))
        self._filled = bool(found.keys) and _is_pivot(grid, found)
        self._above = ""
        dated = [row for row in grid.first if found.date is not None and cell_of(row, found.date) not in (None, "")]
        self._mostly_dated = 2 * len(dated) > len(grid.first)
        named = {cell_of(row, at) for row in grid.first for at in found.keys[-1:]}
        self._several = any(not is_total(cell) for cell in named)

    def notes(self) -> Iterator[Note]:
        if self._filled:
            said = f"where {self._column} is blank, the name above holds"
            yield Note("blank_names", said, self._column, "the blanks follow a name, as in a pivot table")

    def take(self, block: RowBlock) -> Taken:
        found, count = self._found, len(block.lines)
        names = self._names.of(block, found.keys) if found.keys else [self._grid.name] * count
        names = self._with_above(names) if self._filled else names
        dates: Sequence[Cell] = [None] * count if found.date is None else block.column(found.date)
        values = block.column(found.value or 0)
        left_out = dict(self._left_out(block, names, dates, values))
        yield from left_out.values()
        groups = None if found.group is None else [title(cell) or None for cell in block.column(found.group)]
        observed = Observed(names, block.lines, dates, values, groups, supply_of(block, found) or None)
        yield _without(observed, left_out.keys()) if left_out else observed

    def _with_above(self, names: Sequence[str]) -> list[str]:
        out = []
        for name in names:
            self._above = name or self._above
            out.append(self._above)
        return out

    def _left_out(
        self, block: RowBlock, names: Sequence[str], dates: Sequence[Cell], values: Sequence[Cell]
    ) -> Iterator[tuple[int, Flaw]]:
        """Rows that are no observation, by their place."""
        if self._mostly_dated and ("" in dates or None in dates):
            for at, date in enumerate(dates):
                if date in BLANK and (values[at] in BLANK or is_total(block.column(0)[at])):
                    said = f"{_start(row_at(block, at))} is a total or a footnote: left out"
                    yield at, Flaw(line=block.lines[at], field=self._column or None, detail=said)
        for key in found_totals(block, self._found.keys) if self._several else ():
            for at, cell in enumerate(block.column(key[0])):
                if cell == key[1]:
                    said = "the row adds up others: left out"
                    yield at, Flaw(line=block.lines[at], field=title(cell), detail=said)
        if "" in names:
            for at, name in enumerate(names):
                if not name:
                    yield at, Flaw(line=block.lines[at], field=self._column, detail="the series has no name")


def found_totals(block: RowBlock, keys: Sequence[int]) -> list[tuple[int, Cell]]:
    """Columns and cells that say that a row adds up others."""
    return [(at, cell) for at in keys for cell in set(block.column(at)) if cell not in BLANK and is_total(cell)]


def _without(observed: Observed, places: Collection[int]) -> Observed:
    """The observations without those in these places."""
    kept = [at not in places for at in range(len(observed.lines))]
    supply = None if observed.supply is None else [list(compress(column, kept)) for column in observed.supply]
    found = (None if one is None else list(compress(one, kept)) for one in observed[:5])
    return Observed(*found, supply=supply)  # type: ignore[arg-type, misc]


def supply_of(block: RowBlock, found: Columns) -> list[Sequence[Cell]]:
    """The cells of stock and orders, a column for each of FIELDS; empty if there is none."""
    if "on_hand" not in found.supply:
        return []
    blank: Sequence[Cell] = [None] * len(block.lines)
    return [block.column(found.supply[each]) if each in found.supply else blank for each in FIELDS]


def _start(row: TableRow) -> str:
    return repr(next((title(cell) for cell in row.cells if title(cell)), ""))[:60]


def _is_pivot(grid: Grid, found: Columns) -> bool:
    """Whether names stand only in the first row of their series."""
    names = [title(cell_of(row, found.keys[0])) for row in grid.first]
    blank = sum(not name for name in names)
    return bool(names) and bool(names[0]) and blank >= max(2, BLANK_SHARE * len(names))
