"""OpenAI's: https://platform.openai.com/docs/api-reference/batch/request-output."""

from http import HTTPStatus
from typing import Any

from fanfold.batches.model.result import Result, vectors
from fanfold.batches.views.shapes import EndedBatch, Line, is_answer, model_of, said_of
from fanfold.providers import Finish, Status

OBJECTS = frozenset({"chat.completion", "response", "list"})
"""What answers of OpenAI's call themselves: completions, responses, and lists of embeddings."""
FINISHES = {
    Finish.STOP: "stop",
    Finish.LENGTH: "length",
    Finish.REFUSAL: "content_filter",
    Finish.TOOL: "tool_calls",
    Finish.OTHER: "stop",
}
CODES = {Status.EXPIRED: "batch_expired", Status.CANCELLED: "batch_cancelled"}


def line(result: Result, batch: EndedBatch) -> Line:
    """A line of the output file, or of the error file."""
    name = f"{batch.id}-{result.line}"
    response, error = None, None
    if is_answer(result):
        response = _response(name, HTTPStatus.OK, completion(result, batch))
    elif result.error and result.error.status and result.status is Status.FAILED:
        response = _response(name, result.error.status, {"error": _error(result)})
    else:
        error = {"code": _code(result), "message": said_of(result)}
    return {"id": f"batch_req_{name}", "custom_id": result.custom_id or None, "response": response, "error": error}


def _response(name: str, status: int, body: Any) -> Line:
    return {"status_code": int(status), "request_id": f"req_{name}", "body": body}


def _error(result: Result) -> Line:
    kind = "invalid_request_error" if result.error and (result.error.status or 0) < 500 else "server_error"
    return {"message": said_of(result), "type": kind, "param": None, "code": _code(result)}


def _code(result: Result) -> str | None:
    if code := CODES.get(result.status):
        return code
    return (result.error.code or result.error.kind) if result.error else None


def completion(result: Result, batch: EndedBatch) -> Line:
    """The answer as OpenAI gave it, or another provider's as a chat completion."""
    if (result.response or {}).get("object") in OBJECTS:
        return dict(result.response or {})
    usage = result.usage
    if embedded := vectors(result):
        return _embeddings(result, batch, embedded)
    message = {"role": "assistant", "content": result.output, "refusal": None}
    finish = FINISHES[result.finish_reason or Finish.OTHER]
    return {
        "id": f"chatcmpl-{batch.id}-{result.line}",
        "object": "chat.completion",
        "created": batch.at,
        "model": model_of(result, batch),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": usage.input_tokens,
            "completion_tokens": usage.output_tokens,
            "total_tokens": usage.input_tokens + usage.output_tokens,
            "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
            "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        },
    }


def _embeddings(result: Result, batch: EndedBatch, found: list[list[float]]) -> Line:
    used = result.usage.input_tokens
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": at, "embedding": vector} for at, vector in enumerate(found)],
        "model": model_of(result, batch),
        "usage": {"prompt_tokens": used, "total_tokens": used},
    }
