"""Prompts as Anthropic has them: https://platform.claude.com/docs/en/api/messages."""

from collections.abc import Sequence
from typing import Any

from fanfold.providers import (
    ChatMessage,
    Prompt,
    _parts,
)


def turns(messages: Sequence[ChatMessage]) -> list[Any]:
    """Plain and Anthropic's own content goes as it is. Results of tools that follow each other are one turn."""
    turns: list[Any] = []
    for at, message in enumerate(messages):
        if message["role"] in _parts.SYSTEM:
            continue
        if message["role"] == "tool" and turns and messages[at - 1]["role"] == "tool":
            turns[-1]["content"] += _content(message, at)
            continue
        role = "user" if message["role"] == "tool" else message["role"]
        turns.append({"role": role, "content": _content(message, at)})
    return turns


def _content(message: ChatMessage, at: int) -> Any:
    content = message.get("content")
    foreign = isinstance(content, list) and any(part.get("type") in ("image_url", "file") for part in content)
    if content is not None and message["role"] != "tool" and not message.get("tool_calls") and not foreign:
        return content
    return [_block(part) for part in _parts.parts(message, at)]


def _block(part: _parts.Part) -> dict[str, Any]:
    if part.kind == "text":
        return {"type": "text", "text": part.text}
    if part.kind == "call":
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": dict(part.arguments)}
    if part.kind == "result":
        return {"type": "tool_result", "tool_use_id": part.id, "content": part.text}
    held = {"type": "base64", "media_type": part.media, "data": part.data}
    block = {"type": part.kind, "source": {"type": "url", "url": part.url} if part.url else held}
    return block | ({"title": part.name} if part.name else {})


def output_config(prompt: Prompt) -> dict[str, Any]:
    """A schema, and how much the model thinks."""
    config: dict[str, Any] = {}
    if prompt.response_schema is not None:
        config["format"] = {"type": "json_schema", "schema": prompt.response_schema}
    thinks = prompt.reasoning_effort not in (None, "none", "minimal")
    if thinks:
        config["effort"] = prompt.reasoning_effort
    thinking = {"thinking": {"type": "adaptive"}} if thinks else {}
    return ({"output_config": config} if config else {}) | thinking


def tools(prompt: Prompt) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if prompt.tools is not None:
        found["tools"] = [_tool(tool) for tool in _parts.tools(prompt.tools)]
    if prompt.tool_choice is not None:
        name = _parts.chosen(prompt.tool_choice)
        kind = {"required": "any"}.get(str(prompt.tool_choice), prompt.tool_choice)
        found["tool_choice"] = {"type": "tool", "name": name} if name else {"type": kind}
    return found


def _tool(function: dict[str, Any]) -> dict[str, Any]:
    described = {"description": function["description"]} if function.get("description") else {}
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    return {"name": function["name"], "input_schema": schema} | described


def system(contents: list[Any]) -> Any:
    """Texts as one text; anything else as blocks."""
    if all(isinstance(content, str) for content in contents):
        return "\n\n".join(contents)
    blocks = [[{"type": "text", "text": content}] if isinstance(content, str) else content for content in contents]
    return [block for each in blocks for block in each]
