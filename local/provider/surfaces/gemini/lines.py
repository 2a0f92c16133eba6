"""Gemini's batch lines: reading an input, and wording what became of each request."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.provider.json_schema import SchemaError
from local.provider.lifecycle import Phase
from local.provider.model import Prompt, RefusedError, answer
from local.provider.problems import CallError, bad_request
from local.provider.records import Batch, LineError, Usage, Verdict
from local.provider.results import NO_USAGE, Line, Renderers
from local.provider.strict_json import read_json
from local.provider.surfaces.gemini.embed import embedded, embeds
from local.provider.surfaces.gemini.requests import Body, content_prompt
from local.provider.surfaces.gemini.shapes import blocked_object, content_object, row_error

BROKEN = CallError(500, "An internal error has occurred.")
UNFINISHED = CallError(503, "The batch ended before this request was processed.")
INLINE = "inline"
"""The `completion_window` of a batch whose requests came in the create itself."""


def complete(prompt: Prompt) -> tuple[dict[str, Any], Usage]:
    """The answer to one request and what it cost; CallError where Gemini would refuse it."""
    try:
        answered = answer(prompt)
    except RefusedError:
        return blocked_object(prompt, prompt.input_tokens), Usage(prompt.input_tokens)
    except SchemaError as error:
        raise bad_request(f"Invalid value at 'generation_config.response_json_schema': {error}") from None
    usage = Usage(answered.input_tokens, answered.cached_tokens, answered.output_tokens, answered.reasoning_tokens)
    return content_object(prompt, answered), usage


def _completed(model: str, body: Body) -> tuple[dict[str, Any], Usage]:
    return embedded(model, body) if embeds(model) else complete(content_prompt(model, body))


@dataclass(frozen=True)
class GeminiLines:
    """The `Dialect` of Gemini's batches: a line that is no request fails the batch, all else fails alone."""

    file_prefix: str = "gfile-"
    output_purpose: str = "generated"

    def check(self, batch: Batch, source: Path) -> Verdict:
        with source.open("rb") as lines:
            return Verdict(batch.lines, 0, batch.endpoint, list(_errors(lines)))

    def renderers(self, batch: Batch, phase: Phase) -> Renderers:
        def answered(raw: bytes) -> Line:
            line = json.loads(raw)
            try:
                response, usage = _completed(batch.endpoint, line["request"])
            except CallError as problem:
                return _line(line, error=row_error(problem))
            return _line(line, response=response, usage=usage)

        def broken(raw: bytes) -> Line:
            return _line(json.loads(raw), error=row_error(BROKEN))

        def unfinished(raw: bytes) -> Line:
            return _line(json.loads(raw), error=row_error(UNFINISHED))

        return Renderers(answered, broken, unfinished, in_one_file=True)


def inline_lines(requests: Any) -> Iterator[str]:
    """The requests of a create as lines of a file, their place as their key; CallError (400) for what is none."""
    if not isinstance(requests, list) or not requests:
        raise bad_request("Invalid value at 'batch.input_config.requests': expected a list of requests.")
    for place, each in enumerate(requests):
        if not isinstance(each, dict) or not isinstance(each.get("request"), dict):
            raise bad_request(f"Invalid value at 'batch.input_config.requests[{place}].request': expected an object.")
        yield json.dumps({"key": str(place), **each}, ensure_ascii=False) + "\n"


def inlined_responses(output: Path) -> list[dict[str, Any]]:
    """The answers of an inline batch, in the order of its requests."""
    lines = [json.loads(line) for line in output.read_bytes().splitlines()]
    found = {int(line.pop("key")): line for line in lines}
    return [found[place] for place in sorted(found)]


def _errors(lines: Any) -> Iterator[LineError]:
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            line = read_json(raw)
        except ValueError:
            line = None
        if not isinstance(line, dict) or not isinstance(line.get("request"), dict):
            yield LineError("INVALID_ARGUMENT", "This line is not a request.", number)


def _line(
    line: Body,
    *,
    response: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
    usage: Usage = NO_USAGE,
) -> Line:
    told: dict[str, Any] = {name: line[name] for name in ("key", "metadata") if name in line}
    told |= {"response": response} if response is not None else {"error": error}
    return Line(response is not None, json.dumps(told, ensure_ascii=False), usage)
