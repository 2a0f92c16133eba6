"""Checking a generateContent request as Gemini would, and turning it into a prompt of the shared model."""

from typing import Any

from local.provider.known_models import gemini_embedding_models, gemini_models
from local.provider.model import Prompt
from local.provider.problems import CallError, bad_request
from local.provider.turns import Turn, task_of

Body = dict[str, Any]
CONTEXT_TOKENS = 1_048_576
HIGHEST_TEMPERATURE = 2
EMBED = "embedContent"
EMBED_FIELDS = {"model", "content", "taskType", "title", "outputDimensionality"}
NON_TEXT_PARTS = ("inlineData", "fileData", "functionCall", "functionResponse", "executableCode")


def check_model(model: str, method: str = "generateContent") -> str:
    """The model's bare name; CallError (404) if there is none of that name that has the method."""
    name, models = model.removeprefix("models/"), gemini_models()
    if name not in (gemini_embedding_models() if method == EMBED else models):
        raise CallError(404, f"models/{name} is not found, or is not supported for {method}.")
    return name


def embedded_text(body: Body) -> str:
    """The text of a request for an embedding; CallError (400) says which field is at fault."""
    if unknown := body.keys() - EMBED_FIELDS - {snake(name) for name in EMBED_FIELDS}:
        raise bad_request(f"Invalid JSON payload received. Unknown name '{min(unknown)}'.")
    if not (text := _content(body.get("content"), "content").text):
        raise bad_request("* EmbedContentRequest.content: contents.parts must not be empty.")
    return text


def content_prompt(model: str, body: Body) -> Prompt:
    """The prompt of a generateContent body; CallError (400) says which field is at fault."""
    config = field_of(body, "generationConfig") or {}
    if not isinstance(config, dict):
        raise bad_request("Invalid value at 'generation_config': expected an object.")
    limit = field_of(config, "maxOutputTokens")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise bad_request("Invalid value at 'generation_config.max_output_tokens': it must be positive.")
    _temperature(config.get("temperature"))
    system = _parts(field_of(body, "systemInstruction") or {"parts": []}, "system_instruction")
    turns = _contents(body.get("contents"))
    schema, as_json = _schema(config)
    tool, parameters = _forced_tool(body)
    prompt = Prompt(
        model=model,
        system=system,
        user="\n".join(turn.text for turn in turns),
        max_tokens=limit,
        schema=parameters if tool else schema,
        as_json=as_json,
        reasons="lite" not in model,
        tool=tool,
        **task_of(turns)._asdict(),
    )
    if (tokens := prompt.input_tokens) > CONTEXT_TOKENS:
        message = f"The input token count ({tokens}) exceeds the maximum number of tokens allowed ({CONTEXT_TOKENS})."
        raise bad_request(message)
    return prompt


def _forced_tool(body: Body) -> tuple[str | None, Body | None]:
    """The function that the mode ANY forces, and its parameters; left free, the model answers in words."""
    calling = field_of(_object(body, "toolConfig"), "functionCallingConfig") or {}
    if not isinstance(calling, dict) or calling.get("mode") != "ANY":
        return None, None
    allowed = field_of(calling, "allowedFunctionNames")
    for tool in _objects(body.get("tools"), "tools"):
        for function in _objects(field_of(tool, "functionDeclarations"), "function_declarations"):
            if not isinstance(allowed, list) or not allowed or function.get("name") in allowed:
                parameters = field_of(function, "parametersJsonSchema") or lowered(function.get("parameters"))
                return str(function.get("name")), parameters or {"type": "object"}
    raise bad_request("Function calling mode 'ANY' needs a function declaration that is allowed.")


def lowered(schema: Any) -> Any:
    """A schema in Google's own words (`OBJECT`, `STRING` …) in those of JSON Schema."""
    if isinstance(schema, list):
        return [lowered(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: value.lower() if name == "type" and isinstance(value, str) else lowered(value)
        for name, value in schema.items()
    }


def _objects(given: Any, name: str) -> list[Body]:
    if not isinstance(given or [], list) or not all(isinstance(each, dict) for each in given or []):
        raise bad_request(f"Invalid value at '{name}': expected a list of objects.")
    return given or []


def _object(body: Body, name: str) -> Body:
    value = field_of(body, name) or {}
    if not isinstance(value, dict):
        raise bad_request(f"Invalid value at '{name}': expected an object.")
    return value


def field_of(body: Body, name: str) -> Any:
    """A field by its JSON name or its proto name: both are taken."""
    return body.get(name, body.get(snake(name)))


def snake(name: str) -> str:
    """The proto name of a JSON name."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _temperature(given: Any) -> None:
    if given is None:
        return
    if not isinstance(given, int | float) or isinstance(given, bool) or not 0 <= given <= HIGHEST_TEMPERATURE:
        raise bad_request(f"Invalid value at 'generation_config.temperature': the range is 0 to {HIGHEST_TEMPERATURE}.")


def _schema(config: Body) -> tuple[Body | None, bool]:
    schema = field_of(config, "responseJsonSchema") or lowered(field_of(config, "responseSchema"))
    as_json = field_of(config, "responseMimeType") == "application/json"
    if schema is not None and not isinstance(schema, dict):
        raise bad_request("Invalid value at 'generation_config.response_json_schema': expected an object.")
    if schema is not None and not as_json:
        raise bad_request("A response schema needs 'response_mime_type' to be application/json.")
    return schema, as_json and schema is None


def _contents(given: Any) -> list[Turn]:
    if not isinstance(given, list) or not given:
        raise bad_request("* GenerateContentRequest.contents: contents is not specified")
    return [_content(content, f"contents[{index}]") for index, content in enumerate(given)]


def _content(content: Any, name: str) -> Turn:
    if not isinstance(content, dict) or content.get("role", "user") not in ("user", "model"):
        raise bad_request(f"* {name}.role: Please use a valid role: user, model.")
    if not content.get("parts"):
        raise bad_request(f"* GenerateContentRequest.{name}.parts: contents.parts must not be empty.")
    return Turn(content.get("role") != "model", _parts(content, name))


def _parts(content: Any, name: str) -> str:
    if not isinstance(content, dict) or not isinstance(content.get("parts", []), list):
        raise bad_request(f"Invalid value at '{name}.parts': expected a list.")
    return "\n".join(_part(part, f"{name}.parts[{index}]") for index, part in enumerate(content.get("parts", [])))


def _part(part: Any, name: str) -> str:
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return str(part["text"])
    for kind in NON_TEXT_PARTS:
        if isinstance(part, dict) and field_of(part, kind) is not None:
            return f"[{kind}]"
    raise bad_request(f"* {name}.data: required oneof field 'data' must have one initialized field")
