"""Writing text into a binary file that stays open."""

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, TextIO

from fanfold.cells import harmless


@contextmanager
def text(out: BinaryIO) -> Iterator[TextIO]:
    """UTF-8, lines as they are written; `out` is flushed and left open."""
    wrapped = io.TextIOWrapper(out, encoding="utf-8", errors="replace", newline="", write_through=False)
    try:
        yield wrapped
        wrapped.flush()
    finally:
        wrapped.detach()


def table(out: BinaryIO, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """CSV (RFC 4180) with a header. `harmless` is for the cells that people named: pass `cell` over those."""
    with text(out) as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def named(cell: str) -> str:
    """A text of the user's, that no spreadsheet takes for a formula."""
    return str(harmless(cell))
