"""A portfolio's fan-out killed at points and re-run: nothing finished is done again, the exports are the same bytes.

`make chaos-map` does the same at all ten of them.
"""

from pathlib import Path

from benchmarks.chaos_map import POINTS, run

SOME = ("results written, chunk not settled", "chunk settled, not yet answered")


def test_finished_chunks_are_left_alone_and_exports_are_the_same(tmp_path: Path) -> None:
    ended = dict(run(tmp_path, 40, {name: POINTS[name] for name in SOME}))
    assert {name: each.state for name, each in ended.items()} == dict.fromkeys(SOME, "completed")
    assert all(each.kills == 1 for each in ended.values())
    assert not any(each.again or each.differing for each in ended.values())
