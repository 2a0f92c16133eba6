"""Portfolios as people keep them: CSV, Excel, Parquet and JSON, long or wide, in one file, a folder or a zip.

Each module in this package turns files of the format it is named after into tables of plain cells. What a table
means (`_layout`), which day a date is (`forecasts.dates`), what a number is worth (`_numbers`) is the same for all.
"""

import codecs
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from fanfold import plugins
from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.dates import Cell, written
from fanfold.forecasting.notes import Note
from fanfold.forecasting.periods import beginning, period

COLUMNS = ("name", "date", "value", "group", "on_hand", "on_order", "lot_size", "minimum_order")
"""What a column may be."""
CHOICES: dict[str, tuple[str | None, ...]] = {
    "decimal": (None, ".", ","),
    "duplicates": ("sum", "mean", "last", "error"),
    "missing": (None, "zero", "line"),
    "partial": ("drop", "keep", "scale"),
}
"""Options that are one of a few words."""
SALES = frozenset({"retail", "spare_parts"})
"""Presets of what is sold: where nothing is written nothing was."""


class TableRow(NamedTuple):
    """A row of a table and the line (or row, or record) of the file it is in, from 1.

    Dates have become ISO text, truth 0 or 1.
    """

    line: int
    cells: "list[Cell]"


class RowBlock(NamedTuple):
    """Rows side by side: the line of each, and for every column its cells; None where a row was shorter."""

    lines: Sequence[int]
    columns: "Sequence[Sequence[Cell]]"

    def column(self, at: int) -> "Sequence[Cell]":
        """The cells of a column; None for each row if there is no such column."""
        return self.columns[at] if at < len(self.columns) else [None] * len(self.lines)

    def without(self, places: Collection[int]) -> "RowBlock":
        """The block without the rows in these places."""
        kept = [at for at in range(len(self.lines)) if at not in places]
        return RowBlock([self.lines[at] for at in kept], [[column[at] for at in kept] for column in self.columns])

    def rows(self) -> Iterator[TableRow]:
        """The same row by row."""
        return (TableRow(line, [column[at] for column in self.columns]) for at, line in enumerate(self.lines))


@dataclass(frozen=True)
class SourceTable:
    """A header and the rows under it, read once, with a flaw for each row that can't be one.

    `name` is what a series is called if no column says it. `comma` tells that numbers are likely to have a decimal
    comma. `origin` is the day 0 of dates kept as serial numbers, where the format has those.
    """

    name: str
    header: "list[Cell]"
    rows: Iterator[TableRow | RowBlock | Flaw]
    line: int = 1
    comma: bool = False
    origin: str | None = None
    notes: tuple[Note, ...] = ()
    """What was decided to make a table of it."""


@dataclass(frozen=True)
class ReadOptions:
    """What the caller knows better than the file shows; None is found out."""

    format: str | None = None
    """Key of the reader; None goes by the file's name, then by its first bytes."""
    frequency: str | None = None
    """One of the engine's: with a frequency other than Y, the integers 1990, 1991, … are no years."""
    encoding: str | None = None
    """Of text files, as Python names it."""
    delimiter: str | None = None
    """Of CSV files."""
    decimal: str | None = None
    """`.` or `,`."""
    day_first: bool | None = None
    """Whether 1/2/2024 is the first of February."""
    header_row: int | None = None
    """The line of the header, from 1; None looks for it."""
    skip_rows: int = 0
    """Lines above the table that are no part of it."""
    sheet: str | None = None
    """The one sheet of a workbook to read."""
    duplicates: str = "sum"
    """What several values for a date of a series come to: their `sum`, `mean`, the `last`, or an `error`."""
    missing: str | None = None
    """What a period without a row was: `zero`, `line` (between its neighbours); None goes by the file's shape."""
    partial: str = "drop"
    """Whether a last period that is not over is left out (`drop`), kept (`keep`), or scaled to its whole (`scale`)."""
    end: str | None = None
    """The date of the last period, as the file may write it; None is the one that most series reach."""
    sold: bool = False
    """Whether values are sales or demand, which is zero where nothing is written."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Names of columns by role, one of COLUMNS; for `name` several, set apart by commas."""

    def checked(self) -> "ReadOptions":
        """Itself. Raises Invalid for an option that can't be, before anything is read."""
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                said = ", ".join(str(one) for one in known if one is not None)
                raise Invalid(f"{name} can't be {getattr(self, name)!r}: it is one of {said}", field=name)
        if self.format not in (None, "zip", *formats()):
            raise Invalid(f"there is no format {self.format!r}; there are {', '.join(formats())}", field="input_format")
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise Invalid(f"a delimiter is one character, not {self.delimiter!r}", field="delimiter")
        if self.encoding is not None:
            _known_encoding(self.encoding)
        if (self.header_row or 1) < 1 or self.skip_rows < 0:
            raise Invalid("lines are counted from 1", field="header_row" if (self.header_row or 1) < 1 else "skip_rows")
        if wrong := set(self.columns) - set(COLUMNS):
            raise Invalid(f"there is no role {min(wrong)!r}; there are {', '.join(COLUMNS)}", field="columns")
        if self.end is not None:
            day_of(self.end)
        return self


def _known_encoding(name: str) -> None:
    try:
        codecs.lookup(name)
    except LookupError:
        raise Invalid(f"there is no encoding {name!r}", field="encoding") from None


def day_of(text: str, field: str = "end") -> datetime:
    """The day, or the beginning of the period, that is meant. Raises Invalid."""
    posted = period(text.strip())
    day = beginning(posted, "month") if posted else written(text.strip())
    if day is None:
        raise Invalid(f"{text!r} is no date: write 2026-11-30", field=field)
    return day


class Reader(Protocol):
    """A format: one file in this package, whose name is its key."""

    suffixes: tuple[str, ...]
    """Endings of its files' names, with the dot."""
    seeks: bool
    """Whether it jumps about in a file; else it takes a stream as it comes."""

    def tables(self, file: BinaryIO, name: str, options: ReadOptions) -> Iterator[SourceTable | Flaw]:
        """The tables in a file. Raises Invalid if it is not of this format."""
        ...


def reader(name: str) -> Reader:
    """The reader of that key. Raises KeyError."""
    found: Reader = plugins.load(__name__, name)
    return found


def formats() -> tuple[str, ...]:
    """Keys of all readers."""
    return plugins.names(__name__)


def suffixes() -> dict[str, str]:
    """Endings of file names, and the reader of each."""
    return {suffix: key for key in formats() for suffix in reader(key).suffixes}


def read(source: "Path | BinaryIO", name: str | None = None, options: ReadOptions | None = None) -> "Reading":
    """What a source holds: a path (a file, a zip of files, a folder) or an open binary file, seekable or not.

    `name` is the file's name, where the source does not know it. Raises Invalid once it is iterated, if nothing in it
    can be read.
    """
    return Reading(source, name, options or ReadOptions())


from fanfold.forecasting.readers._reading import Reading  # noqa: E402  (it needs what is above)

__all__ = [
    "Cell",
    "ReadOptions",
    "Reader",
    "Reading",
    "RowBlock",
    "SourceTable",
    "TableRow",
    "formats",
    "read",
    "reader",
    "suffixes",
]
