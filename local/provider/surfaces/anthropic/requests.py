"""Checking a Messages request as Anthropic would, and turning it into a prompt of the shared model."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from local.provider.known_models import anthropic_models
from local.provider.model import Prompt, count_tokens
from local.provider.problems import CallError, bad_request
from local.provider.surfaces.anthropic.documents import Document, Documents
from local.provider.surfaces.anthropic.prompt_cache import LIFETIMES, Section
from local.provider.turns import Turn, task_of

Body = dict[str, Any]
CONTEXT_TOKENS = 200_000
MOST_OUTPUT_TOKENS = 128_000
HIGHEST_TEMPERATURE = 1
TAKES_PREFILL = ("claude-haiku-4-5", "claude-opus-4-5", "claude-sonnet-4-5")
"""Later models want the last message to be the user's."""
NO_PREFILL = "This model does not support assistant message prefill."
NON_TEXT_BLOCKS = ("image", "tool_use", "thinking", "redacted_thinking", "search_result")


@dataclass(frozen=True)
class MessageRequest:
    """A Messages body as a prompt, and its blocks in the order in which they are cached."""

    prompt: Prompt
    sections: list[Section]


class _Block(NamedTuple):
    text: str
    page_tokens: int = 0
    ttl: str | None = None

    @property
    def section(self) -> Section:
        return Section(self.text, count_tokens(self.text) + self.page_tokens, self.ttl)


def read_message(body: Body, documents: Documents) -> MessageRequest:
    """CallError (400, 404 or 413) says which field is at fault."""
    model = _model(body.get("model"))
    _max_tokens(body.get("max_tokens"), model)
    _temperature(body.get("temperature"))
    tools = _tools(body.get("tools"))
    system = _blocks(body.get("system") or "", "system", documents)
    turns = _turns(body.get("messages"), documents)
    if not turns[-1][0] and not model.startswith(TAKES_PREFILL):
        raise bad_request(f"{NO_PREFILL} The conversation must end with a user message.", "messages")
    blocks = [*tools, *system, *(block for _is_user, said in turns for block in said)]
    prompt = _prompt(body, model, system, turns, sum(block.page_tokens for block in blocks))
    if prompt.input_tokens > CONTEXT_TOKENS:
        message = f"prompt is too long: {prompt.input_tokens} tokens > {CONTEXT_TOKENS} maximum"
        raise bad_request(message, "messages")
    return MessageRequest(prompt, _sections(body, blocks))


def _prompt(
    body: Body, model: str, system: list[_Block], turns: list[tuple[bool, list[_Block]]], page_tokens: int
) -> Prompt:
    said = [Turn(is_user, _joined(blocks)) for is_user, blocks in turns]
    tool, schema = _forced_tool(body)
    thinks = isinstance(body.get("thinking"), dict) and body["thinking"].get("type") in ("enabled", "adaptive")
    return Prompt(
        model=model,
        system=_joined(system),
        user="\n".join(turn.text for turn in said),
        max_tokens=body["max_tokens"],
        schema=schema if tool else _schema(body),
        reasons=thinks,
        tool=tool,
        page_tokens=page_tokens,
        **task_of(said)._asdict(),
    )


def _joined(blocks: list[_Block]) -> str:
    return "\n".join(block.text for block in blocks)


def _sections(body: Body, blocks: list[_Block]) -> list[Section]:
    """`cache_control` of the body itself marks the last block."""
    sections = [block.section for block in blocks]
    if ttl := _ttl(body, ""):
        sections[-1] = sections[-1]._replace(ttl=sections[-1].ttl or ttl)
    return sections


def _model(model: Any) -> str:
    if not isinstance(model, str) or not model:
        raise bad_request("model: Field required", "model")
    if model not in anthropic_models():
        raise CallError(404, f"model: {model}", "not_found_error", "model")
    return model


def _max_tokens(given: Any, model: str) -> None:
    if given is None:
        raise bad_request("max_tokens: Field required", "max_tokens")
    if not isinstance(given, int) or isinstance(given, bool):
        raise bad_request("max_tokens: Input should be a valid integer", "max_tokens")
    if given < 1:
        raise bad_request("max_tokens: Input should be greater than or equal to 1", "max_tokens")
    if given > MOST_OUTPUT_TOKENS:
        most = f"the maximum allowed number of output tokens for {model}"
        raise bad_request(f"max_tokens: {given} > {MOST_OUTPUT_TOKENS}, which is {most}", "max_tokens")


