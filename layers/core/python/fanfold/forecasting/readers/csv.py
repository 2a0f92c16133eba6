"""CSV and its kin: fields set apart by commas, semicolons, tabs or bars. RFC 4180, and what Excel makes of it."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import BinaryIO

from fanfold.errors import Flaw, Invalid
from fanfold.forecasting.readers import Cell, Options, Row, Table
from fanfold.forecasting.readers._header import TOP, header_at, told, with_years
from fanfold.forecasting.readers._text import LONGEST, Lines

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 30


class Csv:
    suffixes = (".csv", ".tsv", ".txt", ".tab")
    seeks = False

    def tables(self, file: BinaryIO, name: str, options: Options) -> Iterator[Table | Flaw]:
        csv.field_size_limit(LONGEST)
        lines = Lines(file, options.encoding)
        numbered = enumerate(lines, 1)
        told, skipped = None, 0
        sample: list[str] = []
        for number, line in numbered:
            if line.lower().startswith("sep=") and len(line) == 5 and not sample:
                told, skipped = line[4], number
            elif sample or line.strip("\ufeff ,;\t|"):
                sample.append(line)
            else:
                skipped = number
            if len(sample) == SAMPLE:
                break
        if not sample:
            raise Invalid("the file is empty", Flaw(line=1, detail="the file is empty"))
        sample[0] = sample[0].removeprefix("\ufeff")
        delimiter = options.delimiter or told or _delimiter(sample)
        rows = _rows(chain(sample, (line for _, line in numbered)), delimiter, skipped)
        header, rows = _under_titles(rows, options)
        checked = _fitting(rows, len(header.cells), delimiter)
        body = _said_foreign(checked, lines)
        yield Table(name, header.cells, body, header.line, comma=delimiter == ";")
        if lines.foreign:
            said = "not UTF-8: such lines are read as Windows-1252, --encoding sets another"
            yield Flaw(line=lines.foreign, field="encoding", detail=said)


def _under_titles(rows: Iterator[Row | Flaw], options: Options) -> tuple[Row, Iterator[Row | Flaw]]:
    """The header and the rows below it. Raises Invalid if it can't be read."""
    top = list(islice(rows, 2 * TOP))
    found = [row for row in top if isinstance(row, Row) and row.line > options.skip_rows]
    if not found:
        flaw = next((row for row in top if isinstance(row, Flaw)), Flaw(line=1, detail="there is no header"))
        raise Invalid(f"the header can't be read: {flaw.detail}", flaw)
    cells, lines = [row.cells for row in found], [row.line for row in found]
    at = told(options.header_row, lines) if options.header_row else header_at(cells, lines)
    header = found[at]
    if at:
        header = header._replace(cells=with_years(header.cells, cells[at - 1]))
    below = (row for row in top if (row.line or 0) > header.line)
    return header, chain(below, rows)


def _said_foreign(rows: Iterable[Row | Flaw], lines: Lines) -> Iterator[Row | Flaw]:
    """The rows, or Invalid if there is none."""
    some = False
    for row in rows:
        some = True
        yield row
    if not some:
        raise Invalid("there is a header and nothing below it", Flaw(line=1, detail="no row follows the header"))


def _delimiter(sample: Sequence[str]) -> str:
    """The delimiter by which most lines have as many fields as the header, and the header the most."""

    def score(delimiter: str) -> tuple[float, int]:
        try:
            rows = [row for row in csv.reader(sample, delimiter=delimiter) if row]
        except csv.Error:
            return 0.0, 0
        width = len(rows[0])
        if width < 2:
            return 0.0, 0
        return sum(len(row) == width for row in rows) / len(rows), width

    return max(DELIMITERS, key=lambda delimiter: (score(delimiter)[0] > 0.5, *score(delimiter)))


def _rows(lines: Iterable[str], delimiter: str, skipped: int) -> Iterator[Row | Flaw]:
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, skipinitialspace=True)
    while True:
        number = skipped + reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Flaw(line=number, detail=f"not CSV: {error}")
            continue
        if any(row):
            cells: list[Cell] = list(row)
            yield Row(number, cells)


def _fitting(rows: Iterable[Row | Flaw], width: int, delimiter: str) -> Iterator[Row | Flaw]:
    """Rows as long as the header. A decimal comma between commas makes two fields of one, so more is never guessed."""
    for row in rows:
        if isinstance(row, Row) and len(row.cells) > width and any(row.cells[width:]):
            said = f"{len(row.cells)} fields where the header has {width}"
            hint = "; a comma inside a field needs quotes around it" if delimiter == "," else ""
            yield Flaw(line=row.line, detail=said + hint)
        else:
            yield row


PLUGIN = Csv()
