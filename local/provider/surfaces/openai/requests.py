"""Checking a model request as OpenAI would, and turning it into a prompt of the shared model."""

from collections.abc import Collection
from typing import Any

from local.provider.known_models import openai_models
from local.provider.model import Prompt, count_tokens
from local.provider.problems import CallError, bad_request
from local.provider.turns import Turn, task_of

Body = dict[str, Any]
CHAT, RESPONSES, EMBEDDINGS = "/v1/chat/completions", "/v1/responses", "/v1/embeddings"
ROLES = ("system", "developer", "user", "assistant", "tool", "function")
TEXT_PARTS = ("text", "input_text", "output_text")
NON_TEXT_PARTS = ("image_url", "input_image", "input_audio", "file", "input_file")
FIXED_TEMPERATURE = ("gpt-5", "gpt-5-mini", "gpt-5-nano", "o1", "o3", "o3-mini", "o4-mini")
LEAST_OUTPUT_TOKENS = 16


def chat_prompt(body: Body) -> Prompt:
    """The prompt of a chat completion body; CallError (400 or 404) names the parameter at fault."""
    model = named_model(body)
    if reasons(model) and body.get("max_tokens") is not None:
        message = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        )
        raise bad_request(message, "max_tokens", "unsupported_parameter")
    for name in ("max_tokens", "max_completion_tokens"):
        _at_least(body, name, 1)
    messages = _messages(body.get("messages"), "messages")
    form = _object(body, "response_format")
    schema = _object(form, "json_schema").get("schema") if form.get("type") == "json_schema" else None
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    functions = [_object(tool, "function") for tool in _tools(body)]
    return _prompt(body, model, "", messages, limit, form, schema, functions)


def response_prompt(body: Body) -> Prompt:
    """The prompt of a Responses body; CallError (400 or 404) names the parameter at fault."""
    model = named_model(body)
    _at_least(body, "max_output_tokens", LEAST_OUTPUT_TOKENS)
    given = body.get("input")
    messages = [("user", given)] if isinstance(given, str) and given else _messages(given, "input")
    form = _object(_object(body, "text"), "format")
    schema = form.get("schema") if form.get("type") == "json_schema" else None
    instructions = _text(body.get("instructions") or "", "instructions")
    limit = body.get("max_output_tokens")
    return _prompt(body, model, instructions, messages, limit, form, schema, _tools(body))


def reasons(model: str) -> bool:
    """Whether the model thinks before it answers (and then takes no `max_tokens`)."""
    return model.startswith(("o1", "o3", "o4", "gpt-5", "gpt-6")) and "chat-latest" not in model


def context_window(model: str) -> int:
    """Tokens a prompt may have, by model family (https://developers.openai.com/api/docs/models)."""
    if model.startswith(("gpt-5", "gpt-6")):
        return 400_000
    if model.startswith("gpt-4.1"):
        return 1_047_576
    return 200_000 if model.startswith("o") else 128_000


def _prompt(
    body: Body,
    model: str,
    instructions: str,
    messages: list[tuple[str, str]],
    limit: int | None,
    form: Body,
    schema: Any,
    functions: list[Body],
) -> Prompt:
    _sampling(body, model)
    system = "\n".join([instructions, *(text for role, text in messages if role in ("system", "developer"))]).strip()
    turns = [Turn(role != "assistant", text) for role, text in messages if role not in ("system", "developer")]
    user = "\n".join(turn.text for turn in turns)
    _format(form, schema, system + user)
    _fits(model, system + user)
    tool, parameters = _forced_tool(body.get("tool_choice"), functions)
    return Prompt(
        model=model,
        system=system,
        user=user,
        max_tokens=limit,
        schema=parameters if tool else schema,
        as_json=form.get("type") == "json_object",
        reasons=reasons(model),
        tool=tool,
        **task_of(turns)._asdict(),
    )


def _tools(body: Body) -> list[Body]:
    tools = body.get("tools") or []
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise bad_request("Invalid type for 'tools': expected an array of objects.", "tools", "invalid_type")
    return [tool for tool in tools if tool.get("type") == "function"]


def _forced_tool(choice: Any, functions: list[Body]) -> tuple[str | None, Body | None]:
    """The function that `tool_choice` forces, and its parameters; left free, the model answers in words."""
    if choice != "required" and not isinstance(choice, dict):
        return None, None
    wanted = None
    if isinstance(choice, dict):
        wanted = (_object(choice, "function") or choice).get("name")
    for function in functions:
        if wanted in (None, function.get("name")):
            return str(function.get("name")), _object(function, "parameters") or {"type": "object"}
    message = f"Invalid value for 'tool_choice': function '{wanted}' is not in 'tools'."
    raise bad_request(message, "tool_choice", "invalid_value")


