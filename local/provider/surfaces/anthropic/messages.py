"""The Messages endpoint: a body read, answered, and worded whole or as events
(https://platform.claude.com/docs/en/build-with-claude/streaming).
"""

import json
from typing import Any

from starlette.requests import Request

from local.provider.event_stream import frame, pieces
from local.provider.records import Usage
from local.provider.surface import Emulator, Question
from local.provider.surfaces.anthropic.documents import Documents
from local.provider.surfaces.anthropic.lines import complete
from local.provider.surfaces.anthropic.prompt_cache import PromptCache
from local.provider.surfaces.anthropic.requests import read_message

Json = dict[str, Any]


class Messages:
    """The `Conversation` of Anthropic."""

    def __init__(self, emulator: Emulator, cache: PromptCache) -> None:
        self._emulator = emulator
        self._cache = cache

    def read(self, _request: Request, body: Json, owner: str) -> Question:
        read = read_message(body, Documents(self._emulator, owner))
        use = self._cache.look_up(owner, read.prompt.model, read.sections)
        return Question(read.prompt, bool(body.get("stream")), use)

    def complete(self, question: Question) -> tuple[Json, Usage]:
        answer = complete(question.prompt, question.detail)
        self._cache.note(question.detail)
        return answer

    def frames(self, _question: Question, answer: Json) -> list[bytes]:
        usage = answer["usage"]
        begun = answer | {"content": [], "stop_reason": None, "usage": usage | {"output_tokens": 1}}
        found = [_event("message_start", message=begun), _event("ping")]
        for index, block in enumerate(answer["content"]):
            found += _block_frames(index, block)
        ended = {name: answer.get(name) for name in ("stop_reason", "stop_sequence", "stop_details")}
        return [*found, _event("message_delta", delta=ended, usage=usage), _event("message_stop")]


def _block_frames(index: int, block: Json) -> list[bytes]:
    empty, deltas = _deltas(block)
    return [
        _event("content_block_start", index=index, content_block=block | empty),
        *(_event("content_block_delta", index=index, delta=delta) for delta in deltas),
        _event("content_block_stop", index=index),
    ]


def _deltas(block: Json) -> tuple[Json, list[Json]]:
    """What a block starts out with, and what then comes."""
    if block["type"] == "text":
        return {"text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]
    if block["type"] == "thinking":
        return {"signature": ""}, [{"type": "signature_delta", "signature": block["signature"]}]
    parts = pieces(json.dumps(block["input"]))
    return {"input": {}}, [{"type": "input_json_delta", "partial_json": part} for part in parts]


def _event(kind: str, **fields: Any) -> bytes:
    return frame({"type": kind, **fields}, kind)
