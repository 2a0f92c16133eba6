"""A sheet of the workbook: a table that goes on when it is full, and is printed one page wide."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from fanfold.cells import FORMULA

WRAPPED = frozenset({"business_recommendation", "explanation", "decision", "evidence"})
DAY, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
LONGEST = 32_767
"""Characters in a cell."""


class Sheet:
    """A table that goes on in another sheet when it is full."""

    def __init__(self, book: Any, name: str, header: tuple[str, ...], rows: int) -> None:
        self.book, self.name, self.header, self.rows = book, name, header, rows
        self.bold = book.add_format({"bold": True, "bottom": 1, "bg_color": "#f1f5f9"})
        self.quoted = book.add_format({"quote_prefix": True})
        self.dates = {kind: book.add_format({"num_format": kind}) for kind in (DAY, MOMENT)}
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.count = 0
        self.first = self._open()

    def _open(self) -> Any:
        self.count += 1
        self.sheet = self.book.add_worksheet(self.name if self.count == 1 else f"{self.name} {self.count}")
        self.sheet.freeze_panes(1, 1)
        self.sheet.set_column(0, 0, 28)
        self.sheet.set_column(1, len(self.header) - 1, 14)
        for column, name in enumerate(self.header):
            if name in WRAPPED:
                self.sheet.set_column(column, column, 60, self.wrapped)
        _on_one_page_wide(self.sheet)
        self.row = 0
        self.append(self.header, self.bold)
        return self.sheet

    def append(self, cells: Iterable[Any], style: Any = None) -> None:
        if self.row >= self.rows:
            self._open()
        for column, cell in enumerate(cells):
            own = self.wrapped if style is None and self.header[column] in WRAPPED else style
            if isinstance(cell, datetime):
                own = self.dates[DAY if cell.time() == datetime.min.time() else MOMENT]
            put(self.sheet, self.row, column, cell, own, self.quoted)
        self.row += 1


def fill(rows: Iterable[tuple[Sheet, Iterable[Any]]]) -> None:
    """Write rows, each to its sheet."""
    for sheet, cells in rows:
        sheet.append(cells)


def _on_one_page_wide(sheet: Any) -> None:
    """How a table is printed: on A4 across, all columns on a page, its header on each."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def put(sheet: Any, row: int, column: int, cell: Any, style: Any, quoted: Any) -> None:
    """A number as a number, a date as a date, a text as a text, whatever it begins with."""
    if isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell, style)
    elif isinstance(cell, str):
        if cell:
            sheet.write_string(row, column, cell[:LONGEST], quoted if FORMULA.match(cell) else style)
    elif cell is not None:
        sheet.write_number(row, column, cell, style)


def lines(sheet: Any, rows: Iterable[tuple[list[Any], Any]], quoted: Any) -> None:
    """Write rows from the top, each with its style; a number format holds for the last cell alone."""
    for row, (cells, style) in enumerate(rows):
        for column, cell in enumerate(cells):
            own = style if isinstance(cell, str | None) or column == len(cells) - 1 else None
            put(sheet, row, column, cell, own, quoted)
