"""Batches of AI requests and forecasts: `from fanfold import Fanfold, AsyncFanfold, forecast`.

The names are loaded when they are first used, so that the functions on Lambda import none.
"""

from importlib import import_module
from typing import Any

CLIENT = "fanfold_client"
PLACES = dict.fromkeys(("Fanfold", "AsyncFanfold", "FanfoldError", "Progress", "http_client"), CLIENT)
PLACES |= {"forecast": "fanfold.forecasting"}
"""Where each name lives: the client of a deployment, and the forecasting engine."""
EXTRA = "forecasts need more packages: pip install 'fanfold[forecasting]'"


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module 'fanfold' has no attribute {name!r}")
    try:
        return getattr(import_module(PLACES[name]), name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(EXTRA if name == "forecast" else str(error), name=error.name) from error


def __dir__() -> list[str]:
    return [*globals(), *PLACES]
