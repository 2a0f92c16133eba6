"""What a table's columns mean: long, one column a series, or one row a series."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, compress
from typing import NamedTuple

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.dates import Cell
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import Block, Row
from fanfold.forecasting.readers._blocks import row_at
from fanfold.forecasting.readers._columns import Columns, are_dates, cell_of, columns, holds_numbers
from fanfold.forecasting.readers._spool import Observed
from fanfold.forecasting.readers._words import ATTRIBUTES, is_total, plain, title

NUMBERED = re.compile(r"[^\W\d]*[\s_\-]?(\d+)")
"""A label that counts steps: `V2`, `t_10`, `7`."""
MOST_COLUMNS = 100_000
JOINED = "/"
"""What stands between the parts of a name that several columns make."""
BLANK_SHARE = 0.3
"""Of the rows whose name is blank, from which on the name above is meant, as in a pivot table."""


BLANK = frozenset((None, ""))
Taken = Iterator[Flaw | Observed]


@dataclass(frozen=True)
class Layout:
    """How observations are taken out of rows, and the columns they are judged by."""

    kind: str
    signature: tuple[str, ...]
    """Tables of the same signature are judged together."""
    dated: bool
    take: Callable[[Block], Taken]
    notes: tuple[Note, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    date_column: str = "date"
    value_column: str = "value"


class Grid(NamedTuple):
    """A table as far as its layout needs it: its name, header, first rows and the header's line."""

    name: str
    header: Sequence[Cell]
    first: Sequence[Row]
    line: int

    def labels(self, places: Sequence[int]) -> list[str]:
        return [title(self.header[at]) for at in places]


def layout(name: str, header: Sequence[Cell], first: Sequence[Row], given: Mapping[str, str], line: int) -> Layout:
    """The layout of a table with that header and these first rows. Raises Invalid if it has none."""
    if len(header) > MOST_COLUMNS:
        raise Invalid(
            f"the table has {len(header):,} columns, more than {MOST_COLUMNS:,}: one row an observation, "
            "with the columns series_name, date and value, takes any number",
            Flaw(line=line, detail="too many columns"),
        )
    grid, found = Grid(name, header, first, line), columns(header, first, given, line)
    rest = found.rest
    if found.value is None and found.keys and found.date is not None and len(rest) == 1:
        found.value = rest.pop()
    if not found.keys and None not in (found.date, found.value) and len(rest) == 1 and _names_series(grid, rest[0]):
        found.keys = (rest.pop(),)
    beside = all(plain(header[at]) in ATTRIBUTES for at in rest)
    if found.value is not None and (found.keys or found.long or beside):
        _once(grid, found)
        return _long(grid, found)
    if found.value is not None:
        found.rest, found.value = sorted([*rest, found.value]), None
    return _wide(grid, found)


def _once(grid: Grid, found: Columns) -> None:
    """Raises Invalid if a column that matters is there twice."""
    plains = [plain(cell) for cell in grid.header]
    for at in found.roles():
        if plains.count(plains[at]) > 1:
            column = title(grid.header[at])
            raise Invalid(
                f"two columns are called {column!r}", Flaw(field=column, line=grid.line, detail="there twice")
            )


def _names_series(grid: Grid, at: int) -> bool:
    return plain(grid.header[at]) not in ATTRIBUTES and _texts(grid, at)


def _texts(grid: Grid, at: int) -> bool:
    """Whether the column holds words, not numbers."""
    cells = [cell for row in grid.first if (cell := cell_of(row, at)) not in (None, "")]
    return not holds_numbers(cells)


class _Names(dict[tuple[Cell, ...], str]):
    """The names that cells of several columns make."""

    def __missing__(self, cells: tuple[Cell, ...]) -> str:
        self[cells] = made = JOINED.join(map(title, cells)).strip(JOINED)
        return made

    def of(self, found: Block, places: Sequence[int]) -> list[str]:
        """A name for each row."""
        if len(places) == 1:
            cells = found.column(places[0])
            known = {cell: title(cell) for cell in set(cells)}
            return list(map(known.__getitem__, cells))
        return list(map(self.__getitem__, zip(*(found.column(at) for at in places), strict=True)))


def _unused(grid: Grid, rest: Sequence[int]) -> tuple[Note, ...]:
    shown = ", ".join(grid.labels(rest[:20]))
    return (Note("unused_columns", f"columns that are not used: {shown}", option="--column"),) if rest else ()


