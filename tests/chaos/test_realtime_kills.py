"""A small run of `make chaos-llm`: workers of the real-time lane killed, every message delivered twice."""

from pathlib import Path
from random import Random

from benchmarks.chaos_llm import bars, run


def test_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path) -> None:
    found = run(tmp_path, Random(1), requests=500, kills=5)
    missed = [bar for bar in bars(found, 5) if bar.ok is False]
    assert missed == []
