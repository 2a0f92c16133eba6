"""Every drill of `make chaos`, on tiny input. Bars of seconds are for a quiet machine."""

from importlib import import_module

import pytest

from tests.chaos.__main__ import NAMES
from tools.measure import Size

LONG = ("batch", "poison", "outage")
"""Each has a smaller test beside it: `test_kills`, and `realtime`."""


@pytest.mark.drill
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.wide] * (name in LONG)) for name in NAMES])
def test_drill(name: str) -> None:
    found = import_module(f"tests.chaos.{name}").bars(Size.SMOKE, seed=1)
    assert [bar for bar in found if bar.ok is False and not bar.bar.endswith(" s")] == []
