"""Gemini's JSON objects, as the `google-genai` SDK 3.4 reads them."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from local.provider.lifecycle import Phase
from local.provider.model import Answer, Prompt
from local.provider.problems import CallError
from local.provider.records import Batch, StoredFile

Json = dict[str, Any]
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
CODES = {"INVALID_ARGUMENT": 3, "NOT_FOUND": 5, "RESOURCE_EXHAUSTED": 8, "INTERNAL": 13, "UNAVAILABLE": 14}
STATES = {
    "validating": "PENDING",
    "in_progress": "RUNNING",
    "finalizing": "RUNNING",
    "cancelling": "RUNNING",
    "completed": "SUCCEEDED",
    "failed": "FAILED",
    "cancelled": "CANCELLED",
    "expired": "EXPIRED",
}
NO_OUTPUT = ("failed", "cancelled", "expired")
"""What ends so has nothing to fetch, not even what was finished."""
RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"
LISTED_TYPE = "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch"


def status_of(problem: CallError) -> tuple[int, str]:
    """Google's HTTP status and its name; it has no 529."""
    status = 503 if problem.status == 529 else problem.status
    return status, STATUSES.get(status, "UNKNOWN")


def error_body(problem: CallError) -> Json:
    """`{"error": {"code", "message", "status"}}`; when to come back is told here, and in no header."""
    status, name = status_of(problem)
    error: Json = {"code": status, "message": problem.message, "status": name}
    if problem.retry_after is not None:
        error["details"] = [{"@type": RETRY_INFO, "retryDelay": f"{problem.retry_after:g}s"}]
    return {"error": error}


def row_error(problem: CallError) -> Json:
    """A `google.rpc.Status`, as a line of an output file holds it."""
    return {"code": CODES.get(status_of(problem)[1], 2), "message": problem.message}


def moment(seconds: float | None) -> str | None:
    """RFC 3339."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def file_object(file: StoredFile, base_url: str) -> Json:
    """`google.genai.types.File`."""
    made = file.purpose == "generated"
    return {
        "name": f"files/{file.id}",
        "displayName": file.filename,
        "mimeType": "application/jsonl" if made else file.purpose,
        "sizeBytes": str(file.size),
        "createTime": moment(file.created_at),
        "updateTime": moment(file.created_at),
        "expirationTime": moment(file.expires_at),
        "sha256Hash": base64.b64encode(file.sha256.encode()).decode(),
        "uri": f"{base_url}/v1/files/{file.id}",
        "downloadUri": f"{base_url}/v1/files/{file.id}:download?alt=media" if made else None,
        "state": "ACTIVE",
        "source": "GENERATED" if made else "UPLOADED",
    }


def state_of(batch: Batch, phase: Phase) -> str:
    """`PENDING`, `RUNNING` …; a stuck batch never leaves the first."""
    return "PENDING" if "stuck" in batch.faults and not phase.is_ended else STATES[phase.status]


def batch_object(batch: Batch, phase: Phase, output: Json | None) -> Json:
    """The long-running operation that a batch is; `output` is where its answers are, if it has any."""
    state = state_of(batch, phase)
    ended_at = max((phase.times.get(f"{name}_at", 0.0) for name in (*NO_OUTPUT, "completed")), default=0.0)
    done = int(phase.done * batch.lines) if state != "PENDING" else 0
    metadata = {
        "@type": LISTED_TYPE,
        "name": f"batches/{batch.id}",
        "model": f"models/{batch.endpoint}",
        "displayName": (batch.metadata or {}).get("displayName"),
        "state": f"BATCH_STATE_{state}",
        "createTime": moment(batch.created_at),
        "updateTime": moment(ended_at or batch.created_at),
        "endTime": moment(ended_at or None) if phase.is_ended else None,
        "batchStats": {"requestCount": str(batch.lines), "pendingRequestCount": str(batch.lines - done)},
        "output": output,
    }
    operation: Json = {"name": f"batches/{batch.id}", "metadata": metadata, "done": phase.is_ended}
    if phase.status == "failed":
        operation["error"] = {"code": CODES["RESOURCE_EXHAUSTED"], "message": "Enqueued token limit reached."}
    return operation


def content_object(prompt: Prompt, answer: Answer) -> Json:
    """`GenerateContentResponse` with one candidate."""
    part: Json = {"text": answer.text}
    if prompt.tool and not answer.is_cut:
        part = {"functionCall": {"name": prompt.tool, "args": json.loads(answer.text)}}
    candidate = {
        "content": {"role": "model", "parts": [part] if answer.text else []},
        "finishReason": "MAX_TOKENS" if answer.is_cut else "STOP",
        "index": 0,
    }
    return _response(prompt, answer.input_tokens) | {"candidates": [candidate], "usageMetadata": _usage(answer)}


def blocked_object(prompt: Prompt, input_tokens: int) -> Json:
    """A prompt that was blocked: an answer of status 200 without a candidate."""
    return _response(prompt, input_tokens) | {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}


def _response(prompt: Prompt, input_tokens: int) -> Json:
    usage = {"promptTokenCount": input_tokens, "totalTokenCount": input_tokens}
    return {"usageMetadata": usage, "modelVersion": prompt.model, "responseId": prompt.token}


def _usage(answer: Answer) -> Json:
    """Thoughts are counted beside the candidates' tokens, not among them."""
    usage = {
        "promptTokenCount": answer.input_tokens,
        "candidatesTokenCount": answer.output_tokens - answer.reasoning_tokens,
        "totalTokenCount": answer.input_tokens + answer.output_tokens,
    }
    if answer.reasoning_tokens:
        usage["thoughtsTokenCount"] = answer.reasoning_tokens
    if answer.cached_tokens:
        usage["cachedContentTokenCount"] = answer.cached_tokens
    return usage
