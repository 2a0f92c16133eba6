"""`make chaos-writing`, small: a kill at a few of its points, and no bar missed."""

from pathlib import Path
from random import Random

from benchmarks import chaos_writing

POINTS = (
    "in the history, no job yet",
    "profile paid for, not recorded",
    "section paid for, not recorded",
    "closed, lease not given back",
)


def test_writing_under_kills(tmp_path: Path) -> None:
    points = {point: chaos_writing.POINTS[point] for point in POINTS}
    found = chaos_writing.run(tmp_path, Random(1), points, texts=1)
    missed = [bar for bar in chaos_writing.bars(found, 3, 2 * chaos_writing.TENANTS) if bar.ok is False]
    assert missed == []
