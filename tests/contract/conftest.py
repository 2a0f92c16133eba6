"""The cloud that the adapters are tested on."""

from collections.abc import Iterator

import pytest

from tests.fakes.moto_stack import Stack, deployed


@pytest.fixture(scope="module")
def aws() -> Iterator[Stack]:
    """The template's resources in moto."""
    with deployed() as stack:
        yield stack
