"""The most memory that the plan function holds, handler and all, for inputs of a thousand to a million lines."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.lab import Lab
from benchmarks.splitting import write_input
from benchmarks.story import TENANT, Story
from tools.measure import Bar

MEBI = 2**20
MOST = 256 * MEBI


def bars(lab: Lab, scratch: Path, sizes: tuple[int, ...]) -> Iterator[Bar]:
    """A bar for each size."""
    for size in sizes:
        peak = _peak(lab, scratch / "input.jsonl", size)
        figure, bar = f"{peak / MEBI:.0f} MiB", f"≤ {MOST // MEBI} MiB"
        yield Bar(f"plan's peak memory, {size:,} lines", figure, bar, peak <= MOST)


def _peak(lab: Lab, file: Path, lines: int) -> int:
    story = Story(lab, f"plan-{lines}")
    write_input(file, lines)
    story.post(upload=story.upload(file))
    peak = story.tell("batches/plan").peak
    for folder in (f"uploads/{TENANT}/plan-{lines}", f"jobs/{TENANT}/{story.job}"):
        lab.forget(folder)
    return peak
