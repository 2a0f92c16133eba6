"""Writing what an ended batch leaves behind: one output and one error file, in no particular order."""

import random
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from local.provider.chance import pick, seed_of
from local.provider.records import Usage

NO_USAGE = Usage()


@dataclass(frozen=True)
class Line:
    """One result line, without its line end, and whether it belongs in the output file."""

    succeeded: bool
    text: str
    usage: Usage = NO_USAGE


@dataclass(frozen=True)
class Renderers:
    """How a provider words the fates of an input line; each takes the line's bytes."""

    answered: Callable[[bytes], Line]
    broken: Callable[[bytes], Line]
    unfinished: Callable[[bytes], Line]
    in_one_file: bool = False
    """Whether errors come among the answers, and not in a file of their own."""


@dataclass(frozen=True)
class Tally:
    """What was written; `completed + failed` is below the number of requests when lines were withheld."""

    completed: int
    failed: int
    usage: Usage


class LineReader:
    """The non-empty lines of a file by position, holding eight bytes a line in memory."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._starts = array("Q")
        start = 0
        for raw in source:
            if raw.strip():
                self._starts.append(start)
            start += len(raw)

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, position: int) -> bytes:
        self._source.seek(self._starts[position])
        return self._source.readline()


def write_results(
    source: Path, seed: str, done: float, faults: dict[str, float], render: Renderers, output: Path, errors: Path
) -> Tally:
    """Writes both files, one line at a time, in an order fixed by `seed`.

    The first `done` share of the input's lines is answered, the rest is left unfinished; `faults` are those of
    the batch.
    """
    completed = failed = 0
    usage = Usage()
    with source.open("rb") as lines, output.open("wb") as good, errors.open("wb") as bad:
        for line, copies in _fates(LineReader(lines), seed, done, faults, render):
            (good if line.succeeded or render.in_one_file else bad).write((line.text + "\n").encode() * copies)
            completed, failed = completed + line.succeeded, failed + (not line.succeeded)
            usage += line.usage
    return Tally(completed, failed, usage)


def _fates(
    lines: LineReader, seed: str, done: float, faults: dict[str, float], render: Renderers
) -> Iterator[tuple[Line, int]]:
    """Every line that is reported, with how many times it is written."""
    total, finished = len(lines), int(done * len(lines))
    withheld = pick(total, faults.get("partial", 0.0), "partial", seed)
    twice = pick(total, faults.get("duplicated_lines", 0.0), "duplicated_lines", seed)
    broken = pick(total, faults.get("request_error", 0.0), "request_error", seed)
    for position in _order(total, seed, reordered="reordered_lines" in faults):
        if position in withheld:
            continue
        renderer = render.unfinished if position >= finished else render.answered
        if position in broken and position < finished:
            renderer = render.broken
        yield renderer(lines[position]), 2 if position in twice else 1


def _order(total: int, seed: str, *, reordered: bool) -> list[int]:
    if reordered:
        return list(range(total))[::-1]
    order = list(range(total))
    random.Random(seed_of("order", seed)).shuffle(order)
    return order
