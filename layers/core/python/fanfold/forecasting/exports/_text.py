"""Writing text into a binary file that stays open."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, TextIO


@contextmanager
def text(out: BinaryIO) -> Iterator[TextIO]:
    """UTF-8, lines as they are written; `out` is flushed and left open."""
    wrapped = io.TextIOWrapper(out, encoding="utf-8", errors="replace", newline="", write_through=False)
    try:
        yield wrapped
        wrapped.flush()
    finally:
        wrapped.detach()


@contextmanager
def table(out: BinaryIO, header: Iterable[str]) -> Iterator[Callable[[Iterable[Iterable[Any]]], Any]]:
    """CSV (RFC 4180) with a header: what takes rows. Cells that people named are made harmless before."""
    with text(out) as file:
        writer = csv.writer(file)
        writer.writerow(header)
        yield writer.writerows
