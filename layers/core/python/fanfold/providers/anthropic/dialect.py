"""Requests as Anthropic has them: https://platform.claude.com/docs/en/api/messages."""

import re
from typing import Any

from fanfold.providers import Capabilities, Prompt, _parts, whole
from fanfold.providers.anthropic import body as parts
from fanfold.providers.anthropic.conversation import conversation

FAMILIES = re.compile(r"claude-[\w.-]+\Z")
MAX_TOKENS = 4096
"""What a request gets that does not say: Anthropic wants a figure."""


class AnthropicDialect:
    """Messages."""

    default_model = "claude-haiku-4-5"
    capabilities = Capabilities(lanes=("batch", "realtime"), documents=True, marked_batches=False, files=True)
    conversation = staticmethod(conversation)

    def knows(self, model: str) -> bool:
        """A name of the family: new models must not wait for a release of ours."""
        return FAMILIES.match(model) is not None

    def body(self, prompt: Prompt) -> dict[str, Any]:
        _parts.refuse("Anthropic", seed=prompt.seed)
        body: dict[str, Any] = {"model": prompt.model, "max_tokens": prompt.max_tokens or MAX_TOKENS}
        body["messages"] = parts.turns(prompt.messages)
        if system := [message.get("content") for message in prompt.messages if message["role"] in _parts.SYSTEM]:
            body["system"] = parts.system(system)
        for name in ("temperature", "top_p"):
            if (value := getattr(prompt, name)) is not None:
                body[name] = value
        if prompt.stop is not None:
            body["stop_sequences"] = prompt.stops
        return body | parts.output_config(prompt) | parts.tools(prompt)

    def with_input(self, body: dict[str, Any], text: str) -> dict[str, Any]:
        *before, last = body["messages"]
        return {**body, "messages": [*before, {**last, "content": text}]}

    def completed(self, body: dict[str, Any], prompt: Prompt) -> dict[str, Any]:
        own = self.body(prompt)
        del own["messages"]
        if prompt.max_tokens is None:
            del own["max_tokens"]
        return own | body

    def schema(self, body: dict[str, Any]) -> dict[str, Any] | None:
        found: dict[str, Any] | None = ((body.get("output_config") or {}).get("format") or {}).get("schema")
        return found

    def continued(self, body: dict[str, Any], output: str, said: str) -> dict[str, Any]:
        turns = ({"role": "assistant", "content": output}, {"role": "user", "content": said})
        return body | {"messages": [*body["messages"], *turns]}

    def most_tokens(self, body: dict[str, Any]) -> int | None:
        return whole(body.get("max_tokens"))

    def limited(self, body: dict[str, Any], tokens: int) -> dict[str, Any]:
        return body | {"max_tokens": tokens}

    def reasons(self, body: dict[str, Any]) -> bool:
        """Only if the request asks for it."""
        thinking = body.get("thinking")
        return isinstance(thinking, dict) and thinking.get("type") in ("enabled", "adaptive")
