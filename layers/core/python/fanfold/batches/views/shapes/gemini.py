"""Gemini's: https://ai.google.dev/gemini-api/docs/batch-mode."""

from fanfold.batches.model.result import Result, vectors
from fanfold.batches.views.shapes import EndedBatch, Line, is_answer, model_of, said_of
from fanfold.providers import Finish, Status

OWN = ("candidates", "promptFeedback", "embedding")
FINISHES = {
    Finish.STOP: "STOP",
    Finish.LENGTH: "MAX_TOKENS",
    Finish.REFUSAL: "SAFETY",
    Finish.TOOL: "STOP",
    Finish.OTHER: "OTHER",
}
CODES = {
    "invalid_request": 3,
    "invalid_line": 3,
    "refused": 3,
    "expired": 4,
    "not_found": 5,
    "forbidden": 7,
    "rate_limited": 8,
    "overloaded": 14,
    "unauthorized": 16,
}
"""`google.rpc.Code` by our kinds; what is not here is INTERNAL, 13."""
CANCELLED = 1


def line(result: Result, batch: EndedBatch) -> Line:
    """A line of the output file."""
    return {"key": result.custom_id or f"line-{result.line}"} | answer(result, batch)


def answer(result: Result, batch: EndedBatch) -> Line:
    """The `response`, or the `error`."""
    if is_answer(result):
        return {"response": content(result, batch)}
    kind = result.error.kind if result.error else ""
    code = CANCELLED if result.status is Status.CANCELLED else CODES.get(kind, 13)
    return {"error": {"code": code, "message": said_of(result)}}


def content(result: Result, batch: EndedBatch) -> Line:
    """The answer as Gemini gave it, or another provider's as generated content."""
    response = result.response or {}
    if any(name in response for name in OWN):
        return dict(response)
    usage = result.usage
    if embedded := vectors(result):
        return {"embedding": {"values": embedded[0]}, "tokenCount": usage.input_tokens}
    parts = [{"text": result.output}] if result.output else []
    candidate = {"content": {"role": "model", "parts": parts}, "index": 0}
    return {
        "candidates": [candidate | {"finishReason": FINISHES[result.finish_reason or Finish.OTHER]}],
        "usageMetadata": {
            "promptTokenCount": usage.input_tokens,
            "candidatesTokenCount": usage.output_tokens - usage.reasoning_tokens,
            "thoughtsTokenCount": usage.reasoning_tokens,
            "cachedContentTokenCount": usage.cached_tokens,
            "totalTokenCount": usage.input_tokens + usage.output_tokens,
        },
        "modelVersion": model_of(result, batch),
        "responseId": f"{batch.id}-{result.line}",
    }
