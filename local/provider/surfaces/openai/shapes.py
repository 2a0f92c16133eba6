"""OpenAI's JSON objects, as `openai/types` of SDK 3.54 reads them."""

from typing import Any

from local.provider.chance import token_of
from local.provider.lifecycle import Phase
from local.provider.model import Answer, Prompt
from local.provider.problems import CallError
from local.provider.records import Batch, StoredFile, Usage, Verdict

Json = dict[str, Any]
COMPLETION_WINDOW = 24 * 3600
TIMES = (
    "in_progress_at",
    "finalizing_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelling_at",
    "cancelled_at",
)


def error_body(problem: CallError) -> Json:
    """`{"error": {message, type, param, code}}`."""
    error = {"message": problem.message, "type": problem.kind, "param": problem.param, "code": problem.code}
    return {"error": error}


def status_of(problem: CallError) -> int:
    """OpenAI's HTTP status: it has no 529."""
    return 503 if problem.status == 529 else problem.status


def duration(seconds: float) -> str:
    """As the rate limit headers tell it: `90ms`, `1.5s`, `6m0s`."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    minutes, rest = divmod(round(seconds, 3), 60)
    return f"{int(minutes)}m{rest:g}s" if minutes else f"{rest:g}s"


def file_object(file: StoredFile) -> Json:
    """`openai.types.FileObject`."""
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.size,
        "created_at": int(file.created_at),
        "expires_at": None if file.expires_at is None else int(file.expires_at),
        "filename": file.filename,
        "purpose": file.purpose,
        "status": "processed",
        "status_details": None,
    }


def page(items: list[Json], *, has_more: bool) -> Json:
    """`openai.pagination.SyncCursorPage`."""
    first, last = (items[0]["id"], items[-1]["id"]) if items else (None, None)
    return {"object": "list", "data": items, "first_id": first, "last_id": last, "has_more": has_more}


def batch_object(batch: Batch, phase: Phase) -> Json:
    """`openai.types.Batch`."""
    outcome = batch.outcome
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "model": batch.verdict.model if batch.verdict else None,
        "errors": _errors(batch, phase),
        "input_file_id": batch.input_file_id,
        "completion_window": batch.completion_window,
        "status": phase.status,
        "output_file_id": outcome.output_file_id if outcome else None,
        "error_file_id": outcome.error_file_id if outcome else None,
        "created_at": int(batch.created_at),
        "expires_at": int(batch.created_at) + COMPLETION_WINDOW,
        **{name: int(phase.times[name]) if name in phase.times else None for name in TIMES},
        "request_counts": _counts(batch, phase),
        "usage": response_usage(outcome.usage) if outcome else None,
        "metadata": batch.metadata,
    }


def _counts(batch: Batch, phase: Phase) -> Json:
    verdict = batch.verdict or Verdict(0, 0, None)
    if phase.status == "failed":
        return {"total": 0, "completed": 0, "failed": 0}
    if batch.outcome:
        return {"total": verdict.total, "completed": batch.outcome.completed, "failed": batch.outcome.failed}
    completed = int(phase.done * (verdict.total - verdict.refused))
    return {"total": verdict.total, "completed": completed, "failed": int(phase.done * verdict.refused)}


def _errors(batch: Batch, phase: Phase) -> Json | None:
    if phase.status != "failed":
        return None
    found = batch.verdict.errors if batch.verdict else []
    data = [{"code": e.code, "message": e.message, "line": e.line, "param": e.param} for e in found]
    return {"object": "list", "data": data or [_token_limit(batch)]}


def _token_limit(batch: Batch) -> Json:
    model = batch.verdict.model if batch.verdict else None
    message = (
        f"Enqueued token limit reached for {model} in organization org-emulated. Limit: 90,000 enqueued tokens. "
        "Please try again once some in_progress batches have been completed."
    )
    return {"code": "token_limit_exceeded", "message": message, "line": None, "param": None}


def usage_of(answer: Answer) -> Usage:
    """The answer's tokens as they are summed up for a batch."""
    return Usage(answer.input_tokens, answer.cached_tokens, answer.output_tokens, answer.reasoning_tokens)


def chat_completion(prompt: Prompt, answer: Answer, created: int) -> Json:
    """`openai.types.chat.ChatCompletion` with one choice."""
    message: Json = {"role": "assistant", "content": answer.text, "refusal": None, "annotations": []}
    if prompt.tool:
        function = {"name": prompt.tool, "arguments": answer.text}
        call = {"id": f"call_{prompt.token}", "type": "function", "function": function}
        message |= {"content": None, "tool_calls": [call]}
    finish = "length" if answer.is_cut else "tool_calls" if prompt.tool else "stop"
    return {
        "id": f"chatcmpl-{prompt.token}",
        "object": "chat.completion",
        "created": created,
        "model": prompt.model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": answer.input_tokens,
            "completion_tokens": answer.output_tokens,
            "total_tokens": answer.input_tokens + answer.output_tokens,
            "prompt_tokens_details": {"cached_tokens": answer.cached_tokens, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": answer.reasoning_tokens,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
        "service_tier": "default",
        "system_fingerprint": f"fp_{token_of(prompt.model)[:10]}",
    }


def response_object(prompt: Prompt, answer: Answer, created: int) -> Json:
    """`openai.types.responses.Response`; models that reason give a reasoning item before the message."""
    return {
        "id": f"resp_{prompt.token}",
        "object": "response",
        "created_at": created,
        "completed_at": None if answer.is_cut else created,
        "status": "incomplete" if answer.is_cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if answer.is_cut else None,
        "error": None,
        "instructions": prompt.system or None,
        "max_output_tokens": prompt.max_tokens,
        "model": prompt.model,
        "output": _output(prompt, answer),
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": response_usage(usage_of(answer)),
        "metadata": {},
    }


def _output(prompt: Prompt, answer: Answer) -> list[Json]:
    reasoning = {"id": f"rs_{prompt.token}", "type": "reasoning", "summary": []}
    message = {
        "id": f"msg_{prompt.token}",
        "type": "message",
        "role": "assistant",
        "status": "incomplete" if answer.is_cut else "completed",
        "content": [{"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}],
    }
    if prompt.tool:
        message = {
            "id": f"fc_{prompt.token}",
            "type": "function_call",
            "call_id": f"call_{prompt.token}",
            "name": prompt.tool,
            "arguments": answer.text,
            "status": message["status"],
        }
    return ([reasoning] if prompt.reasons else []) + ([message] if answer.text else [])


def response_usage(usage: Usage) -> Json:
    """`ResponseUsage` and `BatchUsage`, which have the same fields."""
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    }
