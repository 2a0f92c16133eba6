"""Lines of providers' results as they are documented, and the same as nobody documents them."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from importlib import import_module
from random import Random
from typing import Any

from fanfold.providers import Outcome

NAMES = ("openai", "anthropic", "gemini")
ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2.5,
    1e400,
    float("nan"),
    10**30,
    "",
    "upstream connect error",
    "\ud83d",
    [],
    {},
    [None],
    [[]],
    {"": None},
    {"message": 3, "type": ["x"], "code": {}},
    [{"type": "text"}, {"text": 7}, "x", None],
)
"""Values that take another one's place."""
ID_FIELDS = {"openai": "custom_id", "anthropic": "custom_id", "gemini": "key"}


def reader(name: str) -> Callable[[bytes], Outcome]:
    """What reads a line of the provider's results."""
    read: Callable[[bytes], Outcome] = import_module(f"fanfold.providers.{name}.replies").outcome_in
    return read


def line(name: str, id: str, text: str = "fine", **changes: Any) -> dict[str, Any]:
    """A line of the provider's results for a request that was answered; `changes` are made in the provider's reply."""
    if name == "openai":
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        body: dict[str, Any] = {"object": "chat.completion", "model": "gpt-5.4-mini", "choices": [choice]}
        body |= {"usage": {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 2}}}
        response = {"status_code": 200, "request_id": "r", "body": body | changes}
        return {"id": "x", "custom_id": id, "response": response, "error": None}
    if name == "anthropic":
        message = {"type": "message", "role": "assistant", "model": "claude-haiku-4-5", "stop_reason": "end_turn"}
        message |= {"content": [{"type": "text", "text": text}], "usage": {"input_tokens": 12, "output_tokens": 3}}  # type: ignore[dict-item]
        return {"custom_id": id, "result": {"type": "succeeded", "message": message | changes}}
    candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP"}
    reply: dict[str, Any] = {"candidates": [candidate], "modelVersion": "gemini-3.5-flash-lite"}
    reply |= {"usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 3}}
    return {"key": id, "response": reply | changes}


def refused(name: str, id: str) -> dict[str, Any]:
    """A line of the provider's results for a request that it turned down."""
    if name == "openai":
        error: dict[str, Any] = {"message": "no", "type": "invalid_request_error", "code": None}
        return {"custom_id": id, "response": {"status_code": 400, "body": {"error": error}}, "error": None}
    if name == "anthropic":
        error = {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}
        return {"custom_id": id, "result": {"type": "errored", "error": error}}
    return {"key": id, "error": {"code": 3, "message": "no", "status": "INVALID_ARGUMENT"}}


def mutated(name: str, id: str, random: Random) -> bytes:
    """A line for the request, changed in one place or two, in its structure or in its bytes. Its id stays."""
    made = (line if random.random() < 0.8 else refused)(name, id)
    for _ in range(random.choice((1, 1, 2))):
        places = [place for place in _places(made) if place[1] != ID_FIELDS[name]]
        if not places:
            break
        holder, key = random.choice(places)
        if random.random() < 0.2:
            del holder[key]
        else:
            holder[key] = _deep(random) if random.random() < 0.05 else deepcopy(random.choice(ODD))
    text = json.dumps(made).encode()
    return text if random.random() < 0.7 else _broken(text, id, random)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _places(inner)


def _deep(random: Random) -> Any:
    found: Any = "deep"
    for _ in range(random.choice((50, 250, 400))):
        found = [found]
    return found


def _broken(text: bytes, id: str, random: Random) -> bytes:
    """The text cut, or with bytes of another kind in it, behind its id."""
    safe = text.index(id.encode()) + len(id) + 1
    at = random.randrange(safe, len(text) + 1)
    cut = text[:at]
    return random.choice((cut, cut + random.randbytes(8).replace(b"\n", b"") + text[at:], cut + text[at + 3 :]))
