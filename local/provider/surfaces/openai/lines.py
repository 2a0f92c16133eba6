"""OpenAI's batch lines: validating an input file, and wording what became of each request."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from local.provider.chance import token_of
from local.provider.json_schema import SchemaError
from local.provider.known_models import embedding_models, openai_models
from local.provider.lifecycle import Phase
from local.provider.model import Prompt, RefusedError, answer
from local.provider.problems import CallError, bad_request
from local.provider.records import Batch, LineError, Usage, Verdict
from local.provider.results import NO_USAGE, Line, Renderers
from local.provider.strict_json import read_json
from local.provider.surface import Limits
from local.provider.surfaces.openai.embeddings import embedded
from local.provider.surfaces.openai.requests import CHAT, EMBEDDINGS, RESPONSES, Body, chat_prompt, response_prompt
from local.provider.surfaces.openai.shapes import chat_completion, error_body, response_object, usage_of

MOST_ERRORS = 100
REQUIRED = {"custom_id": str, "method": str, "url": str, "body": dict}
PROMPTS = {CHAT: chat_prompt, RESPONSES: response_prompt}
OBJECTS = {CHAT: chat_completion, RESPONSES: response_object}
ANSWERS = {EMBEDDINGS: embedded}
"""Endpoints that no prompt of the model stands behind."""
REFUSED = CallError(
    400,
    "This request was refused because it is against the content policy.",
    "content_policy_violation",
    kind="invalid_request_error",
)
BROKEN = CallError(500, "The server had an error while processing your request.", "server_error", kind="server_error")
UNFINISHED = {
    "expired": ("batch_expired", "This request could not be executed before the completion window expired."),
    "cancelled": ("batch_cancelled", "This request was not executed before the batch was cancelled."),
}


def complete(endpoint: str, body: Body, created: int) -> tuple[dict[str, Any], Usage]:
    """The answer to one line's request and what it cost; CallError where OpenAI would refuse it."""
    if own := ANSWERS.get(endpoint):
        return own(body)
    return answered(endpoint, _prompt(endpoint, body), created)


def answered(endpoint: str, prompt: Prompt, created: int) -> tuple[dict[str, Any], Usage]:
    """The model's answer as the endpoint words it; CallError where the model refuses."""
    try:
        said = answer(prompt)
    except RefusedError:
        raise replace(REFUSED) from None
    except SchemaError as error:
        raise bad_request(str(error), "response_format", "invalid_json_schema") from None
    return OBJECTS[endpoint](prompt, said, created), usage_of(said)


def check(endpoint: str, body: Body) -> None:
    """CallError where OpenAI would refuse the request before a model sees it."""
    if own := ANSWERS.get(endpoint):
        own(body)
    else:
        _prompt(endpoint, body)


def _prompt(endpoint: str, body: Body) -> Prompt:
    if body.get("stream"):
        raise bad_request("Batches do not stream.", "stream", "unsupported_value")
    return PROMPTS[endpoint](body)


@dataclass(frozen=True)
class OpenAILines:
    """The `Dialect` of OpenAI's Batch API."""

    limits: Limits
    file_prefix: str = "file-"
    output_purpose: str = "batch_output"

    def check(self, batch: Batch, source: Path) -> Verdict:
        """Whole-batch validation: the lines that make it fail, and how many requests will be refused."""
        check = _Check(batch.endpoint, self.limits)
        with source.open("rb") as lines:
            for number, raw in enumerate(lines, start=1):
                if raw.strip():
                    check.line(number, raw)
        return check.verdict()

    def renderers(self, batch: Batch, phase: Phase) -> Renderers:
        def answered(raw: bytes) -> Line:
            request = json.loads(raw)
            try:
                body, usage = complete(batch.endpoint, request["body"], int(batch.created_at))
            except CallError as problem:
                return _responded(batch, request, problem.status, error_body(problem))
            return _responded(batch, request, 200, body, usage)

        def broken(raw: bytes) -> Line:
            return _responded(batch, json.loads(raw), BROKEN.status, error_body(BROKEN))

        def unfinished(raw: bytes) -> Line:
            code, message = UNFINISHED[phase.status]
            return _line(batch, json.loads(raw), None, {"code": code, "message": message})

        return Renderers(answered, broken, unfinished)


