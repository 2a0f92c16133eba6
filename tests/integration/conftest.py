"""A deployment in this process: the template's resources in moto, the provider emulator, and every handler."""

import copy
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from fanfold.settings import Settings
from fanfold.wiring import entrance, models
from local.provider.process import ProviderEmulator
from tests.fakes.errands import handed_over
from tests.fakes.lambda_context import LambdaContext
from tests.fakes.moto_stack import CREDENTIALS, ROOT, Stack, deployed, given_somewhere

EVENTS = ROOT / "events"
WITHOUT = "FANFOLD_WITHOUT"
"""Names a variable that `make mutate` takes from every function."""


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
        monkeypatch.setattr(entrance, "Settings", ReadSettings)
        monkeypatch.setenv("OPENAI_BASE_URL", provider.openai_base_url)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", provider.anthropic_base_url)
        forget()
        yield stack
        forget()


@pytest.fixture
def handed(stack: Stack) -> Iterator[list[tuple[str, str]]]:
    """What was handed over to another function: its name here, and the event."""
    with handed_over(entrance.client("lambda")) as found:
        yield found


@pytest.fixture(scope="session", autouse=True)
def clients() -> Iterator[None]:
    """boto3's clients are good in every deployment here, and cost more time than most tests."""
    yield
    entrance.client.cache_clear()


def forget() -> None:
    """Let go of everything that the wiring made for the deployment before."""
    loaded = [module for name, module in sys.modules.items() if name.startswith("fanfold.wiring.")]
    for name, made in [each for module in loaded for each in vars(module).items()]:
        if hasattr(made, "cache_clear") and name != "client":
            made.cache_clear()


def golden(step: str) -> dict[str, Any]:
    """The golden event of `service.step`."""
    found: dict[str, Any] = json.loads(_path(step).read_text())
    return copy.deepcopy(found)


def said_of(tenant: str, role: str = "owner") -> dict[str, str]:
    """What the authorizer tells of a caller."""
    return {"tenant": tenant, "key_id": "0123456789abcdef", "role": role, "scopes": ""}


def _path(step: str) -> Path:
    service, _, event = step.partition(".")
    return EVENTS / service / f"{event}.json"


@pytest.fixture
def invoke(answers: Callable[..., list[Any]]) -> Callable[..., Any]:
    """Run the handler `service.step` with its golden event, or with others, in one warm process; the last answer."""

    def run(step: str, *events: dict[str, Any]) -> Any:
        return answers(step, *(events or (golden(step),)))[-1]

    return run


@pytest.fixture
def answers(stack: Stack, handed: list[tuple[str, str]]) -> Callable[..., list[Any]]:
    """Run the handler `service.step` with each event in one warm process; all answers."""

    def run(step: str, *events: dict[str, Any]) -> list[Any]:
        handler = importlib.import_module(step).handler
        with variables_of(step, stack):
            return [handler(event, LambdaContext()) for event in events]

    return run


@contextmanager
def variables_of(step: str, stack: Stack) -> Iterator[None]:
    """The process as that function's: with the variables that the template gives to it, and no other of the template's.

    A setting that is read and that the template gives to other functions only is an error: the function would run on
    the default of the code, whatever the operator says.
    """
    before, given = dict(os.environ), stack.variables(f"{step}.handler")
    given.pop(before.get(WITHOUT, ""), None)
    changed = {name: value for name, value in before.items() if name not in given_somewhere()}
    overridden = {name: before[name] for name in given if name in before and name not in stack.environment}
    ReadSettings.read.clear()
    forget()
    os.environ.clear()
    os.environ.update(changed | given | overridden)
    try:
        yield
        missing = {name for name in map(str.upper, ReadSettings.read) if name in given_somewhere()} - set(given)
        assert not missing, f"{step} reads {sorted(missing)}, which the template does not give to it"
    finally:
        if models._runner.cache_info().currsize:
            models.run(models.provider("openai", "acme").close())
            models._runner().close()
        os.environ.clear()
        os.environ.update(before)
        forget()


class ReadSettings(Settings):
    """Settings that remember what was read of them."""

    read: ClassVar[set[str]] = set()

    def __getattribute__(self, name: str) -> Any:
        if name in Settings.model_fields:
            ReadSettings.read.add(name)
        return super().__getattribute__(name)