def _temperature(given: Any) -> None:
    if given is None:
        return
    if not isinstance(given, int | float) or isinstance(given, bool):
        raise bad_request("temperature: Input should be a valid number", "temperature")
    if not 0 <= given <= HIGHEST_TEMPERATURE:
        raise bad_request(f"temperature: range: 0..{HIGHEST_TEMPERATURE}", "temperature")


def _schema(body: Body) -> Body | None:
    config = body.get("output_config") or {}
    form = config.get("format") if isinstance(config, dict) else None
    if not form:
        return None
    if not isinstance(form, dict) or form.get("type") != "json_schema" or not isinstance(form.get("schema"), dict):
        raise bad_request("output_config.format: expected a json_schema with its schema", "output_config.format")
    schema: Body = form["schema"]
    return schema


def _tools(given: Any) -> list[_Block]:
    if given is not None and not (isinstance(given, list) and all(isinstance(tool, dict) for tool in given)):
        raise bad_request("tools: Input should be a valid list", "tools")
    return [_Block(json.dumps(tool), 0, _ttl(tool, f"tools.{n}")) for n, tool in enumerate(given or [])]


def _forced_tool(body: Body) -> tuple[str | None, Body | None]:
    """The tool that `tool_choice` forces, and its schema; left free, the model answers in words."""
    choice, tools = body.get("tool_choice"), body.get("tools") or []
    kind = choice.get("type") if isinstance(choice, dict) else None
    if kind not in ("any", "tool"):
        return None, None
    wanted = choice.get("name") if kind == "tool" and isinstance(choice, dict) else None
    for tool in tools:
        if wanted in (None, tool.get("name")):
            return str(tool.get("name")), tool.get("input_schema") or {"type": "object"}
    raise bad_request(f"tool_choice.name: Tool '{wanted}' not found in provided tools", "tool_choice")


def _turns(given: Any, documents: Documents) -> list[tuple[bool, list[_Block]]]:
    if not isinstance(given, list):
        raise bad_request("messages: Field required", "messages")
    if not given:
        raise bad_request("messages: at least one message is required", "messages")
    return [_turn(message, f"messages.{index}", documents) for index, message in enumerate(given)]


def _turn(message: Any, name: str, documents: Documents) -> tuple[bool, list[_Block]]:
    if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
        raise bad_request(f"{name}.role: Input should be 'user' or 'assistant'", f"{name}.role")
    content = message.get("content")
    if content in ("", [], None):
        raise bad_request(f"{name}: all messages must have non-empty content", f"{name}.content")
    return message["role"] == "user", _blocks(content, f"{name}.content", documents)


def _blocks(content: Any, name: str, documents: Documents) -> list[_Block]:
    if isinstance(content, str):
        return [_Block(content)] if content else []
    if not isinstance(content, list):
        raise bad_request(f"{name}: Input should be a valid string or list", name)
    return [_block(block, f"{name}.{index}", documents) for index, block in enumerate(content)]


def _block(block: Any, name: str, documents: Documents) -> _Block:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "text" and isinstance(block.get("text"), str):
        return _Block(block["text"], 0, _ttl(block, name))
    if kind == "document":
        document: Document = documents.read(block, f"{name}.document")
        return _Block(document.text, document.page_tokens, _ttl(block, name))
    if kind == "tool_result":
        return _Block(_joined(_blocks(block.get("content") or "", name, documents)), 0, _ttl(block, name))
    if kind in NON_TEXT_BLOCKS:
        return _Block(f"[{kind}]", 0, _ttl(block, name))
    raise bad_request(f"{name}: Input tag {kind!r} does not match any of the expected tags", name)


def _ttl(holder: Body, name: str) -> str | None:
    """The lifetime of a breakpoint; None where there is none."""
    control = holder.get("cache_control")
    if control is None:
        return None
    ttl = control.get("ttl", "5m") if isinstance(control, dict) and control.get("type") == "ephemeral" else None
    if not isinstance(ttl, str) or ttl not in LIFETIMES:
        where = f"{name}.cache_control".lstrip(".")
        raise bad_request(f"{where}: expected type 'ephemeral' and ttl '5m' or '1h'", where)
    return ttl
