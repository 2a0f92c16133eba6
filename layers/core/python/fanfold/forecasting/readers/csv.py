"""CSV and its kin: fields set apart by commas, semicolons, tabs or bars. RFC 4180, and what Excel makes of it."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import BinaryIO

import numpy as np

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import Cell, ReadOptions, RowBlock, SourceTable, TableRow
from fanfold.forecasting.readers._header import NONE, TOP, header_at, told, two_rows
from fanfold.forecasting.readers._text import LONGEST, Lines

DELIMITERS = (",", ";", "\t", "|", "^", "~")
SAMPLE = 30


class CsvReader:
    suffixes = (".csv", ".tsv", ".txt", ".tab")
    seeks = False

    def tables(self, file: BinaryIO, name: str, options: ReadOptions) -> Iterator[SourceTable | Flaw]:
        csv.field_size_limit(LONGEST)
        lines = Lines(file, options.encoding)
        parts = iter(lines)
        first, told, skipped = _beginning(parts)
        sample = first.split("\n", SAMPLE)[:SAMPLE]
        if not first.strip():
            raise Invalid("the file is empty", Flaw(line=1, detail="the file is empty"))
        delimiter = options.delimiter or told or _delimiter([line.rstrip("\r") for line in sample if line])
        rows = _Rows(first, parts, delimiter, skipped)
        header, notes, top = _under_titles(rows, options)
        width = len(header.cells)
        checked = _fitting(chain(top, rows, rows.blocks(width)), width, delimiter)
        yield SourceTable(name, header.cells, _some(checked), header.line, comma=delimiter == ";", notes=notes)
        if lines.foreign:
            said = "not UTF-8: such lines are read as Windows-1252, --encoding sets another"
            yield Flaw(line=lines.foreign, field="encoding", detail=said)


def _beginning(parts: Iterator[str]) -> tuple[str, str | None, int]:
    """Text that holds a sample of lines from the first that has something, the delimiter that `sep=` told, and how
    many lines are above."""
    text = next(parts, "").removeprefix("\ufeff")
    told, skipped = None, 0
    while True:
        line, end, rest = text.partition("\n")
        if not end and (more := next(parts, "")):
            text += more
        elif line.lower().startswith("sep=") and len(line.rstrip("\r")) == 5:
            told, skipped, text = line[4], skipped + 1, rest
        elif end and not line.strip("\ufeff ,;\t|\r"):
            skipped, text = skipped + 1, rest
        else:
            break
    while text.count("\n") < SAMPLE and (more := next(parts, "")):
        text += more
    return text, told, skipped


def _under_titles(rows: "_Rows", options: ReadOptions) -> tuple[TableRow, tuple[Note, ...], list[TableRow | Flaw]]:
    """The header, what was decided about it, and the rows below it so far. Raises Invalid if it can't be read."""
    top = list(islice(rows, 2 * TOP + options.skip_rows))
    found = [row for row in top if isinstance(row, TableRow) and row.line > options.skip_rows]
    if not found:
        flaw = next((row for row in top if isinstance(row, Flaw)), Flaw(line=1, detail="there is no header"))
        raise Invalid(f"the header can't be read: {flaw.detail}", flaw)
    cells, lines = [row.cells for row in found], [row.line for row in found]
    at = told(options.header_row, lines) if options.header_row else header_at(cells, lines)
    header, notes = found[at], NONE
    if at:
        made, notes = two_rows(header.cells, cells[at - 1])
        header = header._replace(cells=made)
    return header, notes, [row for row in top if (row.line or 0) > header.line]


def _some(rows: Iterable[TableRow | RowBlock | Flaw]) -> Iterator[TableRow | RowBlock | Flaw]:
    """The rows, or Invalid if there is none."""
    some = False
    for row in rows:
        some = True
        yield row
    if not some:
        raise Invalid("there is a header and nothing below it", Flaw(line=1, detail="no row follows the header"))


def _delimiter(sample: Sequence[str]) -> str:
    """The delimiter by which most lines have the same number of fields, and the most of them."""

    def score(delimiter: str) -> tuple[float, int]:
        try:
            rows = [row for row in csv.reader(sample, delimiter=delimiter) if row]
        except csv.Error:
            return 0.0, 0
        [(width, count)] = Counter(len(row) for row in rows if len(row) > 1).most_common(1) or [(0, 0)]
        return count / max(len(rows), 1), width

    return max(DELIMITERS, key=lambda delimiter: (score(delimiter)[0] > 0.5, *score(delimiter)))


