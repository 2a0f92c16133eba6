"""What the cells of a column are: dates, numbers, fractions."""

from collections.abc import Sequence

from fanfold.forecasting.dates import CALENDAR, Cell, Dates
from fanfold.forecasting.readers import TableRow
from fanfold.forecasting.readers._cells import MISSING
from fanfold.forecasting.readers._numbers import Numbers
from fanfold.forecasting.readers._words import plain, title


def cell_of(row: TableRow, at: int) -> Cell:
    """The cell in that place; None where the row is shorter."""
    return row.cells[at] if at < len(row.cells) else None


def named(cell: Cell) -> bool:
    """Whether the column has a name of its own, and not one that pandas gave to its index."""
    return bool(title(cell)) and not plain(cell).startswith(("unnamed:", "__index_level_"))


def are_dates(cells: Sequence[Cell], share: float = 1.0, *, clocks: bool = False) -> bool:
    """Whether nearly all of them, as the share says, are dates, and not just numbers; `clocks` count since 1970."""
    seen = Dates()
    known = [cell for cell in cells if cell not in (None, "")]
    for cell in known:
        seen.see(cell)
    seen.decide()
    if known and clocks and seen.kind in ("seconds", "milliseconds"):
        return True
    if not known or (seen.kind not in CALENDAR and seen.kind != "index"):
        return bool(known) and seen.kind == "serial" and share < 1
    return sum(not isinstance(seen.parse(cell), int | None) for cell in known) >= share * len(known)


def holds_numbers(cells: Sequence[Cell]) -> bool:
    """Whether most of them are numbers."""
    numbers = Numbers()
    for cell in cells:
        numbers.see(cell)
    numbers.decide()
    return bool(cells) and sum(_is_number(cell, numbers) for cell in cells) * 2 > len(cells)


def _is_number(cell: Cell, numbers: Numbers) -> bool:
    if isinstance(cell, str) and cell.strip().casefold() in MISSING:
        return False
    try:
        numbers.parse(cell)
    except ValueError:
        return False
    return True


def is_fraction(cell: Cell) -> bool:
    """Whether it is a number with digits behind the point."""
    return isinstance(cell, float) and not cell.is_integer()
