"""Anthropic sends no events."""

from collections.abc import Mapping

from fanfold.errors import NotFound


class AnthropicWebhooks:
    """None."""

    def heard(self, headers: Mapping[str, str], body: bytes, secret: str) -> str | None:
        raise NotFound("Anthropic has no webhooks: its batches are polled")
