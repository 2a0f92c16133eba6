"""Observations as they were written, and as they are read: in memory while they are few, on disk beyond that.

A `BlockSpool` keeps blocks of cells until all have been seen and it is decided what they mean. `Runs` sorts what was
read by series: runs of rows, each sorted, are merged. A folder is all that grows with the rows; names stay in memory.
"""

import marshal
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

import numpy as np

from fanfold.forecasting.readers import Cell

HELD = 250_000
"""Rows in memory that are sorted."""
PACKED = 16 * 1024 * 1024
"""Bytes of cells in memory."""
MOST_DATES = 200_000
"""Distinct dates that are kept by number."""
ROW = np.dtype(
    [
        *(("code", "i4"), ("table", "i4"), ("line", "i8"), ("kind", "i1")),
        *(("stamp", "i8"), ("value", "f8"), ("group", "i4"), ("blank", "?")),
    ]
)
"""One observation: `code` of its series; `kind` says what its `stamp` is: NOTHING, UNREADABLE, a DATE or a STEP."""
NOTHING, UNREADABLE, DATE, STEP = range(4)
Rows = Any
"""(n,) of ROW."""


class Observed(NamedTuple):
    """Observations as they are written, of tables that are judged together."""

    names: Sequence[str]
    lines: Sequence[int]
    dates: "Sequence[Cell]"
    values: "Sequence[Cell]"
    groups: "Sequence[str | None] | None" = None
    supply: "Sequence[Sequence[Cell]] | None" = None
    """Columns of stock and orders."""


Name = TypeVar("Name", str, Cell)


class Codes(dict[Name, int]):
    """Numbers of names, in the order they come."""

    def __missing__(self, name: Name) -> int:
        self[name] = code = len(self)
        return code


class Kept(NamedTuple):
    """A block of observations of one kind of table: codes of the series, of the dates and of the groups, and values.

    Dates are cells, and not codes, where there are too many. Texts of values are one text, with `\n` between them.
    """

    table: int
    codes: bytes
    lines: tuple[int, int] | list[int]
    dates: "bytes | list[Cell]"
    texts: "str | list[Cell]"
    groups: bytes | None
    supply: "list[str | list[Cell]] | None" = None

    @property
    def values(self) -> "Sequence[Cell]":
        """The cells of the values."""
        return _apart(self.texts)

    @property
    def stocks(self) -> "list[Sequence[Cell]]":
        """The cells of stock and orders, column by column."""
        return [_apart(texts) for texts in self.supply or ()]

    @property
    def numbers(self) -> Sequence[int]:
        """The lines of the rows."""
        return range(*self.lines) if isinstance(self.lines, tuple) else self.lines

    @property
    def size(self) -> int:
        """Bytes, about."""
        cells = (self.texts, *(self.supply or ()))
        texts = sum(len(one) * (1 if isinstance(one, str) else 64) for one in cells)
        return 2 * len(self.codes) + 4 * len(self.dates) + texts


class BlockSpool:
    """Blocks of observations in the order they came."""

    def __init__(self, folder: Path, held: int = PACKED) -> None:
        self._path, self._most, self._held = folder / "cells", held, 0
        self._blocks: list[Kept] = []
        self._file: BinaryIO | None = None
        self.names: Codes[str] = Codes()
        self.groups: Codes[str] = Codes()
        self.days: Codes[Cell] = Codes()

    def add(self, table: int, found: Observed) -> None:
        """Note a block."""
        codes = array("i", map(self.names.__getitem__, found.names)).tobytes()
        groups = None
        if found.groups is not None:
            groups = array("i", (-1 if one is None else self.groups[one] for one in found.groups)).tobytes()
        supply = None if found.supply is None else [_joined(column) for column in found.supply]
        lines = found.lines
        kept = (lines.start, lines.stop) if isinstance(lines, range) else list(lines)
        block = Kept(table, codes, kept, self._coded(found.dates), _joined(found.values), groups, supply)
        self._blocks.append(block)
        self._held += block.size
        if self._held >= self._most:
            self._flush()

    def _coded(self, dates: "Sequence[Cell]") -> "bytes | list[Cell]":
        if len(self.days) > MOST_DATES:
            return list(dates)
        return array("i", map(self.days.__getitem__, dates)).tobytes()

    def blocks(self) -> Iterator[Kept]:
        """Every block, once."""
        if self._file is not None:
            self._file.seek(0)
            while size := self._file.read(8):
                yield Kept(*marshal.loads(self._file.read(int.from_bytes(size))))  # noqa: S302 (we wrote it)
        while self._blocks:
            yield self._blocks.pop(0)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _flush(self) -> None:
        if self._file is None:
            self._file = self._path.open("w+b")
        for one in self._blocks:
            packed = marshal.dumps(tuple(one))
            self._file.write(len(packed).to_bytes(8))
            self._file.write(packed)
        self._blocks.clear()
        self._held = 0


