"""Refusals as Anthropic words them: https://platform.claude.com/docs/en/api/errors."""

from http import HTTPStatus
from typing import Any

from fanfold.errors import Conflict, Invalid, Refused

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
}


def status(refused: Refused) -> int:
    """Anthropic has no 409, 405 or 422 for batches."""
    return int(HTTPStatus.BAD_REQUEST) if isinstance(refused, Conflict) else refused.status


def document(refused: Refused, request: str) -> dict[str, Any]:
    """The body."""
    flaw = refused.flaws[0] if refused.flaws else None
    named = flaw and flaw.field and isinstance(refused, Invalid)
    message = f"{flaw.field}: {flaw.detail}" if named and flaw else refused.detail
    kind = TYPES.get(status(refused), "invalid_request_error")
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": request}


def headers(request: str) -> dict[str, str]:
    """What every answer has."""
    return {"request-id": request}