class _Long:
    """Takes observations out of rows that are one each."""

    def __init__(self, grid: Grid, found: Columns) -> None:
        self._grid, self._found, self._names = grid, found, _Names()
        self._column = ",".join(grid.labels(found.keys))
        self._filled = bool(found.keys) and _is_pivot(grid, found)
        self._above = ""
        dated = [row for row in grid.first if found.date is not None and cell_of(row, found.date) not in (None, "")]
        self._mostly_dated = 2 * len(dated) > len(grid.first)

    def notes(self) -> Iterator[Note]:
        if self._filled:
            said = f"where {self._column} is blank, the name above holds"
            yield Note("blank_names", said, self._column, "the blanks follow a name, as in a pivot table")

    def take(self, block: Block) -> Taken:
        found, count = self._found, len(block.lines)
        names = self._names.of(block, found.keys) if found.keys else [self._grid.name] * count
        names = self._with_above(names) if self._filled else names
        dates: Sequence[Cell] = [None] * count if found.date is None else block.column(found.date)
        values = block.column(found.value or 0)
        left_out = dict(self._left_out(block, names, dates, values))
        yield from left_out.values()
        groups = None if found.group is None else [title(cell) or None for cell in block.column(found.group)]
        observed = Observed(names, block.lines, dates, values, groups)
        yield _without(observed, left_out.keys()) if left_out else observed

    def _with_above(self, names: Sequence[str]) -> list[str]:
        out = []
        for name in names:
            self._above = name or self._above
            out.append(self._above)
        return out

    def _left_out(
        self, block: Block, names: Sequence[str], dates: Sequence[Cell], values: Sequence[Cell]
    ) -> Iterator[tuple[int, Flaw]]:
        """Rows that are no observation, by their place."""
        if self._mostly_dated and ("" in dates or None in dates):
            for at, date in enumerate(dates):
                if date in BLANK and (values[at] in BLANK or is_total(block.column(0)[at])):
                    said = f"{_start(row_at(block, at))} is a total or a footnote: left out"
                    yield at, Flaw(line=block.lines[at], field=self._column or None, detail=said)
        if "" in names:
            for at, name in enumerate(names):
                if not name:
                    yield at, Flaw(line=block.lines[at], field=self._column, detail="the series has no name")


def _without(observed: Observed, places: Collection[int]) -> Observed:
    """The observations without those in these places."""
    kept = [at not in places for at in range(len(observed.lines))]
    return Observed(*(None if one is None else list(compress(one, kept)) for one in observed))  # type: ignore[arg-type]


def _start(row: Row) -> str:
    return repr(next((title(cell) for cell in row.cells if title(cell)), ""))[:60]


def _is_pivot(grid: Grid, found: Columns) -> bool:
    """Whether names stand only in the first row of their series."""
    names = [title(cell_of(row, found.keys[0])) for row in grid.first]
    blank = sum(not name for name in names)
    return bool(names) and bool(names[0]) and blank >= max(2, BLANK_SHARE * len(names))


def _long(grid: Grid, found: Columns) -> Layout:
    rows = _Long(grid, found)
    return Layout(
        "long",
        ("long", *grid.labels(range(len(grid.header)))),
        found.date is not None,
        rows.take,
        notes=(*found.notes, *rows.notes(), *_unused(grid, found.rest)),
        date_column=title(grid.header[found.date]) if found.date is not None else "date",
        value_column=title(grid.header[found.value or 0]),
    )


def _wide(grid: Grid, found: Columns) -> Layout:
    header, rest = grid.header, found.rest
    if found.date is None and rest:
        dated = [at for at in rest if are_dates([header[at]], share=0.99)]
        others = [at for at in rest if at not in dated]
        if len(dated) > 1 and (found.keys or others):
            return _by_row(grid, found, dated, others)
        counted = _count([header[at] for at in rest])
        if found.keys and counted:
            return _by_row(grid, found, rest, [], dated=False)
        if not found.keys and len(rest) > 1 and _holds_dates(grid, rest[0]):
            found.date = rest.pop(0)
    if found.date is None and any(_is_datum(header[at]) for at in rest):
        raise _unknown(grid, found)
    if found.date is not None and are_dates([header[found.date]]):
        raise _unknown(grid, found)
    numbers = any(not _texts(grid, at) for at in rest)
    if found.keys or not rest or not (found.date is not None or numbers):
        raise _unknown(grid, found)
    return _by_column(grid, found)


def _holds_dates(grid: Grid, at: int) -> bool:
    return are_dates([cell_of(row, at) for row in grid.first])


def _is_datum(cell: Cell) -> bool:
    """Whether a column's name is rather a number or a date: the table has no header then."""
    return bool(re.fullmatch(r"[-+]?\d[\d.,]*", title(cell))) or are_dates([cell])


def _count(labels: Sequence[Cell]) -> bool:
    """Whether the labels count steps upwards."""
    found = [NUMBERED.fullmatch(title(label)) for label in labels]
    steps = [int(one[1]) for one in found if one]
    return len(steps) == len(labels) and steps == list(range(steps[0], steps[0] + len(steps))) and not are_dates(labels)


