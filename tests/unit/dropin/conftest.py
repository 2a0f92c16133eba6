"""The batch service on fakes, where the provider of `echo-…` is called `openai` and the others know no model."""

from collections.abc import Callable
from typing import Any

import pytest

from fanfold.dropin.jobs import Call
from fanfold.jobs.identity import Caller
from tests.fakes.cloud import FakeCloud
from tests.fakes.provider import MemoryProvider


class KnowsNothing(MemoryProvider):
    def knows(self, model: str) -> bool:
        return False


@pytest.fixture
def cloud() -> FakeCloud:
    cloud = FakeCloud()
    cloud.plugins = {"anthropic": KnowsNothing(), "gemini": KnowsNothing()}
    return cloud


@pytest.fixture
def call() -> Callable[..., Call]:
    """A call of acme's, each with a key of its own as the API gives it one."""

    def made(**more: Any) -> Call:
        key = {"idempotency_key": more.pop("key")} if "key" in more else {}
        return Call(Caller(tenant="acme", correlation_id="c", **key), **more)

    return made
