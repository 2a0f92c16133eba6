"""Prompts as Gemini has them: https://ai.google.dev/api/generate-content."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fanfold.errors import Invalid
from fanfold.providers import (
    ChatMessage,
    Prompt,
    _parts,
)

ROLES = {"assistant": "model", "tool": "user"}


def contents(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """Plain and Gemini's own content goes as it is. Results of tools that follow each other are one turn."""
    calls, contents = _parts.called(messages), list[dict[str, Any]]()
    for at, message in enumerate(messages):
        if message["role"] in _parts.SYSTEM:
            continue
        found = _content(message, at, calls)
        if message["role"] == "tool" and contents and messages[at - 1]["role"] == "tool":
            contents[-1]["parts"] += found
        else:
            contents.append({"role": ROLES.get(message["role"], message["role"]), "parts": found})
    return contents


def _content(message: ChatMessage, at: int, calls: Mapping[str | None, str | None]) -> list[dict[str, Any]]:
    content = message.get("content")
    foreign = isinstance(content, list) and any(part.get("type") for part in content)
    if content is not None and message["role"] != "tool" and not message.get("tool_calls") and not foreign:
        return own(content)
    return [_part(part, calls) for part in _parts.parts(message, at)]


def own(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"text": content}] if isinstance(content, str) else content


def _part(part: _parts.Part, calls: Mapping[str | None, str | None]) -> dict[str, Any]:
    if part.kind == "text":
        return {"text": part.text}
    if part.kind == "call":
        return {"functionCall": {"name": part.name, "args": dict(part.arguments)}}
    if part.kind == "result":
        name = calls.get(part.id) or part.name
        return {"functionResponse": {"name": name, "response": {"result": part.text}}}
    if part.media is None:
        raise Invalid(f"Gemini needs the media type of {part.url}: give it in base64", field="messages")
    if part.url:
        return {"fileData": {"fileUri": part.url, "mimeType": part.media}}
    return {"inlineData": {"data": part.data, "mimeType": part.media}}


def tools(prompt: Prompt) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if prompt.tools is not None:
        found["tools"] = [{"functionDeclarations": [_tool(tool) for tool in _parts.tools(prompt.tools)]}]
    if prompt.tool_choice is not None:
        name = _parts.chosen(prompt.tool_choice)
        mode = {"auto": "AUTO", "none": "NONE"}.get(str(prompt.tool_choice), "ANY")
        only = {"allowedFunctionNames": [name]} if name else {}
        found["toolConfig"] = {"functionCallingConfig": {"mode": mode} | only}
    return found


def _tool(function: dict[str, Any]) -> dict[str, Any]:
    kept = {name: function[name] for name in ("name", "description") if function.get(name)}
    return kept | ({"parametersJsonSchema": function["parameters"]} if function.get("parameters") else {})


def _thinking(effort: str) -> dict[str, Any]:
    return {"thinkingBudget": 0} if effort == "none" else {"thinkingLevel": effort.upper()}


def snake(name: str) -> str:
    """Gemini takes its names in either writing."""
    return re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name)


def config(prompt: Prompt) -> dict[str, Any]:
    config: dict[str, Any] = {
        "maxOutputTokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "topP": prompt.top_p,
        "seed": prompt.seed,
        "stopSequences": prompt.stops or None,
        "thinkingConfig": prompt.reasoning_effort and _thinking(prompt.reasoning_effort),
    }
    if prompt.response_schema is not None:
        config |= {"responseMimeType": "application/json", "responseJsonSchema": prompt.response_schema}
    return {name: value for name, value in config.items() if value is not None}
