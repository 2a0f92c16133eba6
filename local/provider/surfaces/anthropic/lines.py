"""Anthropic's batches: what a create must hold, and wording what became of each request."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from local.provider.json_schema import SchemaError
from local.provider.lifecycle import Phase
from local.provider.model import Prompt, RefusedError, answer
from local.provider.problems import CallError, bad_request
from local.provider.records import Batch, Usage, Verdict
from local.provider.results import NO_USAGE, Line, Renderers
from local.provider.surface import Emulator
from local.provider.surfaces.anthropic.documents import Documents
from local.provider.surfaces.anthropic.prompt_cache import CacheUse, PromptCache
from local.provider.surfaces.anthropic.requests import Body, read_message
from local.provider.surfaces.anthropic.shapes import error_body, message_object, refusal_object

CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
BROKEN = CallError(500, "Internal server error")
UNFINISHED = {"expired": "expired", "cancelled": "canceled"}


def complete(prompt: Prompt, use: CacheUse) -> tuple[dict[str, Any], Usage]:
    """The answer to one request and what it cost; CallError where Anthropic would refuse it."""
    try:
        answered = answer(prompt)
    except RefusedError:
        return refusal_object(prompt, prompt.input_tokens), Usage(prompt.input_tokens, 0, 1)
    except SchemaError as error:
        raise bad_request(f"output_config.format.schema: {error}", "output_config.format.schema") from None
    answered = replace(answered, cached_tokens=use.read, written_tokens=use.written_tokens)
    usage = Usage(answered.input_tokens, answered.cached_tokens, answered.output_tokens, answered.reasoning_tokens)
    return message_object(prompt, answered, use), usage


def check_requests(given: Any, most: int) -> list[Body]:
    """The requests of a create; CallError (400) names what makes the whole batch fail."""
    if not isinstance(given, list) or not given:
        raise bad_request("requests: at least one request is required", "requests")
    if len(given) > most:
        raise bad_request(f"requests: a batch holds at most {most} requests", "requests")
    seen: set[str] = set()
    for index, request in enumerate(given):
        _check_request(request, f"requests.{index}", seen)
    return given


def _check_request(request: Any, name: str, seen: set[str]) -> None:
    if not isinstance(request, dict) or not isinstance(request.get("params"), dict):
        raise bad_request(f"{name}.params: Field required", f"{name}.params")
    custom_id = request.get("custom_id")
    if not isinstance(custom_id, str) or not CUSTOM_ID.fullmatch(custom_id):
        raise bad_request(f"{name}.custom_id: String should match '^{CUSTOM_ID.pattern}$'", f"{name}.custom_id")
    if custom_id in seen:
        raise bad_request(f"{name}.custom_id: custom_id values must be unique: {custom_id}", f"{name}.custom_id")
    seen.add(custom_id)


@dataclass(frozen=True)
class AnthropicLines:
    """The `Dialect` of Message Batches: the create has checked the lines, so that no batch fails as a whole."""

    emulator: Emulator
    cache: PromptCache
    file_prefix: str = "file_"
    output_purpose: str = "internal"

    def check(self, batch: Batch, source: Path) -> Verdict:
        return Verdict(batch.lines, 0, None)

    def renderers(self, batch: Batch, phase: Phase) -> Renderers:
        def answered(raw: bytes) -> Line:
            request = json.loads(raw)
            try:
                message, usage = self._complete(request["params"], batch.owner)
            except CallError as problem:
                return _line(request, {"type": "errored", "error": error_body(problem)})
            return _line(request, {"type": "succeeded", "message": message}, usage)

        def broken(raw: bytes) -> Line:
            return _line(json.loads(raw), {"type": "errored", "error": error_body(BROKEN)})

        def unfinished(raw: bytes) -> Line:
            return _line(json.loads(raw), {"type": UNFINISHED[phase.status]})

        return Renderers(answered, broken, unfinished, in_one_file=True)

    def _complete(self, params: Body, owner: str) -> tuple[dict[str, Any], Usage]:
        if params.get("stream"):
            raise bad_request("stream: batches do not stream", "stream")
        read = read_message(params, Documents(self.emulator, owner))
        use = self.cache.look_up(owner, read.prompt.model, read.sections)
        self.cache.note(use)
        return complete(read.prompt, use)


def _line(request: Body, result: dict[str, Any], usage: Usage | None = None) -> Line:
    line = {"custom_id": request["custom_id"], "result": result}
    return Line(result["type"] == "succeeded", json.dumps(line, ensure_ascii=False), usage or NO_USAGE)
