"""The one way our code takes a function of the emulator's place."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any


class EmulatorChanged(Exception):
    """A function we replace is gone or takes other parameters: the emulator's version moved."""


def replace(module: ModuleType, name: str, parameters: str, make: Callable[[Any], Any]) -> None:
    """Put `make(original)` in the place of `module.name`.

    `parameters` are the names the original must take, separated by spaces; anything else raises
    `EmulatorChanged`, so that an upgrade fails at start and not in the middle of a run.
    """
    original = getattr(module, name, None)
    where = f"{module.__name__}.{name}"
    if original is None:
        raise EmulatorChanged(f"{where} is gone; see local/cloud/")
    found = " ".join(inspect.signature(original).parameters)
    if found != parameters:
        raise EmulatorChanged(f"{where} takes ({found}), not ({parameters}); see local/cloud/")
    setattr(module, name, make(original))


def require(module: ModuleType, *names: str) -> None:
    """Check that what our replacements read in `module` exists."""
    missing = [name for name in names if not hasattr(module, name)]
    if missing:
        raise EmulatorChanged(f"{module.__name__} lacks {', '.join(missing)}; see local/cloud/")
