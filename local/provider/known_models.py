"""Which model names exist, as the installed SDK lists them."""

import importlib.util
from functools import cache
from pathlib import Path
from typing import get_args


@cache
def openai_models() -> tuple[str, ...]:
    """The names in `openai.types.shared.ChatModel`.

    That one file is loaded by its path: importing the `openai` package for it costs seconds of start-up.
    """
    package = importlib.util.find_spec("openai")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("the openai package is not installed: its list of models is needed")
    path = Path(package.submodule_search_locations[0], "types", "shared", "chat_model.py")
    spec = importlib.util.spec_from_file_location("openai_chat_model", path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"cannot load {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return get_args(module.ChatModel)
