"""`make chaos-writing`, small: a kill at a few of its points, and no bar missed."""

from pathlib import Path
from random import Random

import pytest

from benchmarks import chaos_writing

POINTS = (
    "in the history, no job yet",
    "profile paid for, not recorded",
    "section paid for, not recorded",
    "closed, lease not given back",
)


@pytest.mark.timeout(900)
def test_writing_under_kills(tmp_path: Path) -> None:
    points = {point: chaos_writing.POINTS[point] for point in POINTS}
    found = chaos_writing.run(tmp_path, Random(1), points, tenants=1, texts=2)
    missed = [bar for bar in chaos_writing.bars(found, len(POINTS), jobs=3) if bar.ok is False]
    assert missed == []
