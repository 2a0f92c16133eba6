"""Checking a Messages request as Anthropic would, and turning it into a prompt of the shared model."""

from typing import Any

from local.provider.known_models import anthropic_models
from local.provider.model import Prompt, count_tokens
from local.provider.problems import CallError, bad_request

Body = dict[str, Any]
CONTEXT_TOKENS = 200_000
HIGHEST_TEMPERATURE = 1
NON_TEXT_BLOCKS = ("image", "document", "tool_use", "tool_result", "thinking", "search_result")


def message_prompt(body: Body) -> Prompt:
    """The prompt of a Messages body; CallError (400 or 404) says which field is at fault."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise bad_request("model: Field required", "model")
    if model not in anthropic_models():
        raise CallError(404, f"model: {model}", "not_found_error", "model")
    _max_tokens(body.get("max_tokens"))
    _temperature(body.get("temperature"))
    if body.get("stream"):
        raise bad_request("stream: the emulator does not stream", "stream")
    system = _text(body.get("system") or "", "system")
    user = _messages(body.get("messages"))
    if count_tokens(system + user) > CONTEXT_TOKENS:
        message = f"prompt is too long: {count_tokens(system + user)} tokens > {CONTEXT_TOKENS} maximum"
        raise bad_request(message, "messages")
    thinks = isinstance(body.get("thinking"), dict) and body["thinking"].get("type") in ("enabled", "adaptive")
    return Prompt(model, system, user, body["max_tokens"], _schema(body), reasons=thinks)


def _max_tokens(given: Any) -> None:
    if given is None:
        raise bad_request("max_tokens: Field required", "max_tokens")
    if not isinstance(given, int) or isinstance(given, bool):
        raise bad_request("max_tokens: Input should be a valid integer", "max_tokens")
    if given < 1:
        raise bad_request("max_tokens: Input should be greater than or equal to 1", "max_tokens")


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


def _messages(given: Any) -> str:
    if not isinstance(given, list):
        raise bad_request("messages: Field required", "messages")
    if not given:
        raise bad_request("messages: at least one message is required", "messages")
    return "\n".join(_message(message, f"messages.{index}") for index, message in enumerate(given))


def _message(message: Any, name: str) -> str:
    if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
        raise bad_request(f"{name}.role: Input should be 'user' or 'assistant'", f"{name}.role")
    content = message.get("content")
    if content in ("", [], None):
        raise bad_request(f"{name}: all messages must have non-empty content", f"{name}.content")
    return _text(content, f"{name}.content")


def _text(content: Any, name: str) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise bad_request(f"{name}: Input should be a valid string or list", name)
    return "\n".join(_block(block, f"{name}.{index}") for index, block in enumerate(content))


def _block(block: Any, name: str) -> str:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "text" and isinstance(block.get("text"), str):
        return str(block["text"])
    if kind in NON_TEXT_BLOCKS:
        return f"[{kind}]"
    raise bad_request(f"{name}: Input tag {kind!r} does not match any of the expected tags", name)
