"""A deployment in this process: the template's resources in moto, the provider emulator, and every handler."""

import copy
import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fanfold import wiring
from local.provider.process import ProviderEmulator
from tests.fakes.lambda_context import LambdaContext
from tests.fakes.moto_stack import CREDENTIALS, ROOT, Stack, deployed

EVENTS = ROOT / "events"


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderEmulator]:
    """A provider whose batches end at once."""
    with ProviderEmulator(tmp_path_factory.mktemp("provider"), latency=0) as running:
        yield running


@pytest.fixture
def stack(provider: ProviderEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A fresh deployment; the environment names its resources, as the template's does."""
    with deployed() as stack:
        for name, value in (CREDENTIALS | stack.environment).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("OPENAI_BASE_URL", provider.openai_base_url)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", provider.anthropic_base_url)
        forget()
        yield stack
        forget()


@pytest.fixture(scope="session", autouse=True)
def clients() -> Iterator[None]:
    """boto3's clients are good in every deployment here, and cost more time than most tests."""
    yield
    wiring.client.cache_clear()


def forget() -> None:
    """Let go of everything that `wiring` made for the deployment before."""
    for name, made in vars(wiring).items():
        if hasattr(made, "cache_clear") and name != "client":
            made.cache_clear()


def golden(step: str) -> dict[str, Any]:
    """The golden event of `service.step`."""
    found: dict[str, Any] = json.loads(_path(step).read_text())
    return copy.deepcopy(found)


def _path(step: str) -> Path:
    return (EVENTS / step.replace(".", "/")).with_suffix(".json")


@pytest.fixture
def invoke(stack: Stack) -> Callable[..., Any]:
    """Run the handler `service.step` with its golden event, or with another."""

    def run(step: str, event: dict[str, Any] | None = None) -> Any:
        handler = importlib.import_module(step).handler
        return handler(golden(step) if event is None else event, LambdaContext())

    return run
