"""What all tests share: property tests that judge results, never the speed of the machine; which run in one process."""

import pytest
from hypothesis import settings

settings.register_profile("fanfold", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("fanfold")
STACK = "tests/e2e/"
SECOND = "tests/e2e/test_g"
"""Two clouds for all of them: the names of this and what comes after are half of the work."""
ALONE = {"tests/e2e/test_commands.py"}
"""End-to-end tests that start their own clouds."""
APART = ("tests/chaos/test_drills.py", "tests/benchmarks/")
"""Each test has clouds of its own, and mostly waits."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `--dist loadgroup`: a file's tests share a worker, and so do end-to-end files, whose cloud is a worker's."""
    for item in items:
        if group := _group(item.nodeid):
            item.add_marker(pytest.mark.xdist_group(group))


def _group(test: str) -> str | None:
    file = test.partition("::")[0]
    if file.startswith(APART):
        return None
    if file.startswith(STACK) and file not in ALONE:
        return "first" if file < SECOND else "second"
    return file
