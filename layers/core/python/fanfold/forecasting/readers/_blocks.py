"""Rows gathered into blocks, so that columns are worked on and not cells."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest

from fanfold.errors import Flaw
from fanfold.forecasting.readers import RowBlock, TableRow

ROWS = 4096
CELLS = 400_000
"""In a block at most, unless one row has more."""
Found = Iterator[RowBlock | Flaw]


def blocks(rows: Iterable[TableRow | RowBlock | Flaw]) -> Found:
    """The same in blocks; single rows are put together."""
    waiting: list[TableRow] = []
    cells = 0
    for one in rows:
        if isinstance(one, TableRow):
            waiting.append(one)
            cells += len(one.cells)
            if len(waiting) < ROWS and cells < CELLS:
                continue
        if waiting:
            yield block(waiting)
            waiting, cells = [], 0
        if not isinstance(one, TableRow):
            yield one
    if waiting:
        yield block(waiting)


def block(rows: Sequence[TableRow]) -> RowBlock:
    """Rows as one block."""
    return RowBlock([row.line for row in rows], list(zip_longest(*(row.cells for row in rows))))


def peeked(found: Found, count: int) -> tuple[list[RowBlock | Flaw], list[TableRow]]:
    """As many blocks as hold so many rows, and those rows."""
    taken: list[RowBlock | Flaw] = []
    rows: list[TableRow] = []
    for one in found:
        taken.append(one)
        if isinstance(one, RowBlock):
            rows += islice(one.rows(), count - len(rows))
        if len(rows) >= count:
            break
    return taken, rows


def row_at(found: RowBlock, at: int) -> TableRow:
    """One row of a block."""
    return TableRow(found.lines[at], [column[at] for column in found.columns])