def _apart(texts: "str | list[Cell]") -> "Sequence[Cell]":
    return texts.split("\n") if isinstance(texts, str) else texts


def _joined(cells: "Sequence[Cell]") -> "str | list[Cell]":
    """Texts as one, which is small; else the cells."""
    if set(map(type, cells)) != {str}:
        return list(cells)
    text = "\n".join(cells)  # type: ignore[arg-type]
    return text if text.count("\n") == len(cells) - 1 else list(cells)


class Runs:
    """Takes rows in any order and gives them back series by series, each in the order its rows came."""

    def __init__(self, folder: Path, held: int = HELD) -> None:
        self._folder, self._most, self._held = folder, held, 0
        self._waiting: list[Rows] = []
        self._files: list[BinaryIO] = []
        self.counts: Any = np.zeros(0, dtype=np.int64)
        """Rows of each series."""

    def add(self, rows: Rows) -> None:
        found = np.bincount(rows["code"], minlength=len(self.counts))
        found[: len(self.counts)] += self.counts
        self.counts = found
        self._waiting.append(rows)
        self._held += len(rows)
        if self._held >= self._most:
            self._flush()

    def windows(self) -> Iterator[Rows]:
        """Rows sorted by series, so many whole series at a time."""
        cursors = [_Cursor(file, self._most // len(self._files) + 1) for file in self._files]
        ends = np.cumsum(self.counts)
        first, total = 0, 0
        while first < len(ends):
            beyond = max(int(np.searchsorted(ends, total + self._most, side="right")), first + 1)
            parts = [cursor.take(beyond) for cursor in cursors]
            parts += [rows[(rows["code"] >= first) & (rows["code"] < beyond)] for rows in self._waiting]
            yield _sorted(parts)
            first, total = beyond, int(ends[beyond - 1])

    def close(self) -> None:
        for file in self._files:
            file.close()

    def _flush(self) -> None:
        file = (self._folder / f"run-{len(self._files)}").open("w+b")
        _sorted(self._waiting).tofile(file)
        file.seek(0)
        self._files.append(file)
        self._waiting, self._held = [], 0


class _Cursor:
    """A run being read, in the order of its series."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self._ahead: Rows = np.zeros(0, dtype=ROW)

    def take(self, beyond: int) -> Rows:
        """The rows, from here on, of series before that one."""
        parts = []
        while True:
            cut = int(np.searchsorted(self._ahead["code"], beyond))
            parts.append(self._ahead[:cut])
            self._ahead = self._ahead[cut:]
            if len(self._ahead):
                return np.concatenate(parts)
            self._ahead = np.frombuffer(self._file.read(self._size * ROW.itemsize), dtype=ROW)
            if not len(self._ahead):
                return np.concatenate(parts)


def _sorted(parts: Sequence[Rows]) -> Rows:
    rows = np.concatenate(parts) if parts else np.zeros(0, dtype=ROW)
    if (rows["code"][1:] >= rows["code"][:-1]).all():
        return rows
    return rows[np.argsort(rows["code"], kind="stable")]


def starts_of(rows: Rows) -> Any:
    """Where each series begins in rows sorted by series."""
    codes = rows["code"]
    return np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]])) if len(codes) else np.zeros(0, dtype=int)
