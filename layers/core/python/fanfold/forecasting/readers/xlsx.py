"""Excel workbooks (ECMA-376), sheet by sheet and row by row, by openpyxl's read-only mode.

Formulas count by the value that Excel stored with them; one without is a flaw of its row. A merged cell's value holds
for every cell it covers.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain, islice, zip_longest
from typing import Any, BinaryIO
from zipfile import ZipFile

from fanfold.errors import Flaw, Invalid, Refused
from fanfold.forecasting.readers import Cell, ReadOptions, SourceTable, TableRow
from fanfold.forecasting.readers._header import NONE, header_at, told, two_rows
from fanfold.forecasting.readers._sources import check_bomb

PART = 1024 * 1024
MERGED = re.compile(rb'<mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
FORMULA = re.compile(rb"<f[ >/]")
MOST_MERGED = 100_000
SHEET = 1_048_576 * 16_384
"""Cells that a sheet can have."""
TITLES = 40
"""Rows among which the header is looked for: there may be titles above it."""
EMPTY = 1000
"""Rows in a row without anything, after which a sheet is over: some end a million rows below their data."""


class XlsxReader:
    suffixes = (".xlsx", ".xlsm")
    seeks = True

    def tables(self, file: BinaryIO, name: str, options: ReadOptions) -> Iterator[SourceTable | Flaw]:
        from openpyxl import load_workbook

        try:
            with ZipFile(file) as packed:
                check_bomb(packed.infolist())
            book = load_workbook(file, read_only=True, data_only=True)
        except (Refused, MemoryError):
            raise
        except Exception as error:  # openpyxl has no error of its own: it raises what its parts meet
            raise Invalid(f"this is no workbook that Excel could open: {error}", field="input") from error
        sheets = [sheet for sheet in book.worksheets if _chosen(sheet, options.sheet)]
        if not sheets:
            there = ", ".join(book.sheetnames)
            raise Invalid(f"there is no sheet {options.sheet!r}; there are {there}", field="sheet")
        found = 0
        for sheet in sheets:
            table = _tried(file, book, sheet, name if len(sheets) == 1 else sheet.title, options)
            if table is not None:
                found += 1
                yield table
        if not found:
            raise Invalid("there is nothing in the workbook", field="input")


def _chosen(sheet: Any, wanted: str | None) -> bool:
    return bool(sheet.title == wanted if wanted is not None else sheet.sheet_state == "visible")


def _tried(file: BinaryIO, book: Any, sheet: Any, name: str, options: ReadOptions) -> SourceTable | Flaw | None:
    try:
        return _table(file, book, sheet, name, options)
    except (Refused, MemoryError):
        raise
    except Exception as error:
        return Flaw(field=sheet.title, detail=f"the sheet is damaged: {error}")


def _sound(rows: Iterator[TableRow | Flaw]) -> Iterator[TableRow | Flaw]:
    """The rows as far as they can be read."""
    number = 0
    try:
        for row in rows:
            number = row.line or number
            yield row
    except MemoryError:
        raise
    except Exception as error:
        yield Flaw(line=number + 1, detail=f"the sheet is damaged from here on: {error}")


def _table(file: BinaryIO, book: Any, sheet: Any, name: str, options: ReadOptions) -> SourceTable | None:
    """The sheet as a table from its header on; None if it is empty."""
    merged, formulas = _scan(file, sheet._worksheet_path)
    rows: Iterator[TableRow | Flaw] = _sound(_filled(_numbered(file, sheet, formulas), merged))
    top = list(islice(rows, TITLES))
    row_like = [row for row in top if isinstance(row, TableRow)]
    if not row_like:
        return None
    row_like = [row for row in row_like if row.line > options.skip_rows] or row_like
    cells, lines = [row.cells for row in row_like], [row.line for row in row_like]
    at = told(options.header_row, lines) if options.header_row else header_at(cells, lines)
    header, notes = row_like[at], NONE
    if at:
        made, notes = two_rows(header.cells, cells[at - 1])
        header = header._replace(cells=made)
    below = [row for row in top if not isinstance(row, TableRow) or row.line > header.line]
    rows = chain(below, rows)
    return SourceTable(name, header.cells, rows, header.line, origin=book.epoch.isoformat(), notes=notes)


def _scan(file: BinaryIO, path: str) -> "tuple[list[tuple[int, int, int, int]], bool]":
    """Merged ranges (top, left, bottom, right; from 1) and whether there are formulas, from the sheet's XML."""
    from openpyxl.utils import column_index_from_string

    merged: list[tuple[int, int, int, int]] = []
    formulas, tail = False, b""
    with ZipFile(file) as packed, packed.open(path) as xml:
        while part := xml.read(PART):
            part = tail + part
            formulas = formulas or FORMULA.search(part) is not None
            end = 0
            for left, top, right, bottom in ((m[1], m[2], m[3], m[4]) for m in MERGED.finditer(part)):
                columns = column_index_from_string(left.decode()), column_index_from_string(right.decode())
                merged.append((int(top), columns[0], int(bottom), columns[1]))
            end = max((m.end() for m in MERGED.finditer(part)), default=0)
            tail = part[max(end, len(part) - 80) :]
            if len(merged) > MOST_MERGED:
                raise Invalid(f"the sheet has more than {MOST_MERGED:,} merged cells", field="input")
    if sum((bottom - top + 1) * (right - left + 1) for top, left, bottom, right in merged) > SHEET:
        raise Invalid("the sheet's merged cells lie over each other, as Excel never has them", field="input")
    return merged, formulas


