"""CSV and its kin: rows as records, each with the line that it begins in.

The delimiter is found by the header, blank lines above that are skipped, and a quote that is never closed says which
lines it has swallowed.
"""

import csv
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from fanfold.batches.input.json_lines import LONGEST_LINE, JsonPlace
from fanfold.batches.input.remarks import Remarks
from fanfold.errors import Flaw

DELIMITERS = (",", ";", "\t", "|")
NAMED = {"\t": "tabs"}
Record = dict[str, str]
Row = tuple[JsonPlace, Record | Flaw]


class CsvHints(NamedTuple):
    """What is known of a file before it is read."""

    delimiter: str | None = None
    wanted: Collection[str] = ()
    """Names that its header is likely to have."""
    check: Callable[[list[str]], Flaw | None] = lambda header: None
    """What is wrong with a header."""


def csv_rows(lines: Iterable[bytes], layout: CsvHints, remarks: Remarks) -> Iterator[Row]:
    """The records, or what is wrong with a row. A header that can't be used is the only flaw, and the end."""
    delimiter = layout.delimiter
    csv.field_size_limit(LONGEST_LINE)
    texts = _Texts(lines)
    top = list(_top(texts))
    if not top:
        return
    if top[0].lower().startswith("sep=") and len(top[0].strip()) == 5:
        delimiter, top = delimiter or top[0][4], []
    found = delimiter or _delimiter(top[0] if top else "", layout.wanted)
    if delimiter is None and found != ",":
        remarks.say(f"fields are set apart by {NAMED.get(found, f'`{found}`')}; `delimiter` sets another")
    reader = csv.reader(chain(top, texts), delimiter=found, strict=True)
    yield from _rows(reader, texts, texts.read + 1 - len(top), layout.check)


class _Texts:
    """The lines as text, counted. What is unfit about one is noted, for the row that it is a part of."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines, self.read = iter(lines), 0
        self.unfit: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.read += 1
        if len(line) > LONGEST_LINE:
            self.unfit.append(f"the line is longer than {LONGEST_LINE:,} bytes")
        try:
            return line.decode() + "\n"
        except UnicodeDecodeError:
            self.unfit.append("the line is not UTF-8, nor in the encoding of the lines before")
            return line.decode("utf-8", "replace") + "\n"


def _top(texts: _Texts) -> Iterator[str]:
    """The first line that is not blank."""
    for line in texts:
        if line.strip(" ,;\t|\r\n"):
            yield line
            return


def _delimiter(header: str, wanted: Collection[str]) -> str:
    """What sets the header's fields apart: with which the most wanted names are there, and then the most fields."""

    def worth(delimiter: str) -> tuple[int, int]:
        names = _split(header, delimiter)
        return len({name.strip() for name in names} & set(wanted)), len(names)

    return max(DELIMITERS, key=worth)


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _rows(
    reader: Iterator[list[str]], texts: _Texts, began: int, check: Callable[[list[str]], Flaw | None]
) -> Iterator[Row]:
    """The rows from the line `began` on."""
    header: list[str] = []
    row = 0
    while True:
        cells, error = _next(reader)
        ended, place = texts.read, JsonPlace(began, row, began)
        began = ended + 1
        if cells is None and error is None:
            return
        if error or texts.unfit:
            flaws = list(_torn(place.line, ended, texts.unfit[0] if texts.unfit else f"not CSV: {error}"))
            texts.unfit.clear()
            for torn in flaws:
                yield JsonPlace(torn.line or 0, row, place.label), torn
                row += 1
            if not header:
                return
        elif not header:
            header = _names(cells or [])
            if flaw := _twice(header) or check(header):
                yield place, flaw.model_copy(update={"line": place.line})
                return
        elif cells:
            yield place, _record(place.line, ended, header, cells)
            row += 1


def _next(reader: Iterator[list[str]]) -> tuple[list[str] | None, str | None]:
    """The next row, or why it is none; neither at the end."""
    try:
        return next(reader), None
    except StopIteration:
        return None, None
    except csv.Error as error:
        return None, str(error)


def _names(cells: list[str]) -> list[str]:
    """The columns; one without a name, as pandas writes its index, is called as pandas reads it."""
    return [name.strip() or f"Unnamed: {at}" for at, name in enumerate(cells)]


def _twice(header: list[str]) -> Flaw | None:
    name = next((name for name in header if header.count(name) > 1), None)
    return Flaw(field=name, detail=f"the header names {name!r} twice: rename one") if name else None


def _torn(first: int, last: int, why: str) -> Iterator[Flaw]:
    """The flaws of a record that is none: each line that it has swallowed counts."""
    if "unexpected end" in why or "field larger" in why:
        why = f"a quote that opens here is not closed: it holds all text down to line {last}"
    elif last > first:
        why = f"{why}; a quote holds the text of the lines {first} to {last} together"
    yield Flaw(line=first, detail=why)
    for line in range(first + 1, last + 1):
        yield Flaw(line=line, detail=f"it is swallowed by a quote that opens in line {first}")


def _record(first: int, last: int, header: list[str], cells: list[str]) -> Record | Flaw:
    if len(cells) == len(header):
        return dict(zip(header, cells, strict=True))
    across = f"; a quote holds the text of the lines {first} to {last} together" if last > first else ""
    return Flaw(line=first, detail=f"{len(cells)} fields where the header has {len(header)}{across}")
