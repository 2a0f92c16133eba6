"""Anthropic's JSON objects, as `anthropic/types` of SDK 2.12 reads them."""

import json
from datetime import UTC, datetime
from typing import Any

from local.provider.chance import token_of
from local.provider.lifecycle import Phase
from local.provider.model import Answer, Prompt
from local.provider.problems import CallError
from local.provider.records import Batch, StoredFile
from local.provider.surfaces.anthropic.prompt_cache import LIFETIMES, CacheUse

Json = dict[str, Any]
EXPIRES_AFTER = 24 * 3600
KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def status_of(problem: CallError) -> int:
    """Anthropic's HTTP status: it does not take an empty account for a rate limit."""
    return 402 if problem.code == "insufficient_quota" else problem.status


def error_body(problem: CallError) -> Json:
    """`{"type": "error", "error": {"type", "message"}}`."""
    kind = KINDS.get(status_of(problem), "api_error")
    return {"type": "error", "error": {"type": kind, "message": problem.message, "details": None}, "request_id": None}


def moment(seconds: float | None) -> str | None:
    """RFC 3339."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def file_object(file: StoredFile, media_type: str) -> Json:
    """`anthropic.types.FileMetadata`."""
    return {
        "id": file.id,
        "type": "file",
        "filename": file.filename,
        "mime_type": media_type,
        "size_bytes": file.size,
        "created_at": moment(file.created_at),
        "expires_at": moment(file.expires_at),
        "downloadable": False,
    }


def batch_object(batch: Batch, phase: Phase, base_url: str) -> Json:
    """`anthropic.types.messages.MessageBatch`: until it has ended, all requests are `processing`."""
    ended = phase.is_ended and batch.outcome is not None
    ended_at = max((phase.times.get(f"{name}_at", 0.0) for name in ("completed", "expired", "cancelled")), default=0.0)
    status = "ended" if ended else "canceling" if batch.cancelling_at is not None else "in_progress"
    return {
        "id": batch.id,
        "type": "message_batch",
        "processing_status": status,
        "request_counts": _counts(batch, phase) if ended else _counts_before(batch),
        "created_at": moment(batch.created_at),
        "expires_at": moment(batch.created_at + EXPIRES_AFTER),
        "ended_at": moment(ended_at) if ended else None,
        "cancel_initiated_at": moment(batch.cancelling_at),
        "archived_at": None,
        "results_url": f"{base_url}/v1/messages/batches/{batch.id}/results" if ended else None,
    }


def _counts_before(batch: Batch) -> Json:
    return {"processing": batch.lines, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}


def _counts(batch: Batch, phase: Phase) -> Json:
    failed = batch.outcome.failed if batch.outcome else 0
    unfinished = min(failed, batch.lines - int(phase.done * batch.lines))
    return {
        "processing": 0,
        "succeeded": batch.lines - failed,
        "errored": failed - unfinished,
        "canceled": unfinished if phase.status == "cancelled" else 0,
        "expired": unfinished if phase.status == "expired" else 0,
    }


def message_object(prompt: Prompt, answer: Answer, use: CacheUse) -> Json:
    """`anthropic.types.Message`; thinking comes in a block before the text."""
    blocks: list[Json] = []
    if answer.reasoning_tokens:
        blocks.append({"type": "thinking", "thinking": "", "signature": token_of("signature", prompt.token)})
    if prompt.tool and not answer.is_cut:
        blocks.append(_tool_use(prompt, answer))
    elif answer.text:
        blocks.append({"type": "text", "text": answer.text, "citations": None})
    stop_reason = "max_tokens" if answer.is_cut else "tool_use" if prompt.tool else "end_turn"
    return _message(prompt, blocks, stop_reason) | {"usage": _usage(answer, use)}


def _tool_use(prompt: Prompt, answer: Answer) -> Json:
    called = {"type": "tool_use", "id": f"toolu_{prompt.token}", "name": prompt.tool}
    return called | {"input": json.loads(answer.text), "caller": {"type": "direct"}}


def refusal_object(prompt: Prompt, input_tokens: int) -> Json:
    """A Message that the safety classifiers stopped: an answer of status 200."""
    usage = {"input_tokens": input_tokens, "output_tokens": 1, "service_tier": "standard"}
    details = {"type": "refusal", "category": None, "explanation": None}
    return _message(prompt, [], "refusal") | {"stop_details": details, "usage": usage}


def _message(prompt: Prompt, content: list[Json], stop_reason: str) -> Json:
    return {
        "id": f"msg_{prompt.token}",
        "type": "message",
        "role": "assistant",
        "model": prompt.model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
    }


def _usage(answer: Answer, use: CacheUse) -> Json:
    """Anthropic counts what it read from the cache, and wrote to it, beside the input tokens and not among them."""
    written = {ttl: sum(tokens for each, tokens in use.written if each == ttl) for ttl in LIFETIMES}
    return {
        "input_tokens": answer.input_tokens - answer.cached_tokens - answer.written_tokens,
        "cache_creation_input_tokens": answer.written_tokens,
        "cache_read_input_tokens": answer.cached_tokens,
        "cache_creation": {f"ephemeral_{ttl}_input_tokens": tokens for ttl, tokens in written.items()},
        "output_tokens": answer.output_tokens,
        "output_tokens_details": {"thinking_tokens": answer.reasoning_tokens},
        "service_tier": "standard",
    }
