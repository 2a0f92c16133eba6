"""What a table's columns mean: long, one column a series, or one row a series."""

import re
from collections.abc import Mapping, Sequence
from itertools import chain, combinations

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.dates import Cell
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import RowBlock, TableRow
from fanfold.forecasting.readers._columns import Columns, columns
from fanfold.forecasting.readers._grid import BLANK, JOINED, Grid, JoinedNames, Layout, Taken, unused_columns
from fanfold.forecasting.readers._kinds import are_dates, cell_of, holds_numbers
from fanfold.forecasting.readers._long import long_layout, supply_of
from fanfold.forecasting.readers._spool import Observed
from fanfold.forecasting.readers._supply import notes_of
from fanfold.forecasting.readers._words import ATTRIBUTES, CALENDAR_WORDS, is_total, plain, title

NUMBERED = re.compile(r"([^\W\d]*[\s_\-]?)(\d+)")
"""A label that counts steps: `V2`, `t_10`, `7`."""
MOST_COLUMNS = 100_000


def layout(name: str, header: Sequence[Cell], first: Sequence[TableRow], given: Mapping[str, str], line: int) -> Layout:
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
    beside = all(plain(header[at]) in ATTRIBUTES for at in rest) or _has_words(grid, found)
    if found.value is not None and (found.keys or found.long or beside):
        _once(grid, found)
        return long_layout(grid, found)
    if found.value is not None:
        found.rest, found.value = sorted([*rest, found.value]), None
    if found.date is not None:  # a column for each series
        found.rest, found.supply = sorted([*found.rest, *found.supply.values()]), {}
    return _wide(grid, found)


def _once(grid: Grid, found: Columns) -> None:
    """Raises Invalid if a column that matters is there twice."""
    plains = [plain(cell) for cell in grid.header]
    for at in set(found.roles()) - set(found.supply.values()):
        if plains.count(plains[at]) > 1:
            column = title(grid.header[at])
            raise Invalid(
                f"two columns are called {column!r}", Flaw(field=column, line=grid.line, detail="there twice")
            )


def _has_words(grid: Grid, found: Columns) -> bool:
    """Whether there are words beside a date and a value: the other columns are then no series."""
    return found.date is not None and any(_texts(grid, at) for at in found.rest)


def _names_series(grid: Grid, at: int) -> bool:
    return plain(grid.header[at]) not in ATTRIBUTES and _texts(grid, at)


def _texts(grid: Grid, at: int) -> bool:
    """Whether the column holds words, not numbers."""
    cells = [cell for row in grid.first if (cell := cell_of(row, at)) not in (None, "")]
    return not holds_numbers(cells)


def _wide(grid: Grid, found: Columns) -> Layout:
    header, rest = grid.header, found.rest
    if found.date is None and rest:
        dated = [at for at in rest if are_dates([header[at]], share=0.99)]
        others = [at for at in rest if at not in dated]
        if len(dated) > 1 and (found.keys or others):
            return _by_row(grid, found, dated, others)
        counted = _counted(header, rest)
        if found.keys and counted:
            said = f"{title(header[counted[0]])} to {title(header[counted[-1]])} give the order alone"
            found.notes.append(Note("steps", said, "the header"))
            return _by_row(grid, found, counted, [at for at in rest if at not in counted], dated=False)
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


def _counted(header: Sequence[Cell], rest: Sequence[int]) -> list[int]:
    """The columns whose labels count steps upwards under one name, if they are most."""
    found = [(at, NUMBERED.fullmatch(title(header[at]))) for at in rest]
    groups: dict[str, list[tuple[int, int]]] = {}
    for at, label in found:
        if label:
            groups.setdefault(label[1], []).append((at, int(label[2])))
    largest = max(groups.values(), key=len, default=[])
    steps = [step for _, step in largest]
    if 2 * len(largest) <= len(rest) or steps != list(range(steps[0], steps[0] + len(steps))):
        return []
    places = [at for at, _ in largest]
    return [] if are_dates([header[at] for at in places]) else places


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


def _called(row: TableRow, keys: Sequence[int]) -> str:
    return JOINED.join(title(cell_of(row, at)) for at in keys)


def _by_row(grid: Grid, found: Columns, places: Sequence[int], others: Sequence[int], *, dated: bool = True) -> Layout:
    keys = _row_keys(grid, found, others)
    column = ",".join(grid.labels(keys))
    labels = [grid.header[at] if dated else None for at in places]
    called = JoinedNames()

    def take(block: RowBlock) -> Taken:
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
            [
                list(chain.from_iterable([column[at]] * len(rows[at]) for at in kept))
                for column in supply_of(block, found)
            ]
            or None,
        )

    left = [at for at in others if at not in keys]
    signature = ("rows", *grid.labels(range(len(grid.header))))
    notes = (*found.notes, *notes_of(grid.header, found.supply), *unused_columns(grid, left))
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
    flaws, beside = [], list[int]()
    for at in found.rest:
        called = title(grid.header[at])
        if is_total(called) and len(found.rest) > 2:
            flaws.append(Flaw(line=grid.line, field=called, detail="the column adds up others: left out"))
            continue
        if plain(called) in CALENDAR_WORDS and len(found.rest) > 1:
            beside.append(at)
            continue
        if called in series:
            flaws.append(Flaw(line=grid.line, field=called, detail="a second column of that name is left out"))
        series.setdefault(called, at)
    places = tuple(series.items())

    def take(block: RowBlock) -> Taken:
        under = {cell for cell in set(block.column(at_date)) if is_total(cell)} if at_date >= 0 else ()
        if totals := [at for at, cell in enumerate(block.column(at_date)) if cell in under] if under else ():
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
        notes=(*found.notes, *unused_columns(grid, beside)),
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
