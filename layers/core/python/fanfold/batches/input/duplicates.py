"""Copies: requests of a batch that ask the same, word by word, of the same model. One is asked for all of them.

They are brought together in one chunk, so whoever settles it has the answer for all; which one is asked follows from
the chunk alone, so it is the same for every attempt.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from fanfold.scratch import scratch_database

BODY = b',"body":'
"""What is before the body in a stored line: quotes within texts are escaped, so its first place is the one."""


class KeptLine(NamedTuple):
    """A line of a spool, and whether no copy of it follows."""

    line: bytes
    last: bool = True


def body_of(line: bytes) -> bytes:
    """The provider's request in a stored line, as it is written there."""
    return line.partition(BODY)[2]


def duplicates(requests: Sequence[bytes], positions: Iterable[int]) -> dict[int, int]:
    """By position, among these, the first one that asks the same; a first one is not in it."""
    first: dict[bytes, int] = {}
    found = ((position, first.setdefault(body_of(requests[position]), position)) for position in positions)
    return {position: other for position, other in found if other != position}


def together(lines: Iterable[bytes], spool: BinaryIO, folder: Path) -> Iterator[KeptLine]:
    """The lines, which come from the spool as it is read, each followed by its copies."""
    schema = "CREATE TABLE lines (start INTEGER PRIMARY KEY, body BLOB)"
    with closing(scratch_database(folder / "duplicates.sqlite", schema)) as kept:
        kept.executemany("INSERT INTO lines VALUES (?, ?)", _placed(lines, spool))
        order = (
            "SELECT start, first FROM lines JOIN (SELECT body, min(start) first FROM lines GROUP BY body) USING (body)"
        )
        before: tuple[int, int] | None = None
        for row in kept.execute(order + " ORDER BY first, start"):
            if before:
                yield KeptLine(_at(before[0], spool), last=before[1] != row[1])
            before = row
        if before:
            yield KeptLine(_at(before[0], spool))


def _placed(lines: Iterable[bytes], spool: BinaryIO) -> Iterator[tuple[int, bytes]]:
    for line in lines:
        yield spool.tell() - len(line), sha256(body_of(line)).digest()[:16]


def _at(start: int, spool: BinaryIO) -> bytes:
    spool.seek(start)
    return spool.readline()