class _Rows:
    """Rows of parts of a text: of the first part one by one, of the others in blocks where they are regular."""

    def __init__(self, first: str, parts: Iterator[str], delimiter: str, skipped: int) -> None:
        self._lines, self._parts, self._delimiter = _lines(first), parts, delimiter
        self._skipped, self._begun = skipped, False
        self._reader = csv.reader(self._fed(), delimiter=delimiter, skipinitialspace=True)

    def _fed(self) -> Iterator[str]:
        """Lines for the reader; beyond the part only within a row, which a quote began. It ends between rows."""
        while True:
            line = next(self._lines, None)
            if line is None and self._begun and (more := next(self._parts, None)) is not None:
                self._lines = _lines(more)
            elif line is None:
                return
            else:
                self._begun = True
                yield line

    def __iter__(self) -> Iterator[TableRow | Flaw]:
        """The rows of the part."""
        while True:
            number, self._begun = self._skipped + self._reader.line_num + 1, False
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Flaw(line=number, detail=f"not CSV: {error}")
                continue
            if any(row):
                cells: list[Cell] = [_unwrapped(cell) for cell in row]
                yield TableRow(number, cells)

    def blocks(self, width: int) -> Iterator[TableRow | RowBlock | Flaw]:
        """The rows of all parts that follow."""
        above = self._skipped + self._reader.line_num
        for part in self._parts:
            if columns := columns_of(part, self._delimiter, width):
                count = len(columns[0])
                yield RowBlock(range(above + 1, above + count + 1), columns)
                above += count
                continue
            self._lines, self._skipped = _lines(part), above
            self._reader = csv.reader(self._fed(), delimiter=self._delimiter, skipinitialspace=True)
            yield from self
            above += self._reader.line_num


def _unwrapped(cell: str) -> str:
    """What stands in `="…"`, by which programs keep Excel from taking a code for a number."""
    return cell[2:-1] if cell.startswith('="') and cell.endswith('"') else cell


def _lines(part: str) -> Iterator[str]:
    """Lines with one kind of end."""
    lines = part.split("\n")
    if not lines[-1]:
        lines.pop()
    return (line.removesuffix("\r") + "\n" for line in lines)


def columns_of(part: str, delimiter: str, width: int) -> list[Sequence[Cell]]:
    """The columns of lines that all have that many fields, without quotes and blanks to skip; nothing if any has."""
    text = part.replace("\r\n", "\n") if "\r" in part else part
    text = text if text.endswith("\n") else text + "\n"
    if any(mark in text for mark in ('"', "\r", "\0")) or not delimiter.isascii():
        return []
    if " " in text and (text[0] == " " or delimiter + " " in text or "\n " in text):
        return []
    if not _regular(text, delimiter, width):
        return []
    cells: list[Cell] = list(text[:-1].replace("\n", delimiter).split(delimiter))
    return [cells[at::width] for at in range(width)]


def _regular(text: str, delimiter: str, width: int) -> bool:
    """Whether every line has so many fields, and something in them."""
    body = np.frombuffer(text.encode(errors="surrogatepass"), dtype=np.uint8)
    ends = body == 10
    marks = np.flatnonzero((body == ord(delimiter)) | ends)
    lasts = marks[width - 1 :: width]
    if len(marks) != width * len(lasts) or int(np.count_nonzero(ends)) != len(lasts) or not ends[lasts].all():
        return False
    return bool((np.diff(lasts, prepend=-1) > width).all())


def _fitting(
    rows: Iterable[TableRow | RowBlock | Flaw], width: int, delimiter: str
) -> Iterator[TableRow | RowBlock | Flaw]:
    """Rows as long as the header. A decimal comma between commas makes two fields of one, so more is never guessed."""
    for row in rows:
        if isinstance(row, TableRow) and len(row.cells) > width and any(row.cells[width:]):
            said = f"{len(row.cells)} fields where the header has {width}"
            hint = "; a comma inside a field needs quotes around it" if delimiter == "," else ""
            yield Flaw(line=row.line, detail=said + hint)
        else:
            yield row


PLUGIN = CsvReader()
