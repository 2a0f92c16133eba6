"""Prompts as OpenAI has them: https://platform.openai.com/docs/api-reference/chat."""

from collections.abc import Sequence
from typing import Any

from fanfold.errors import Invalid
from fanfold.providers import (
    ChatMessage,
    Prompt,
    _parts,
)


def more(prompt: Prompt) -> dict[str, Any]:
    """What few requests ask for."""
    names = ("top_p", "seed", "reasoning_effort", "tool_choice")
    found = {name: value for name in names if (value := getattr(prompt, name)) is not None}
    if prompt.stop is not None:
        found["stop"] = prompt.stops
    if prompt.tools is not None:
        found["tools"] = list(prompt.tools)
    return found


def messages(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """OpenAI's own parts go as they are; Anthropic's pictures and documents as OpenAI has them."""
    if _parts.is_plain(messages):
        return list(messages)
    return [message | {"content": _content(message, at)} for at, message in enumerate(messages)]


def _content(message: ChatMessage, at: int) -> Any:
    content = message.get("content")
    if not isinstance(content, list) or not any(part.get("type") in ("image", "document") for part in content):
        return content
    return [_part(part) for part in _parts.parts(message, at)]


def _part(part: _parts.Part) -> dict[str, Any]:
    url = part.url or f"data:{part.media};base64,{part.data}"
    if part.kind == "text":
        return {"type": "text", "text": part.text}
    if part.kind == "image":
        return {"type": "image_url", "image_url": {"url": url}}
    if part.url:
        raise Invalid("OpenAI takes documents in base64, and none by its URL", field="messages")
    return {"type": "file", "file": {"filename": part.name or "document.pdf", "file_data": url}}


def is_system(turn: Any) -> bool:
    return isinstance(turn, dict) and turn.get("role") in _parts.SYSTEM


def is_strict(schema: Any) -> bool:
    """Whether OpenAI takes the schema as `strict`: every object in it is closed, and requires all it has."""
    if isinstance(schema, list):
        return all(map(is_strict, schema))
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties", {})
    closed = schema.get("additionalProperties") is False and set(schema.get("required", ())) == set(properties)
    return (closed or schema.get("type") != "object") and all(map(is_strict, schema.values()))
