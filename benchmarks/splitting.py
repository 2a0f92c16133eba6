"""How fast an input is split, and what it takes of memory, by itself: run for one size in a process of its own.

`python -m benchmarks.splitting LINES` prints {"rate": lines a CPU second, "grown": bytes}.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from benchmarks.invocation import peak
from fanfold import providers
from fanfold.batches.model.batch import BatchJob, BatchSource, Options
from fanfold.batches.plan.split import split
from fanfold.lines import split_lines
from fanfold.settings import Settings
from tools.measure import Bar

RATE = 100_000
FLAT = 16 * 1024 * 1024
TRIES = 5
LINE = 300
WORDS = "Sort these packages by what they are for. "
JOB = BatchJob(
    tenant="acme",
    id="b1",
    created_at="2026-11-22T12:00:00.000Z",
    fingerprint="",
    correlation_id="",
    options=Options(),
    sources=(BatchSource(key="input.jsonl"),),
)


class LocalInput:
    """A file as the job's input; what is written goes nowhere."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def lines(self, key: str, longest: int) -> Iterator[bytes]:
        with self._file.open("rb") as file:
            yield from split_lines(iter(lambda: file.read(1024 * 1024), b""), longest)

    def version(self, key: str) -> str:
        return ""

    def put(self, key: str, body: bytes | BinaryIO) -> None: ...

    def put_stream(self, key: str, parts: Iterable[bytes]) -> None:
        for _ in parts:
            continue


def speed(lines: int, tries: int = TRIES) -> Bar:
    """The best of a few tries: a busy machine only adds to the CPU time of the same work."""
    rate = max(_run(lines)["rate"] for _ in range(tries))
    return Bar(f"split, {LINE}-byte lines", f"{rate:,.0f} lines/s/core", f"≥ {RATE:,}", rate >= RATE)


def memory(sizes: tuple[int, ...]) -> Iterator[Bar]:
    """What splitting adds to the process, by size; between the two largest it must stay the same."""
    grown = [_run(size)["grown"] for size in sizes]
    for size, found in zip(sizes[:-1], grown, strict=False):
        yield Bar(f"split's own memory, {size:,} lines", _mebi(found))
    flat = grown[-1] - grown[-2:][0] <= FLAT
    yield Bar(f"split's own memory, {sizes[-1]:,} lines", _mebi(grown[-1]), "flat (within 16 MiB)", flat)


def write_input(file: Path, lines: int) -> None:
    """So many lines of 300 bytes, each with a custom_id."""
    with file.open("w") as out:
        for number in range(lines):
            head = f'{{"custom_id": "request-{number:07d}", "input": "'
            out.write(head + (WORDS * 9)[: LINE - len(head) - 3] + '"}\n')


def _run(lines: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.splitting", str(lines)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def _measure(lines: int) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "input.jsonl"
        write_input(file, lines)
        provider, before = providers.provider("openai", str, 60), peak()
        began = time.process_time()
        found = split(JOB, provider, LocalInput(file), Settings(), Path(folder))  # type: ignore[arg-type]
        seconds = time.process_time() - began
    assert (found.total, found.rejected) == (lines, 0), found
    return {"rate": lines / seconds, "grown": peak() - before}


def _mebi(size: float) -> str:
    return f"{size / 2**20:.0f} MiB"


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))
