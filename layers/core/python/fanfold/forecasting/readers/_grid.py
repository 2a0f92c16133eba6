"""What a layout is made of: a table as far as it was looked at, and how observations are taken out of its rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fanfold.errors import Flaw
from fanfold.forecasting.dates import Cell
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import RowBlock, TableRow
from fanfold.forecasting.readers._spool import Observed
from fanfold.forecasting.readers._words import title

JOINED = "/"
"""What stands between the parts of a name that several columns make."""
BLANK = frozenset((None, ""))
Taken = Iterator[Flaw | Observed]


@dataclass(frozen=True)
class Layout:
    """How observations are taken out of rows, and the columns they are judged by."""

    kind: str
    signature: tuple[str, ...]
    """Tables of the same signature are judged together."""
    dated: bool
    take: Callable[[RowBlock], Taken]
    notes: tuple[Note, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    date_column: str = "date"
    value_column: str = "value"


class Grid(NamedTuple):
    """A table as far as its layout needs it: its name, header, first rows and the header's line."""

    name: str
    header: Sequence[Cell]
    first: Sequence[TableRow]
    line: int

    def labels(self, places: Sequence[int]) -> list[str]:
        return [title(self.header[at]) for at in places]


class JoinedNames(dict[tuple[Cell, ...], str]):
    """The names that cells of several columns make."""

    def __missing__(self, cells: tuple[Cell, ...]) -> str:
        self[cells] = made = JOINED.join(map(title, cells)).strip(JOINED)
        return made

    def of(self, found: RowBlock, places: Sequence[int]) -> list[str]:
        """A name for each row."""
        if len(places) == 1:
            cells = found.column(places[0])
            known = {cell: title(cell) for cell in set(cells)}
            return list(map(known.__getitem__, cells))
        return list(map(self.__getitem__, zip(*(found.column(at) for at in places), strict=True)))


def unused_columns(grid: Grid, rest: Sequence[int]) -> tuple[Note, ...]:
    shown = ", ".join(grid.labels(rest[:20]))
    return (Note("unused_columns", f"columns that are not used: {shown}", option="--column"),) if rest else ()
