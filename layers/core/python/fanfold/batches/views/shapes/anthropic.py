"""Anthropic's: https://platform.claude.com/docs/en/api/messages-batch-examples."""

from fanfold.batches.model.result import Result
from fanfold.batches.views.shapes import EndedBatch, Line, is_answer, model_of, said_of
from fanfold.providers import Finish, Status

ENDED = {Status.EXPIRED: "expired", Status.CANCELLED: "canceled"}
FINISHES = {
    Finish.STOP: "end_turn",
    Finish.LENGTH: "max_tokens",
    Finish.REFUSAL: "refusal",
    Finish.TOOL: "tool_use",
    Finish.OTHER: "end_turn",
}
KINDS = {
    "invalid_request": "invalid_request_error",
    "invalid_line": "invalid_request_error",
    "refused": "invalid_request_error",
    "unauthorized": "authentication_error",
    "forbidden": "permission_error",
    "not_found": "not_found_error",
    "rate_limited": "rate_limit_error",
    "overloaded": "overloaded_error",
}
"""Types of errors by our kinds; what is not here is an `api_error`."""


def line(result: Result, batch: EndedBatch) -> Line:
    """A line of the results."""
    if is_answer(result):
        found: Line = {"type": "succeeded", "message": message(result, batch)}
    elif ended := ENDED.get(result.status):
        found = {"type": ended}
    else:
        error = {"type": KINDS.get(result.error.kind if result.error else "", "api_error"), "message": said_of(result)}
        found = {"type": "errored", "error": {"type": "error", "error": error, "request_id": None}}
    return {"custom_id": result.custom_id or f"line-{result.line}", "result": found}


def message(result: Result, batch: EndedBatch) -> Line:
    """The answer as Anthropic gave it, or another provider's as a message."""
    if (result.response or {}).get("type") == "message":
        return dict(result.response or {})
    usage = result.usage
    return {
        "id": f"msg_{batch.id}-{result.line}",
        "type": "message",
        "role": "assistant",
        "model": model_of(result, batch),
        "content": [{"type": "text", "text": result.output, "citations": None}] if result.output else [],
        "stop_reason": FINISHES[result.finish_reason or Finish.OTHER],
        "stop_sequence": None,
        "usage": {
            "input_tokens": max(usage.input_tokens - usage.cached_tokens - usage.written_tokens, 0),
            "cache_read_input_tokens": usage.cached_tokens,
            "cache_creation_input_tokens": usage.written_tokens,
            "output_tokens": usage.output_tokens,
        },
    }
