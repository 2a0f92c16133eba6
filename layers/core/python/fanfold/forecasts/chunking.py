"""Cut: series of any number into chunk objects, in bounded memory.

Where a chunk ends depends on names alone, so that a portfolio with a few series more or less is cut mostly as before
and unchanged series are found in the results of the last time. Series of a group lie in one chunk; they come behind
the others, passing through a file in `/tmp`.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from fanfold.forecasting import Series
from fanfold.forecasts.series import to_line
from fanfold.scratch import scratch_database

Unit = list[tuple[str, bytes]]
"""What stays in one chunk: names and lines."""
SPREAD = 2
"""A chunk has between half and twice its usual number of series."""


@dataclass
class ChunkFile:
    """The lines of one chunk, and the names in them."""

    names: list[str] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, name: str, line: bytes) -> None:
        self.names.append(name)
        self.lines.append(line)
        self.size += len(line)


def split_into_chunks(series: Iterable[Series], usual: int, most_bytes: int, folder: Path) -> Iterator[ChunkFile]:
    """Pieces of about `usual` series, and of `most_bytes` unless one series or group alone has more."""
    schema = "CREATE TABLE lines (grouping TEXT, place INTEGER PRIMARY KEY, name TEXT, line BLOB)"
    grouped = scratch_database(folder / "groups.sqlite", schema)
    try:
        yield from _pieces(_alone(series, grouped), usual, most_bytes)
        yield from _pieces(_together(grouped), usual, most_bytes)
    finally:
        grouped.close()


def _alone(series: Iterable[Series], grouped: sqlite3.Connection) -> Iterator[Unit]:
    for one in series:
        if one.group is None:
            yield [(one.name, to_line(one))]
        else:
            insert = "INSERT INTO lines (grouping, name, line) VALUES (?, ?, ?)"
            grouped.execute(insert, (one.group, one.name, to_line(one)))


def _together(grouped: sqlite3.Connection) -> Iterator[Unit]:
    unit: Unit = []
    current = None
    for group, name, line in grouped.execute("SELECT grouping, name, line FROM lines ORDER BY grouping, place"):
        if group != current and unit:
            yield unit
            unit = []
        current = group
        unit.append((name, line))
    if unit:
        yield unit


def _pieces(units: Iterable[Unit], usual: int, most_bytes: int) -> Iterator[ChunkFile]:
    piece = ChunkFile()
    for unit in units:
        size = sum(len(line) for _, line in unit)
        full = piece.size + size > most_bytes or len(piece.names) + len(unit) > SPREAD * usual
        if piece.names and (full or _ends(piece.names[-1], len(piece.names), usual)):
            yield piece
            piece = ChunkFile()
        for name, line in unit:
            piece.add(name, line)
    if piece.names:
        yield piece


def _ends(name: str, count: int, usual: int) -> bool:
    """Whether a chunk of so many series ends behind this one: by its name, once it has half of the usual number."""
    spread = max(usual // SPREAD, 1)
    return count >= spread and int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) % spread == 0
