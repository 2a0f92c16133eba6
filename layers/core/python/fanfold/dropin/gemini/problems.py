"""Refusals as Gemini words them: https://ai.google.dev/gemini-api/docs/troubleshooting."""

from http import HTTPStatus
from typing import Any

from fanfold.errors import Busy, Conflict, Invalid, Refused, Unauthorized

STATUSES = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
}
KEY_INVALID = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"


def status(refused: Refused) -> int:
    """A wrong key, and a state that does not allow it, are 400 there."""
    return int(HTTPStatus.BAD_REQUEST) if isinstance(refused, Conflict | Unauthorized) else refused.status


def document(refused: Refused) -> dict[str, Any]:
    """The body; when to come back is told in it as well."""
    flaw = refused.flaws[0] if refused.flaws else None
    named = flaw and flaw.field and isinstance(refused, Invalid)
    message = f"{flaw.field}: {flaw.detail}" if named and flaw else refused.detail
    word = "FAILED_PRECONDITION" if isinstance(refused, Conflict) else STATUSES.get(status(refused), "INVALID_ARGUMENT")
    error: dict[str, Any] = {"code": status(refused), "message": message, "status": word}
    if isinstance(refused, Unauthorized):
        error |= {"message": f"API key not valid. {message}", "details": [KEY_INVALID]}
    if isinstance(refused, Busy):
        error["details"] = [{"@type": RETRY_INFO, "retryDelay": f"{refused.retry_after}s"}]
    return {"error": error}
