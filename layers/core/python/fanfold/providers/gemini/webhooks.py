"""Gemini's events can't be verified."""

from collections.abc import Mapping

from fanfold.errors import NotFound


class GeminiWebhooks:
    """None that is heard."""

    def heard(self, headers: Mapping[str, str], body: bytes, secret: str) -> str | None:
        raise NotFound("Gemini's events are not heard: its SDK cannot verify them, so its batches are polled")
