"""A few kills of `make chaos-submit`, so that it stays in working order."""

import pytest

from tests.chaos.submits import NAMES, trials


@pytest.mark.parametrize("name", NAMES)
def test_killed_submits_leave_one_batch_a_shard(name: str) -> None:
    (tally,) = trials(kills=8, seed=3, names=(name,))
    assert (tally.orphans, tally.doubles) == (0, 0)
    assert tally.answered == tally.requests > 0
