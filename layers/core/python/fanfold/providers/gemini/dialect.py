"""Requests as Gemini has them: https://ai.google.dev/api/generate-content."""

import re
from typing import Any

from fanfold.providers import Capabilities, Prompt, _parts, whole
from fanfold.providers.gemini import body as parts
from fanfold.providers.gemini import embeddings
from fanfold.providers.gemini.conversation import conversation

FAMILIES = re.compile(r"(gemini|gemma)-[\w.-]+\Z")
REASONING = re.compile(r"gemini-(2\.5|[3-9])(?!.*-lite)")
"""Models that think unless they are told not to."""
CONFIGS = ("generationConfig", "generation_config")
ENDPOINTS = (embeddings.CHAT, embeddings.EMBEDDINGS)
LIMITS = ("maxOutputTokens", "max_output_tokens")


class GeminiDialect:
    """generateContent and embeddings."""

    default_model = "gemini-3.5-flash-lite"
    capabilities = Capabilities(lanes=("batch", "realtime"), documents=True, endpoints=ENDPOINTS)
    conversation = staticmethod(conversation)
    endpoint = staticmethod(embeddings.endpoint_of)

    def knows(self, model: str) -> bool:
        """A name of one of Google's families: new models must not wait for a release of ours."""
        return FAMILIES.match(model) is not None

    def body(self, prompt: Prompt) -> dict[str, Any]:
        if prompt.endpoint == embeddings.EMBEDDINGS:
            return embeddings.body(prompt)
        body: dict[str, Any] = {"model": prompt.model, "contents": parts.contents(prompt.messages)}
        rules = [message.get("content") for message in prompt.messages if message["role"] in _parts.SYSTEM]
        if system := [part for rule in rules for part in parts.own(rule or [])]:
            body["systemInstruction"] = {"parts": system}
        if config := parts.config(prompt):
            body["generationConfig"] = config
        return body | parts.tools(prompt)

    def with_input(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        if embeddings.endpoint_of(body) == embeddings.EMBEDDINGS:
            return embeddings.with_input(body, text)
        *before, last = body["contents"]
        return {**body, "contents": [*before, {**last, "parts": [{"text": text}]}]}

    def completed(self, body: dict[str, Any], prompt: Prompt) -> dict[str, Any]:
        own = self.body(prompt)
        del own["contents"]
        for name in [name for name in own if parts.snake(name) in body]:
            body = {name if each == parts.snake(name) else each: value for each, value in body.items()}
        config, theirs = own.get("generationConfig", {}), body.get("generationConfig") or {}
        if config and isinstance(theirs, dict):
            missing = {name: value for name, value in config.items() if parts.snake(name) not in theirs}
            body = body | {"generationConfig": missing | theirs}
        return own | body

    def schema(self, body: dict[str, Any]) -> dict[str, Any] | None:
        found: dict[str, Any] | None = (body.get("generationConfig") or {}).get("responseJsonSchema")
        return found

    def continued(self, body: dict[str, Any], output: str, said: str) -> dict[str, Any]:
        turns = ({"role": "model", "parts": [{"text": output}]}, {"role": "user", "parts": [{"text": said}]})
        return body | {"contents": [*body["contents"], *turns]}

    def most_tokens(self, body: dict[str, Any]) -> int | None:
        if embeddings.endpoint_of(body) == embeddings.EMBEDDINGS:
            return 0
        config = body.get("generationConfig") or body.get("generation_config")
        if not isinstance(config, dict):
            return None
        return whole(config.get("maxOutputTokens")) or whole(config.get("max_output_tokens"))

    def limited(self, body: dict[str, Any], tokens: int) -> dict[str, Any]:
        if embeddings.endpoint_of(body) == embeddings.EMBEDDINGS:
            return body
        field = next((name for name in CONFIGS if body.get(name)), CONFIGS[0])
        config = body.get(field) or {}
        rest = {name: value for name, value in config.items() if name not in LIMITS}
        return {name: value for name, value in body.items() if name not in CONFIGS} | {
            field: rest | {LIMITS[0]: tokens}
        }

    def reasons(self, body: dict[str, Any]) -> bool:
        config = body.get("generationConfig") or {}
        thinking = config.get("thinkingConfig") if isinstance(config, dict) else None
        off = isinstance(thinking, dict) and thinking.get("thinkingBudget") == 0
        return REASONING.match(str(body.get("model"))) is not None and not off
