"""What an import of the client loads: a program that never calls waits for no HTTP library."""

import json
import subprocess
import sys

import pytest

import fanfold

HEAVY = ("httpx", "rich", "asyncio", "numpy", "boto3", "pandas", "tomlkit")


@pytest.mark.parametrize("line", ["from fanfold import Fanfold", "import fanfold_command"])
def test_nothing_heavy_is_loaded(line: str) -> None:
    code = f"import json, sys; {line}; print(json.dumps(sorted(set(sys.modules) & set({HEAVY}))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_the_package_offers_both_clients() -> None:
    from fanfold_client import AsyncFanfold, Fanfold

    assert (fanfold.Fanfold, fanfold.AsyncFanfold) == (Fanfold, AsyncFanfold)
    with pytest.raises(AttributeError, match="nope"):
        fanfold.nope  # noqa: B018
