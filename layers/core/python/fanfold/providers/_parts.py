"""Messages as people write them, in parts that every provider can be given in its own way.

A message's content is a text or a list of parts. A part is a text, a picture or a document, as OpenAI writes it
(`text`, `image_url`, `file`) or as Anthropic does (`text`, `image`, `document`); calls of tools and what came of them
are OpenAI's (`tool_calls`, role `tool`). Whatever a provider can't be given is refused by its name.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from mimetypes import guess_type
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from fanfold.errors import Invalid
from fanfold.providers import ChatMessage, Prompt

DATA_URL = re.compile(r"data:([\w.+/-]+);base64,(.*)\Z", re.DOTALL)
TOOL_CHOICES = ("auto", "none", "required")
SYSTEM = frozenset({"system", "developer"})
EMBEDDINGS_HAVE_NOT = (
    "stop",
    "seed",
    "tools",
    "tool_choice",
    "max_tokens",
    "temperature",
    "response_schema",
    "top_p",
    "reasoning_effort",
)
"""Options of a prompt that an embedding has no place for."""


class Part(NamedTuple):
    """One part of a message. A picture or document has a `url`, or `data` in base64 with its `media` type."""

    kind: Literal["text", "image", "document", "call", "result"]
    text: str = ""
    url: str | None = None
    data: str | None = None
    media: str | None = None
    name: str | None = None
    """Of a document its title, of a call its tool."""
    id: str | None = None
    """The call that this is, or is the result of."""
    arguments: Mapping[str, Any] = MappingProxyType({})


def is_plain(messages: Sequence[ChatMessage]) -> bool:
    """Whether all are plain texts, which every provider takes."""
    for message in messages:  # noqa: SIM110 - it is asked of every line
        if len(message) != 2 or not isinstance(message.get("content"), str):
            return False
    return True


def parts(message: ChatMessage, at: int) -> list[Part]:
    """The parts of a message. Raises Invalid with the place of what no other provider can be given."""
    content = message.get("content")
    texts = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
    found = [_part(each, f"messages.{at}.content.{place}") for place, each in enumerate(texts)]
    if message["role"] == "tool":
        said = "".join(part.text for part in found)
        return [Part("result", text=said, id=message.get("tool_call_id"), name=message.get("name"))]
    calls = message.get("tool_calls") or []
    return found + [_call(call, f"messages.{at}.tool_calls.{place}") for place, call in enumerate(calls)]


def called(messages: Sequence[ChatMessage]) -> dict[str | None, str | None]:
    """The tools that were called, by the ids of their calls."""
    calls = (call for message in messages for call in message.get("tool_calls") or [])
    return {call.get("id"): (call.get("function") or {}).get("name") for call in calls}


def tools(given: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each tool's `name`, `description` and `parameters`. Raises Invalid for what is no function."""
    for at, tool in enumerate(given):
        function = tool.get("function") if tool.get("type", "function") == "function" else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise Invalid('a tool is {"type": "function", "function": {"name": …}}', field=f"tools.{at}")
        yield function


def chosen(choice: Any) -> str | None:
    """The tool that a choice names; None if it names none. Raises Invalid for what is no choice."""
    if isinstance(choice, str) and choice in TOOL_CHOICES:
        return None
    name = (choice.get("function") or {}).get("name") if isinstance(choice, dict) else None
    if not isinstance(name, str):
        raise Invalid(f"it is one of {', '.join(TOOL_CHOICES)}, or names a function", field="tool_choice")
    return name


def refuse(provider: str, **given: Any) -> None:
    """Refuse options that a provider does not have. Raises Invalid."""
    for name, value in given.items():
        if value is not None:
            raise Invalid(f"{provider} has no {name}: leave it out", field=name)


def embedded_text(prompt: Prompt, models: re.Pattern[str], such_as: str) -> str:
    """The text that an embedding is asked of, by one of `models`. Raises Invalid with the field that is amiss."""
    refuse("An embedding", **{name: getattr(prompt, name) for name in EMBEDDINGS_HAVE_NOT})
    texts = [message.get("content") for message in prompt.messages]
    if len(texts) > 1 or any(not isinstance(text, str) for text in texts):
        raise Invalid("an embedding is of one text, without a system message", field="input")
    if texts and not models.match(prompt.model):
        raise Invalid(f"{prompt.model!r} makes no embeddings: name a model such as {such_as}", field="model")
    return str(texts[0]) if texts else ""


def _part(part: Any, where: str) -> Part:
    match part:
        case {"type": "text", "text": str(text)}:
            return Part("text", text=text)
        case {"type": "image_url", "image_url": {"url": str(url)}}:
            return _at("image", url)
        case {"type": "file", "file": {"file_data": str(data), **more}}:
            return _at("document", data)._replace(name=str(more.get("filename") or "") or None)
        case {"type": "image" | "document" as kind, "source": {"type": "base64", "data": str(data), **more}, **rest}:
            return Part(kind, data=data, media=_text(more.get("media_type")), name=_text(rest.get("title")))
        case {"type": "image" | "document" as kind, "source": {"type": "url", "url": str(url)}, **rest}:
            return _at(kind, url)._replace(name=_text(rest.get("title")))
        case {"type": "document", "source": {"type": "text", "data": str(text)}}:
            return Part("text", text=text)
    kind = part.get("type") if isinstance(part, dict) else part
    raise Invalid(f"a part of type {kind!r} can't be given to this provider", field=where)


def _at(kind: Literal["image", "document"], url: str) -> Part:
    """What a URL names, or holds in itself."""
    if held := DATA_URL.match(url):
        return Part(kind, data=held[2], media=held[1])
    return Part(kind, url=url, media=guess_type(url)[0])


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _call(call: Any, where: str) -> Part:
    match call:
        case {"function": {"name": str(name), **function}, **rest}:
            with suppress(TypeError, ValueError):
                arguments = json.loads(str(function.get("arguments") or "{}"))
                if isinstance(arguments, dict):
                    return Part("call", name=name, id=str(rest.get("id")), arguments=arguments)
    raise Invalid("a call names its function and has its arguments as a JSON object", field=where)
