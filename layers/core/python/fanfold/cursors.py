"""Cursors: places in a list as text that comes back from outside, and may be anybody's."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any


def cursor(place: Any) -> str:
    """The place, which is plain JSON, as text."""
    return urlsafe_b64encode(json.dumps(place).encode()).decode()


def place(cursor: str) -> Any:
    """The place that a cursor names; None for what is no cursor."""
    try:
        return json.loads(urlsafe_b64decode(cursor))
    except (ValueError, RecursionError):
        return None
