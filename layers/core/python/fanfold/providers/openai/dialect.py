"""Requests as OpenAI has them: https://platform.openai.com/docs/api-reference/chat."""

import re
from typing import Any

from fanfold.providers import Capabilities, Prompt, whole
from fanfold.providers.openai import body as parts
from fanfold.providers.openai import endpoints
from fanfold.providers.openai.conversation import conversation

FAMILIES = re.compile(r"(gpt-|chatgpt-|o\d|codex-|ft:|text-embedding-)[\w.:-]*\Z")
REASONING = re.compile(r"(o\d|gpt-[5-9](?!.*chat)|codex-|ft:(o\d|gpt-[5-9]))")
LIMITS = frozenset({"max_completion_tokens", "max_tokens"})
NO_MORE = (*(None,) * 6, "chat")
"""What the last fields of most prompts are."""


class OpenAIDialect:
    """Chat completions, responses and embeddings."""

    default_model = "gpt-5.4-mini"
    capabilities = Capabilities(lanes=("batch", "realtime"), documents=True, endpoints=tuple(endpoints.PATHS))
    conversation = staticmethod(conversation)
    endpoint = staticmethod(endpoints.endpoint_of)

    def knows(self, model: str) -> bool:
        """A name of one of OpenAI's families: new models must not wait for a release of ours."""
        return FAMILIES.match(model) is not None

    def body(self, prompt: Prompt) -> dict[str, Any]:
        if prompt.endpoint != endpoints.CHAT:
            return endpoints.body(prompt, parts.is_strict(prompt.response_schema))
        body: dict[str, Any] = {"model": prompt.model, "messages": parts.messages(prompt.messages)}
        if prompt.max_tokens is not None:
            body["max_completion_tokens"] = prompt.max_tokens
        if prompt.temperature is not None:
            body["temperature"] = prompt.temperature
        if prompt.response_schema is not None:
            form = {
                "name": "response",
                "schema": prompt.response_schema,
                "strict": parts.is_strict(prompt.response_schema),
            }
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        return body if prompt[5:] == NO_MORE else body | parts.more(prompt)

    def with_input(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        if endpoints.endpoint_of(body) != endpoints.CHAT:
            return endpoints.with_input(body, text)
        *before, last = body["messages"]
        return {**body, "messages": [*before, {**last, "content": text}]}

    def completed(self, body: dict[str, Any], prompt: Prompt) -> dict[str, Any]:
        own = self.body(prompt)
        turns = own.pop("messages")
        if "max_tokens" in body:
            own.pop("max_completion_tokens", None)
        said = body.get("messages")
        if turns and isinstance(said, list) and not any(parts.is_system(turn) for turn in said):
            body = body | {"messages": [*turns, *said]}
        return own | body

    def schema(self, body: dict[str, Any]) -> dict[str, Any] | None:
        form = (body.get("response_format") or {}).get("json_schema") or {}
        found: dict[str, Any] | None = form.get("schema")
        return found or endpoints.schema(body)

    def continued(self, body: dict[str, Any], output: str, said: str) -> dict[str, Any]:
        if endpoints.endpoint_of(body) != endpoints.CHAT:
            return endpoints.continued(body, output, said)
        turns = ({"role": "assistant", "content": output}, {"role": "user", "content": said})
        return body | {"messages": [*body["messages"], *turns]}

    def most_tokens(self, body: dict[str, Any]) -> int | None:
        if LIMITS.isdisjoint(body):
            return None if "messages" in body else endpoints.most_tokens(body)
        limit = whole(body.get("max_completion_tokens")) or whole(body.get("max_tokens"))
        return limit and limit * (whole(body.get("n")) or 1)

    def limited(self, body: dict[str, Any], tokens: int) -> dict[str, Any]:
        if endpoints.endpoint_of(body) != endpoints.CHAT:
            return endpoints.limited(body, tokens)
        rest = {name: value for name, value in body.items() if name not in LIMITS}
        return rest | {"max_tokens" if "max_tokens" in body else "max_completion_tokens": tokens}

    def reasons(self, body: dict[str, Any]) -> bool:
        return REASONING.match(str(body.get("model"))) is not None and body.get("reasoning_effort") != "none"
