"""Plug-ins by file name: the file's name is the key it is found under."""

import pkgutil
from importlib import import_module
from typing import Any


def names(package: str) -> tuple[str, ...]:
    """The plug-ins in a package: each module in it is one."""
    path = import_module(package).__path__
    return tuple(sorted(found.name for found in pkgutil.iter_modules(path) if not found.name.startswith("_")))


def load(package: str, name: str) -> Any:
    """The `PLUGIN` of `package/name.py`. Raises KeyError if there is no such file."""
    if name not in names(package):
        raise KeyError(name)
    return import_module(f"{package}.{name}").PLUGIN
