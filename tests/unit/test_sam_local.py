"""What `sam local` needs, where it is not there."""

from pathlib import Path

import pytest

from local.sam_local import NoBridge, bridge_address
from tests.sam_local.engine import Clock, NoEngine, lacking


def test_without_an_engine_there_is_no_bridge_to_listen_on() -> None:
    with pytest.raises(NoBridge, match="no network nothing0"):
        bridge_address("nothing0")
    assert bridge_address("lo") == "127.0.0.1"


def test_an_engine_that_cannot_be_had_is_told_with_its_reason(tmp_path: Path) -> None:
    debian = tmp_path / "debian_version"
    assert "only root" in lacking(Path("/e"), user=1000, debian=debian)
    assert "on Debian only" in lacking(Path("/e"), user=0, debian=debian)
    debian.write_text("12.1")
    assert lacking(Path("/e"), user=0, debian=debian) == ""
    assert "too long" in lacking(Path("/" + "e" * 80), user=0, debian=debian)


def test_a_step_that_fails_or_takes_too_long_says_which_it_was() -> None:
    with pytest.raises(NoEngine, match=r"sh -c echo.*: no space"):
        Clock().run("sh", "-c", "echo no space >&2; exit 1")
    with pytest.raises(NoEngine, match=r"sleep.*timed out"):
        Clock(0).run("sleep", "60")
    with pytest.raises(NoEngine, match="no-such-program"):
        Clock().run("no-such-program")
