"""Refusals as Gemini words them: https://ai.google.dev/gemini-api/docs/troubleshooting."""

from http import HTTPStatus
from typing import Any

from fanfold.errors import Conflict, Invalid, Refused

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
}


def status(refused: Refused) -> int:
    """A state that does not allow it is 400 there."""
    return int(HTTPStatus.BAD_REQUEST) if isinstance(refused, Conflict) else refused.status


def document(refused: Refused) -> dict[str, Any]:
    """The body."""
    flaw = refused.flaws[0] if refused.flaws else None
    named = flaw and flaw.field and isinstance(refused, Invalid)
    message = f"{flaw.field}: {flaw.detail}" if named and flaw else refused.detail
    word = "FAILED_PRECONDITION" if isinstance(refused, Conflict) else STATUSES.get(refused.status, "INVALID_ARGUMENT")
    return {"error": {"code": status(refused), "message": message, "status": word}}
