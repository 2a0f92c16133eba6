"""Refusals as OpenAI words them: https://platform.openai.com/docs/guides/error-codes."""

from typing import Any

from fanfold.errors import Busy, Forbidden, NotFound, QuotaExceeded, Refused, TooLarge, Unauthorized

RATE = ("requests", "rate_limit_exceeded")
CODES: tuple[tuple[type[Refused], str, str | None], ...] = (
    (Unauthorized, "invalid_request_error", "invalid_api_key"),
    (Forbidden, "invalid_request_error", "insufficient_permissions"),
    (QuotaExceeded, "insufficient_quota", "insufficient_quota"),
    (Busy, *RATE),
    (TooLarge, "invalid_request_error", "request_too_large"),
    (NotFound, "invalid_request_error", None),
)
"""Type and code by our refusals, the first that fits; all others are invalid requests without a code."""


def document(refused: Refused) -> dict[str, Any]:
    """The body."""
    kind, code = _type_and_code(refused)
    flaw = refused.flaws[0] if refused.flaws else None
    message = refused.detail if flaw is None or flaw.detail in refused.detail else f"{refused.detail}: {flaw.detail}"
    return {"error": {"message": message, "type": kind, "param": flaw.field if flaw else None, "code": code}}


def _type_and_code(refused: Refused) -> tuple[str, str | None]:
    """Programs give up on a quota that is used up, and wait for a rate."""
    if isinstance(refused, Busy) and refused.passes_soon:
        return RATE
    found = ((kind, code) for each, kind, code in CODES if isinstance(refused, each))
    return next(found, ("invalid_request_error", None))


def headers(request: str) -> dict[str, str]:
    """What every answer has."""
    return {"x-request-id": request, "openai-version": "2020-10-01"}
