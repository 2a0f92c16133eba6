"""`from fanfold import …`: the names that people use, loaded when they are."""

import subprocess
import sys

import pytest

import fanfold


@pytest.mark.parametrize("name", ["Fanfold", "FanfoldError", "forecast"])
def test_a_name_of_the_package(name: str) -> None:
    assert getattr(fanfold, name).__name__ == name
    assert name in dir(fanfold)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_of_ours"):
        _ = fanfold.nothing_of_ours


def test_the_package_alone_loads_neither() -> None:
    code = "import fanfold, sys; assert not {'httpx', 'numpy', 'pydantic'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
