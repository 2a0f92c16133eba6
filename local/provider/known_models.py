"""Which model names exist, as the installed SDKs list them."""

import ast
import importlib.util
from functools import cache
from pathlib import Path


@cache
def openai_models() -> tuple[str, ...]:
    """The names in `openai.types.shared.ChatModel`."""
    return _literals("openai", "types/shared/chat_model.py")


@cache
def embedding_models() -> tuple[str, ...]:
    """The names in `openai.types.EmbeddingModel`."""
    return _literals("openai", "types/embedding_model.py")


@cache
def anthropic_models() -> tuple[str, ...]:
    """The names in `anthropic.types.Model`."""
    return _literals("anthropic", "types/model.py")


@cache
def gemini_models() -> tuple[str, ...]:
    """The names of Gemini's text models in the SDK's `Model`."""
    found = _literals("google.genai", "_gaos/types/interactions/model.py")
    return tuple(name for name in found if name.startswith("gemini-"))


def gemini_embedding_models() -> tuple[str, ...]:
    """Gemini's models of embeddings, which the SDK has no list of: https://ai.google.dev/gemini-api/docs/embeddings."""
    return "gemini-embedding-001", "gemini-embedding-2"


def _literals(package: str, path: str) -> tuple[str, ...]:
    """The strings of the first `Literal` in a package's file.

    The file is read and not imported: importing an SDK for a list of names costs seconds of start-up.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"the package {package} is not installed: its list of models is needed")
    tree = ast.parse(Path(spec.submodule_search_locations[0], path).read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
            return tuple(str(name.value) for name in ast.walk(node.slice) if isinstance(name, ast.Constant))
    raise RuntimeError(f"{path} of {package} has no list of models")
