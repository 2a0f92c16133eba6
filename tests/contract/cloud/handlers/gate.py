"""Lets in whoever brings the one key; says who it was."""

from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    headers = event["headers"]
    key = headers.get("authorization", "").removeprefix("Bearer ") or headers.get("x-api-key", "")
    return {"isAuthorized": key == "open-sesame", "context": {"tenant": "acme", "sources": event["identitySource"]}}