class _Check:
    """Whole-batch validation, a line at a time."""

    def __init__(self, endpoint: str, limits: Limits) -> None:
        self._endpoint = endpoint
        self._limits = limits
        self._custom_ids: set[str] = set()
        self._model: str | None = None
        self._total = self._refused = 0
        self._errors: list[LineError] = []

    def line(self, number: int, raw: bytes) -> None:
        self._total += 1
        for error in self._errors_of(number, raw):
            if len(self._errors) < MOST_ERRORS:
                self._errors.append(error)

    def verdict(self) -> Verdict:
        whole = list(self._whole())
        return Verdict(self._total, self._refused, self._model, whole + self._errors)

    def _whole(self) -> Iterator[LineError]:
        if self._total == 0:
            message = "The batch input file is empty. Please ensure that the batch contains at least one request."
            yield LineError("empty_file", message)
        if self._total > self._limits.requests:
            message = f"The batch holds {self._total} requests, the limit is {self._limits.requests}."
            yield LineError("request_limit_exceeded", message)

    def _errors_of(self, number: int, raw: bytes) -> Iterator[LineError]:
        try:
            request = read_json(raw)
        except ValueError:
            yield LineError("invalid_json_line", "This line is not parseable as valid JSON.", number)
            return
        wrong = list(_shape_errors(number, request))
        yield from wrong
        if not wrong:
            yield from self._meaning_errors(number, request)

    def _meaning_errors(self, number: int, request: Body) -> Iterator[LineError]:
        custom_id, model = request["custom_id"], request["body"].get("model")
        if custom_id in self._custom_ids:
            message = f"The custom_id {custom_id!r} is a duplicate of another request: it must be unique in a batch."
            yield LineError("duplicate_custom_id", message, number, "custom_id")
        self._custom_ids.add(custom_id)
        if request["method"] != "POST":
            yield LineError("invalid_method", "The method of each request must be POST.", number, "method")
        if request["url"] != self._endpoint:
            message = f"The URL {request['url']!r} does not match the batch's endpoint {self._endpoint!r}."
            yield LineError("invalid_url", message, number, "url")
        if (
            self._limits.single_model
            and model in (*openai_models(), *embedding_models())
            and self._model not in (None, model)
        ):
            message = (
                f"The provided model {model!r} does not match the rest of the batch: it must be of a single model."
            )
            yield LineError("mismatched_model", message, number, "body.model")
        self._note(request["body"], model)

    def _note(self, body: Body, model: Any) -> None:
        if self._model is None and (model in openai_models() or model in embedding_models()):
            self._model = model
        try:
            check(self._endpoint, body)
        except CallError:
            self._refused += 1


def _shape_errors(number: int, request: Any) -> Iterator[LineError]:
    if not isinstance(request, dict):
        yield LineError("invalid_json_line", "This line is not a JSON object.", number)
        return
    for name, kind in REQUIRED.items():
        if name not in request:
            yield LineError("missing_required_parameter", f"Missing required parameter: '{name}'.", number, name)
        elif not isinstance(request[name], kind):
            yield LineError("invalid_type", f"Invalid type for '{name}'.", number, name)


def _responded(batch: Batch, request: Body, status: int, body: dict[str, Any], usage: Usage | None = None) -> Line:
    request_id = token_of("request", batch.input_sha256, request["custom_id"])
    return _line(batch, request, {"status_code": status, "request_id": request_id, "body": body}, None, usage)


def _line(
    batch: Batch,
    request: Body,
    response: dict[str, Any] | None,
    error: dict[str, str] | None,
    usage: Usage | None = None,
) -> Line:
    line = {
        "id": f"batch_req_{token_of(batch.id, request['custom_id'])}",
        "custom_id": request["custom_id"],
        "response": response,
        "error": error,
    }
    succeeded = response is not None and response["status_code"] == 200
    return Line(succeeded, json.dumps(line, ensure_ascii=False), usage or NO_USAGE)
