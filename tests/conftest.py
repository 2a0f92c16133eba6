"""What all tests share: property tests that judge results, never the speed of the machine; which run in one process."""

from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("fanfold", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("fanfold")
HALVES = {"tests/e2e/": "tests/e2e/test_g", "tests/web/": "tests/web/test_o"}
"""Folders whose tests share a cloud of their worker: two clouds each, for the files before this name and from it on."""
ALONE = {"tests/e2e/test_commands.py"}
"""End-to-end tests that start their own clouds."""
APART = ("tests/chaos/test_drills.py", "tests/benchmarks/")
"""Each test has clouds of its own, and mostly waits."""

SLOW_TO_COLLECT = {"test_every_operation.py"}
"""Files of `make test-wide` alone, which cost every worker seconds before its first test."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """None is no opinion."""
    unwanted = "not wide" in config.option.markexpr and collection_path.name in SLOW_TO_COLLECT
    return True if unwanted else None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    return _Together(config, log) if config.getvalue("dist") == "loadfile" else None


class _Together(LoadScopeScheduling):  # type: ignore[misc]
    """A file's tests share a worker, and so do end-to-end files, whose cloud is a worker's."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith(APART):
            return nodeid
        folder = next((each for each in HALVES if file.startswith(each)), None)
        if folder and file not in ALONE:
            return f"{folder} {'first' if file < HALVES[folder] else 'second'}"
        return file
