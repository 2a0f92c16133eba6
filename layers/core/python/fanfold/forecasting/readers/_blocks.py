"""Rows gathered into blocks, so that columns are worked on and not cells."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest

from fanfold.errors import Flaw
from fanfold.forecasting.readers import Block, Row

ROWS = 4096
CELLS = 400_000
"""In a block at most, unless one row has more."""
Found = Iterator[Block | Flaw]


def blocks(rows: Iterable[Row | Block | Flaw]) -> Found:
    """The same in blocks; single rows are put together."""
    waiting: list[Row] = []
    cells = 0
    for one in rows:
        if isinstance(one, Row):
            waiting.append(one)
            cells += len(one.cells)
            if len(waiting) < ROWS and cells < CELLS:
                continue
        if waiting:
            yield block(waiting)
            waiting, cells = [], 0
        if not isinstance(one, Row):
            yield one
    if waiting:
        yield block(waiting)


def block(rows: Sequence[Row]) -> Block:
    """Rows as one block."""
    return Block([row.line for row in rows], list(zip_longest(*(row.cells for row in rows))))


def peeked(found: Found, count: int) -> tuple[list[Block | Flaw], list[Row]]:
    """As many blocks as hold so many rows, and those rows."""
    taken: list[Block | Flaw] = []
    rows: list[Row] = []
    for one in found:
        taken.append(one)
        if isinstance(one, Block):
            rows += islice(one.rows(), count - len(rows))
        if len(rows) >= count:
            break
    return taken, rows


def row_at(found: Block, at: int) -> Row:
    """One row of a block."""
    return Row(found.lines[at], [column[at] for column in found.columns])
