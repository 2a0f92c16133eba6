"""What OpenAI may be asked besides chat completions: responses and embeddings, and which of them a body asks.

https://platform.openai.com/docs/api-reference/responses, https://platform.openai.com/docs/api-reference/embeddings
"""

import re
from typing import Any, Final

from fanfold.errors import Invalid
from fanfold.providers import Prompt, _parts, whole

CHAT: Final = "chat"
RESPONSES: Final = "responses"
EMBEDDINGS: Final = "embeddings"
PATHS = {CHAT: "/chat/completions", RESPONSES: "/responses", EMBEDDINGS: "/embeddings"}
"""Behind the version of the API."""
EMBEDDING = re.compile(r"text-embedding-[\w.-]+\Z")
RESPONSES_HAVE_NOT = ("stop", "seed", "tools", "tool_choice")
"""Options of a prompt that responses have no place for, or in another form: they go in bodies of their own."""


def endpoint_of(body: dict[str, Any]) -> str:
    """Which endpoint the body is for."""
    if "messages" in body:
        return CHAT
    if EMBEDDING.match(str(body.get("model"))):
        return EMBEDDINGS
    return RESPONSES if body.keys() & {"input", "prompt", "previous_response_id"} else CHAT


def body(prompt: Prompt, strict: bool) -> dict[str, Any]:
    """The prompt as a request of its endpoint. Raises Invalid with the field that it has no place for."""
    return _embeddings(prompt) if prompt.endpoint == EMBEDDINGS else _responses(prompt, strict)


def _embeddings(prompt: Prompt) -> dict[str, Any]:
    return {"model": prompt.model, "input": _parts.embedded_text(prompt, EMBEDDING, "text-embedding-3-small")}


def _responses(prompt: Prompt, strict: bool) -> dict[str, Any]:
    _parts.refuse("A response", **{name: getattr(prompt, name) for name in RESPONSES_HAVE_NOT})
    system = [message for message in prompt.messages if message["role"] in _parts.SYSTEM]
    turns = [message for message in prompt.messages if message["role"] not in _parts.SYSTEM]
    plain = len(turns) == 1 and turns[0]["role"] == "user" and isinstance(turns[0].get("content"), str)
    made: dict[str, Any] = {"model": prompt.model, "input": turns[0].get("content") if plain else turns}
    if system:
        made["instructions"] = "\n\n".join(_text(message.get("content")) for message in system)
    if prompt.reasoning_effort is not None:
        made["reasoning"] = {"effort": prompt.reasoning_effort}
    if prompt.response_schema is not None:
        form = {"type": "json_schema", "name": "response", "schema": prompt.response_schema, "strict": strict}
        made["text"] = {"format": form}
    named = {"max_output_tokens": prompt.max_tokens, "temperature": prompt.temperature, "top_p": prompt.top_p}
    return made | {name: value for name, value in named.items() if value is not None}


def _text(content: Any) -> str:
    if not isinstance(content, str):
        raise Invalid("instructions of a response are a text", field="system")
    return content


def with_input(given: dict[str, Any], text: str) -> dict[str, Any]:
    """The request with another text. Raises ValueError for one that is more than a text."""
    if isinstance(given.get("input"), list):
        raise ValueError("its input is more than a text")  # noqa: TRY004
    return given | {"input": text}


def continued(given: dict[str, Any], output: str, said: str) -> dict[str, Any]:
    """A response's request with the model's output and what is said to that as its next turns."""
    before = given["input"]
    turns = [{"role": "user", "content": before}] if isinstance(before, str) else list(before)
    return given | {"input": [*turns, {"role": "assistant", "content": output}, {"role": "user", "content": said}]}


def schema(given: dict[str, Any]) -> dict[str, Any] | None:
    """The JSON Schema that a response has to keep to."""
    form = (given.get("text") or {}).get("format") or {}
    found: dict[str, Any] | None = form.get("schema")
    return found


def most_tokens(given: dict[str, Any]) -> int | None:
    """The output tokens that a request may have: an embedding has none."""
    return 0 if endpoint_of(given) == EMBEDDINGS else whole(given.get("max_output_tokens"))


def limited(given: dict[str, Any], tokens: int) -> dict[str, Any]:
    """A response's request with another limit to its output; an embedding as it is."""
    return given if endpoint_of(given) == EMBEDDINGS else given | {"max_output_tokens": tokens}
