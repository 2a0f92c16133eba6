"""Short records sorted on disk, faster than by a database: a hash begins each, so its first byte parts them evenly.

What is held is written as a run, part by part; in the end each part is put together from all runs and sorted by itself.
"""

from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

PARTS = 256
HELD = 32_768
"""Records that are held until they go to disk: about three megabytes."""


class Partitions:
    """Records of one size, in a file of their own."""

    def __init__(self, file: Path, size: int) -> None:
        self._file, self._size = file.open("w+b"), size
        self._held: list[list[bytes]] = [[] for _ in range(PARTS)]
        self._count = 0
        self._runs: list[list[int]] = []
        """Of each run how many records each part has."""

    def add(self, records: list[bytes]) -> None:
        """Note some records; no more than a chunk's at a time."""
        held = self._held
        for record in records:
            held[record[0]].append(record)
        self._count += len(records)
        if self._count >= HELD:
            self._write()

    def parts(self) -> Iterator[bytes]:
        """All records, a part at a time, as they came within it; a part without any is left out."""
        self._write()
        starts = list(accumulate((sum(run) * self._size for run in self._runs), initial=0))
        for part in range(PARTS):
            found = []
            for at, run in enumerate(self._runs):
                if run[part]:
                    found.append(self._read(starts[at], run[part]))
                    starts[at] += len(found[-1])
            if found:
                yield b"".join(found)

    def blocks(self) -> Iterator[bytes]:
        """All records in order, a part at a time."""
        return (b"".join(sorted(records(part, self._size))) for part in self.parts())

    def close(self) -> None:
        self._file.close()

    def _write(self) -> None:
        if not self._count:
            return
        self._file.seek(0, 2)
        self._file.writelines(record for part in self._held for record in part)
        self._runs.append([len(part) for part in self._held])
        self._held, self._count = [[] for _ in range(PARTS)], 0

    def _read(self, start: int, records: int) -> bytes:
        self._file.seek(start)
        return self._file.read(records * self._size)


def records(part: bytes, size: int) -> Iterator[bytes]:
    """The records that a part is made of."""
    return (part[at : at + size] for at in range(0, len(part), size))
