"""Reading a portfolio's file, whoever made it: in a process that may take only so much."""

from collections.abc import Iterator
from pathlib import Path

from fanfold.confined import confined, weighed
from fanfold.errors import Flaw
from fanfold.forecasting import Series
from fanfold.forecasting.notes import Note
from fanfold.forecasting.readers import Reading, ReadOptions

FIRST_SECONDS, SECONDS_PER_MEBI, MOST_SECONDS = 8, 15, 800
"""Computing time: a megabyte of rows takes 0.1 s, of a workbook 3 s, of a zip of constant series 15 s."""

Read = Iterator[Series | Flaw | Note]


def read_file(path: Path, filename: str, options: ReadOptions) -> Read:
    """The series of a file and the flaws of its lines, and then what was decided about it. Raises Refused."""
    reading = Reading(path, filename, options)
    yield from reading
    yield from reading.notes


def read_confined(path: Path, filename: str, options: ReadOptions) -> Read:
    """The same, read by another process. Raises TooLarge if that takes too much."""
    limits = weighed(path.stat().st_size, FIRST_SECONDS, SECONDS_PER_MEBI, MOST_SECONDS)
    yield from confined(read_file, (path, filename, options), limits)