def _row_keys(grid: Grid, found: Columns, others: Sequence[int]) -> tuple[int, ...]:
    """The fewest columns that name every row differently; the first one if there are none."""
    known = found.keys or tuple(others[:1])
    if "," not in ",".join(grid.labels(known)) and found.long:
        return known
    candidates = [*known, *(at for at in others if at not in known)][:8]
    for size in range(1, min(3, len(candidates)) + 1):
        for keys in combinations(candidates, size):
            if known[0] in keys and len({_called(row, keys) for row in grid.first}) == len(grid.first):
                return keys
    return known


def _called(row: Row, keys: Sequence[int]) -> str:
    return JOINED.join(title(cell_of(row, at)) for at in keys)


def _by_row(grid: Grid, found: Columns, places: Sequence[int], others: Sequence[int], *, dated: bool = True) -> Layout:
    keys = _row_keys(grid, found, others)
    column = ",".join(grid.labels(keys))
    labels = [grid.header[at] if dated else None for at in places]
    called = _Names()

    def take(block: Block) -> Taken:
        names = called.of(block, keys)
        left_out = {at: flaw for at, name in enumerate(names) if (flaw := _no_series(name, block.lines[at], column))}
        yield from left_out.values()
        rows = [_ended(row) for row in zip(*(block.column(at) for at in places), strict=True)]
        kept = [at for at in range(len(rows)) if at not in left_out]
        group = None if found.group is None else [title(cell) or None for cell in block.column(found.group)]
        yield Observed(
            list(chain.from_iterable([names[at]] * len(rows[at]) for at in kept)),
            list(chain.from_iterable([block.lines[at]] * len(rows[at]) for at in kept)),
            list(chain.from_iterable(labels[: len(rows[at])] for at in kept)),
            list(chain.from_iterable(rows[at] for at in kept)),
            group and list(chain.from_iterable([group[at]] * len(rows[at]) for at in kept)),
        )

    unused = [at for at in others if at not in keys]
    signature = ("rows", *grid.labels(range(len(grid.header))))
    notes = (*found.notes, *_unused(grid, unused))
    return Layout("rows", signature, dated, take, notes=notes, date_column="the header")


def _no_series(name: str, line: int, column: str) -> Flaw | None:
    """Why a row of that name is none."""
    if not name:
        return Flaw(line=line, field=column, detail="the series has no name")
    return Flaw(line=line, field=name, detail="the row adds up others: left out") if is_total(name) else None


def _ended(row: Sequence[Cell]) -> Sequence[Cell]:
    """The row up to its last value; its first cell alone if it has none."""
    end = next((at for at in range(len(row) - 1, 0, -1) if row[at] not in BLANK), 0)
    return row[: end + 1]


def _by_column(grid: Grid, found: Columns) -> Layout:
    at_date = -1 if found.date is None else found.date
    series: dict[str, int] = {}
    flaws = []
    for at in found.rest:
        called = title(grid.header[at])
        if is_total(called) and len(found.rest) > 2:
            flaws.append(Flaw(line=grid.line, field=called, detail="the column adds up others: left out"))
            continue
        if called in series:
            flaws.append(Flaw(line=grid.line, field=called, detail="a second column of that name is left out"))
        series.setdefault(called, at)
    places = tuple(series.items())

    def take(block: Block) -> Taken:
        if totals := [at for at, cell in enumerate(block.column(at_date)) if at_date >= 0 and is_total(cell)]:
            yield from (Flaw(line=block.lines[at], detail="the row adds up others: left out") for at in totals)
            block = block.without(totals)
        count = len(block.lines)
        dates: Sequence[Cell] = block.column(at_date) if at_date >= 0 else [None] * count
        for called, at in places:
            yield Observed([called] * count, block.lines, dates, block.column(at))

    return Layout(
        "columns",
        ("columns", *series),
        at_date >= 0,
        take,
        notes=tuple(found.notes),
        flaws=tuple(flaws),
        date_column=title(grid.header[at_date]) if at_date >= 0 else "date",
    )


def _unknown(grid: Grid, found: Columns) -> Invalid:
    """Why the columns make no portfolio."""
    header = grid.header
    shown = ", ".join(title(cell)[:40] or "(empty)" for cell in header[:20])
    if any(_is_datum(cell) for cell in header):
        said = f"the first line has no column names but data: {shown}"
    else:
        missing = "value" if found.keys or found.date is not None else "name, date and value"
        said = f"there is no column for {missing}; the columns are: {shown}"
    wanted = "wanted are series_name,date,value or unique_id,ds,y, or a date column and one column a series"
    return Invalid(f"{said}; {wanted}", Flaw(line=grid.line, field="value", detail=said))