def named_model(body: Body, known: Collection[str] = openai_models()) -> str:
    """The body's model; CallError if it is none of those."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise bad_request("you must provide a model parameter", "model", "missing_required_parameter")
    if model not in known:
        message = f"The model `{model}` does not exist or you do not have access to it."
        raise CallError(404, message, "model_not_found")
    return model


def _object(body: Body, name: str) -> Body:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise bad_request(f"Invalid type for '{name}': expected an object.", name, "invalid_type")
    return value or {}


def _at_least(body: Body, name: str, least: int) -> None:
    value = body.get(name)
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool):
        raise bad_request(f"Invalid type for '{name}': expected an integer.", name, "invalid_type")
    if value < least:
        message = (
            f"Invalid '{name}': integer below minimum value. Expected a value >= {least}, but got {value} instead."
        )
        raise bad_request(message, name, "integer_below_min_value")


def _sampling(body: Body, model: str) -> None:
    if body.get("n", 1) != 1:
        raise bad_request("The emulator gives one choice: 'n' must be 1.", "n", "unsupported_value")
    for name, most in (("temperature", 2), ("top_p", 1)):
        _in_range(body, name, most)
    temperature = body.get("temperature")
    if temperature not in (None, 1) and model.partition("-20")[0] in FIXED_TEMPERATURE:
        message = f"Unsupported value: 'temperature' does not support {temperature} with this model."
        raise bad_request(f"{message} Only the default (1) value is supported.", "temperature", "unsupported_value")


def _in_range(body: Body, name: str, most: float) -> None:
    value = body.get(name)
    if value is None:
        return
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise bad_request(f"Invalid type for '{name}': expected a decimal.", name, "invalid_type")
    if not 0 <= value <= most:
        side, edge = ("above maximum", f"<= {most}") if value > most else ("below minimum", ">= 0")
        message = f"Invalid '{name}': decimal {side} value. Expected a value {edge}, but got {value} instead."
        raise bad_request(message, name, f"decimal_{side.replace(' ', '_').replace('imum', '')}_value")


def _messages(given: Any, name: str) -> list[tuple[str, str]]:
    if given is None:
        raise bad_request(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")
    if not isinstance(given, list):
        raise bad_request(f"Invalid type for '{name}': expected an array.", name, "invalid_type")
    if not given:
        message = f"Invalid '{name}': empty array. Expected an array with minimum length 1, but got an empty array."
        raise bad_request(message, name, "empty_array")
    return [_message(message, f"{name}[{index}]") for index, message in enumerate(given)]


def _message(message: Any, name: str) -> tuple[str, str]:
    if not isinstance(message, dict):
        raise bad_request(f"Invalid type for '{name}': expected an object.", name, "invalid_type")
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        wanted = ", ".join(f"'{known}'" for known in ROLES)
        message_text = f"Invalid value: '{role}'. Supported values are: {wanted}."
        raise bad_request(message_text, f"{name}.role", "invalid_value")
    if content is None and role == "assistant":
        return role, ""
    return role, _text(content, f"{name}.content")


def _text(content: Any, name: str) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise bad_request(f"Invalid type for '{name}': expected a string or an array.", name, "invalid_type")
    return "\n".join(_part(part, f"{name}[{index}]") for index, part in enumerate(content))


def _part(part: Any, name: str) -> str:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind in TEXT_PARTS and isinstance(part.get("text"), str):
        return str(part["text"])
    if kind in NON_TEXT_PARTS:
        return f"[{kind}]"
    raise bad_request(f"Invalid value: '{kind}'.", f"{name}.type", "invalid_value")


def _format(form: Body, schema: Any, text: str) -> None:
    if form.get("type") == "json_schema" and not isinstance(schema, dict):
        raise bad_request("Missing required parameter: the schema.", "response_format", "missing_required_parameter")
    if form.get("type") == "json_object" and "json" not in text.lower():
        message = (
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
        )
        raise bad_request(message, "messages")


def _fits(model: str, text: str) -> None:
    window, tokens = context_window(model), count_tokens(text)
    if tokens > window:
        message = (
            f"This model's maximum context length is {window} tokens. However, your messages have {tokens} tokens."
        )
        raise bad_request(message, "messages", "context_length_exceeded")
