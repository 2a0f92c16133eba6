"""generateContent and streamGenerateContent: a body read, answered, and worded whole or as events
(https://ai.google.dev/api/generate-content).
"""

from typing import Any

from starlette.requests import Request

from local.provider.event_stream import frame, pieces
from local.provider.records import Usage
from local.provider.surface import Question
from local.provider.surfaces.gemini.lines import complete
from local.provider.surfaces.gemini.requests import check_model, content_prompt

Json = dict[str, Any]


class Generate:
    """The `Conversation` of Gemini; the path, not the body, tells whether it streams."""

    def __init__(self, *, streams: bool = False) -> None:
        self._streams = streams

    def read(self, request: Request, body: Json, _owner: str) -> Question:
        return Question(content_prompt(check_model(request.path_params["model"]), body), self._streams)

    def complete(self, question: Question) -> tuple[Json, Usage]:
        return complete(question.prompt)

    def frames(self, _question: Question, answer: Json) -> list[bytes]:
        """Each event is a response with the next part; the last has the reason to finish."""
        candidates = answer.get("candidates")
        if not candidates:
            return [frame(answer)]
        last = candidates[0]
        text = "".join(part.get("text", "") for part in last["content"]["parts"])
        parts = [{"text": piece} for piece in pieces(text)] or last["content"]["parts"] or [{"text": ""}]
        chunks = [{"content": {"role": "model", "parts": [part]}, "index": 0} for part in parts]
        chunks[-1]["finishReason"] = last["finishReason"]
        return [frame(answer | {"candidates": [chunk]}) for chunk in chunks]
