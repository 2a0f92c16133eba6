"""Chat completions and responses: a body read, answered, and worded whole or as events
(https://developers.openai.com/api/docs/guides/streaming-responses).
"""

import time
from typing import Any

from starlette.requests import Request

from local.provider.event_stream import frame, pieces
from local.provider.records import Usage
from local.provider.surface import Question
from local.provider.surfaces.openai.lines import PROMPTS, answered
from local.provider.surfaces.openai.requests import CHAT, RESPONSES

Json = dict[str, Any]
DONE = b"data: [DONE]\n\n"


class Chat:
    """The `Conversation` of chat completions; `detail` is whether a stream ends with its usage."""

    def read(self, _request: Request, body: Json, _owner: str) -> Question:
        options = body.get("stream_options")
        tells_usage = isinstance(options, dict) and bool(options.get("include_usage"))
        return Question(PROMPTS[CHAT](body), bool(body.get("stream")), tells_usage)

    def complete(self, question: Question) -> tuple[Json, Usage]:
        return answered(CHAT, question.prompt, int(time.time()))

    def frames(self, question: Question, answer: Json) -> list[bytes]:
        choice = answer["choices"][0]
        deltas: list[tuple[Json, str | None]] = [({"role": "assistant", "content": "", "refusal": None}, None)]
        deltas += [(delta, None) for delta in _chat_deltas(choice["message"])]
        deltas += [({}, choice["finish_reason"])]
        found = [_chunk(answer, [_choice(delta, finish)]) for delta, finish in deltas]
        if question.detail:
            found.append(_chunk(answer, []) | {"usage": answer["usage"]})
        return [*(frame(chunk) for chunk in found), DONE]


def _chat_deltas(message: Json) -> list[Json]:
    found: list[Json] = [{"content": piece} for piece in pieces(message["content"] or "")]
    for call in message.get("tool_calls") or []:
        start = {"index": 0, **call, "function": call["function"] | {"arguments": ""}}
        found.append({"tool_calls": [start]})
        parts = pieces(call["function"]["arguments"])
        found += [{"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in parts]
    return found


def _choice(delta: Json, finish: str | None) -> Json:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}


def _chunk(answer: Json, choices: list[Json]) -> Json:
    shared = {name: answer[name] for name in ("id", "created", "model", "service_tier", "system_fingerprint")}
    return {**shared, "object": "chat.completion.chunk", "choices": choices, "usage": None}


class Responses:
    """The `Conversation` of responses."""

    def read(self, _request: Request, body: Json, _owner: str) -> Question:
        return Question(PROMPTS[RESPONSES](body), bool(body.get("stream")))

    def complete(self, question: Question) -> tuple[Json, Usage]:
        return answered(RESPONSES, question.prompt, int(time.time()))

    def frames(self, _question: Question, answer: Json) -> list[bytes]:
        begun = answer | {"output": [], "status": "in_progress", "usage": None, "completed_at": None}
        events: list[Json] = [{"type": f"response.{step}", "response": begun} for step in ("created", "in_progress")]
        for index, item in enumerate(answer["output"]):
            events += _item_events(index, item)
        events.append({"type": f"response.{answer['status']}", "response": answer})
        return [frame(event | {"sequence_number": n}, event["type"]) for n, event in enumerate(events)]


def _item_events(index: int, item: Json) -> list[Json]:
    place = {"output_index": index, "item_id": item["id"]}
    empty = item | {"content": []} if item["type"] == "message" else item
    inside: list[Json] = []
    if item["type"] == "message":
        part, at = item["content"][0], place | {"content_index": 0}
        inside.append(at | {"type": "response.content_part.added", "part": part | {"text": ""}})
        delta = {"type": "response.output_text.delta", "logprobs": []}
        inside += [at | delta | {"delta": piece} for piece in pieces(part["text"])]
        inside.append(at | {"type": "response.output_text.done", "text": part["text"], "logprobs": []})
        inside.append(at | {"type": "response.content_part.done", "part": part})
    if item["type"] == "function_call":
        empty = item | {"arguments": ""}
        delta = {"type": "response.function_call_arguments.delta"}
        inside += [place | delta | {"delta": piece} for piece in pieces(item["arguments"])]
        done = {"type": "response.function_call_arguments.done", "name": item["name"]}
        inside.append(place | done | {"arguments": item["arguments"]})
    added = {"type": "response.output_item.added", "output_index": index, "item": empty}
    return [added, *inside, {"type": "response.output_item.done", "output_index": index, "item": item}]
