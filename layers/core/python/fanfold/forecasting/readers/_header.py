"""Which row of a table is its header: there may be titles above it, or the years of its months."""

from collections.abc import Sequence
from statistics import median

from fanfold.errors import Invalid
from fanfold.forecasting.dates import Cell
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers._kinds import are_dates
from fanfold.forecasting.readers._words import ROLES, VALUE_WORDS, parts, plain, title

TOP = 20
"""Rows among which the header is looked for."""
NONE: tuple[Note, ...] = ()
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


def two_rows(header: Sequence[Cell], above: Sequence[Cell]) -> tuple[list[Cell], tuple[Note, ...]]:
    """A header with what stands in the row above it, and what was decided about that.

    `Jan` under `2024` is `Jan 2024`; of several measures under each date one is taken; a blank has the name above it.
    """
    tops = [title(above[at]) if at < len(above) else "" for at in range(len(header))]
    filled = [next((top for top in reversed(tops[: at + 1]) if top), "") for at in range(len(header))]
    if sum(map(_is_year, filled)) > len(header) / 2:
        return [_under(cell, top, own) for cell, top, own in zip(header, filled, tops, strict=True)], ()
    dates = [at for at, top in enumerate(filled) if top and are_dates([top])]
    measures = list(dict.fromkeys(title(header[at]) for at in dates))
    if len(dates) < 2 or not 1 < len(measures) < len(dates) or not all(measures):
        return list(header), ()
    usual = [name for name in measures if plain(name) in ROLES["value"]]
    taken = next((name for name in (*usual, *measures) if parts(name) & VALUE_WORDS), measures[0])
    said = f"of {', '.join(measures)} under each date {taken} is taken"
    note = Note("measure", said, None, "the header has two rows", "--header-row", certain=False)
    made = [_measured(cell, filled[at], taken) if at in dates else cell or tops[at] for at, cell in enumerate(header)]
    return made, (note,)


def _under(cell: Cell, year: str, own: str) -> Cell:
    if not title(cell):
        return own if own and not _is_year(own) else cell
    return f"{title(cell)} {year}" if _is_year(year) else cell


def _measured(cell: Cell, date: str, taken: str) -> Cell:
    return date if title(cell) == taken else None


def _is_year(text: str) -> bool:
    return text.isdecimal() and len(text) == 4 and 1900 <= int(text) <= 2100
