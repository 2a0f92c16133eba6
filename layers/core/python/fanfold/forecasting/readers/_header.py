"""Which row of a table is its header: there may be titles above it, or the years of its months."""

from collections.abc import Sequence
from statistics import median

from fanfold.errors import Invalid
from fanfold.forecasting.dates import Cell
from fanfold.forecasting.readers._words import title

TOP = 20
"""Rows among which the header is looked for."""
SHARE = 0.75
"""Of the cells of the rows below it that a header has at least."""


def header_at(rows: Sequence[Sequence[Cell]], lines: Sequence[int]) -> int:
    """The place of the header among the first rows, whose lines in the file show where blank ones are."""
    filled = [sum(title(cell) != "" for cell in row) for row in rows]
    for at in range(min(TOP, len(rows))):
        below = filled[at + 1 :]
        if _is_header(rows[at], filled[at], below) and not _closed(at, filled, lines):
            return at
    return 0


def told(header_row: int, lines: Sequence[int]) -> int:
    """The place of the row in that line. Raises Invalid if nothing is there."""
    if header_row not in lines:
        raise Invalid(f"there is no header in line {header_row}", field="header_row")
    return lines.index(header_row)


def _is_header(row: Sequence[Cell], filled: int, below: Sequence[int]) -> bool:
    if not below:
        return True
    usual = median(below)
    merged = filled > 1 and len({title(cell) for cell in row if title(cell)}) == 1
    return filled >= min(SHARE * usual, usual) and not (merged and usual > 1) and (filled > 1 or usual <= 1)


def _closed(at: int, filled: Sequence[int], lines: Sequence[int]) -> bool:
    """Whether a blank line soon ends the block that the row begins, and a block as wide follows."""
    for below in range(at + 1, min(at + 6, len(filled))):
        if lines[below] > lines[below - 1] + 1:
            return len(filled) > below + 1 and filled[below] >= filled[at]
    return False


def with_years(header: Sequence[Cell], above: Sequence[Cell]) -> list[Cell]:
    """The header with the years that stand above its months, if there are any: `Jan` under `2024` is `Jan 2024`."""
    years: list[str] = []
    for at in range(len(header)):
        here = title(above[at]) if at < len(above) else ""
        years.append(here or (years[-1] if years else ""))
    return [
        f"{title(cell)} {year}" if _is_year(year) and title(cell) else cell
        for cell, year in zip(header, years, strict=True)
    ]


def _is_year(text: str) -> bool:
    return text.isdecimal() and len(text) == 4 and 1900 <= int(text) <= 2100