def _numbered(file: BinaryIO, sheet: Any, formulas: bool) -> Iterator[TableRow | Flaw]:
    """Rows that hold something; a formula that Excel never worked out makes its row a flaw."""
    sheet.reset_dimensions()
    empty = 0
    for number, (cells, asked) in enumerate(
        zip_longest(sheet.iter_rows(values_only=True), _formulas(file, sheet, formulas)), 1
    ):
        cells = _trimmed(cells or ())
        empty = 0 if cells else empty + 1
        if empty > EMPTY:
            return
        uncounted = _uncounted(cells, asked) if asked else None
        if uncounted is not None:
            yield Flaw(
                line=number, detail=f"cell {uncounted}{number} holds a formula without its value: save it in Excel"
            )
        elif cells:
            yield TableRow(number, cells)


def _formulas(file: BinaryIO, sheet: Any, wanted: bool) -> Iterator[Sequence[Any]]:
    """The same rows with formulas as such; none if there are no formulas."""
    from openpyxl import load_workbook

    if wanted:
        other = load_workbook(file, read_only=True, data_only=False)[sheet.title]
        other.reset_dimensions()
        yield from other.iter_rows(values_only=True)


def _uncounted(cells: "Sequence[Cell]", asked: Sequence[Any]) -> str | None:
    """The letters of the first column that holds a formula and no value."""
    from openpyxl.utils import get_column_letter

    for at, formula in enumerate(asked):
        if isinstance(formula, str) and formula.startswith("=") and (at >= len(cells) or cells[at] is None):
            return str(get_column_letter(at + 1))
    return None


def _trimmed(cells: Sequence[Any]) -> "list[Cell]":
    out = [_cell(value) for value in cells]
    while out and out[-1] is None:
        out.pop()
    return out


def _cell(value: Any) -> Cell:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds() / 86400
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return value if value.strip() else None
    return value if value is None or isinstance(value, int | float) else str(value)


def _filled(rows: Iterator[TableRow | Flaw], merged: "list[tuple[int, int, int, int]]") -> Iterator[TableRow | Flaw]:
    """Rows with the values of merged cells in every cell they cover."""
    waiting = sorted(merged, reverse=True)
    open_: list[tuple[int, int, int, Cell]] = []
    for row in rows:
        if isinstance(row, Flaw):
            yield row
            continue
        while waiting and waiting[-1][0] <= row.line:
            top, left, bottom, right = waiting.pop()
            if top == row.line and left <= len(row.cells):
                open_.append((left, bottom, right, row.cells[left - 1]))
        open_ = [one for one in open_ if one[1] >= row.line]
        for left, _, right, value in open_:
            row.cells.extend([None] * (min(right, 16_384) - len(row.cells)))
            row.cells[left - 1 : right] = [value] * (right - left + 1)
        yield row


PLUGIN = XlsxReader()
